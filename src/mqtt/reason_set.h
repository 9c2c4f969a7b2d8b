// Which reason codes a packet may carry.

#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

#include "tallymq/mqtt/reason_code.h"

namespace tallymq::mqtt {

class ReasonSet {
 public:
  constexpr ReasonSet(std::initializer_list<ReasonCode> codes) {
    for (const ReasonCode code : codes) Add(code);
  }
  // The same and some more.
  constexpr ReasonSet(const ReasonSet& set, std::initializer_list<ReasonCode> codes)
      : bits_(set.bits_) {
    for (const ReasonCode code : codes) Add(code);
  }
  [[nodiscard]] constexpr bool contains(ReasonCode code) const {
    const auto value = static_cast<std::uint8_t>(code);
    return (bits_[value / 64] >> value % 64 & 1) != 0;
  }

 private:
  constexpr void Add(ReasonCode code) {
    const auto value = static_cast<std::uint8_t>(code);
    bits_[value / 64] |= std::uint64_t{1} << value % 64;
  }
  std::array<std::uint64_t, 4> bits_{};
};

}  // namespace tallymq::mqtt
