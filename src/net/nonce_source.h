// Random numbers that nobody can guess from earlier ones: from the operating system, some at a
// time.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tallymq::net {

class NonceSource {
 public:
  std::uint64_t Next();

 private:
  // getrandom gives up to 256 bytes whole and without an error once the machine has booted.
  std::array<std::uint64_t, 32> block_{};
  std::size_t used_ = block_.size();
};

}  // namespace tallymq::net
