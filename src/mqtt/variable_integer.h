// Variable byte integers: seven bits a byte, the lowest first, the highest bit set but in the last.
// Spec: 1.5.5 of 5.0; the remaining length of 3.x, 2.2.3.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tallymq::mqtt {

inline constexpr std::uint32_t kVariableIntegerMax = 268'435'455;

// Bytes of its shortest form. Requires at most kVariableIntegerMax.
constexpr std::size_t VariableIntegerSize(std::size_t value) {
  return value < 1u << 7 ? 1 : value < 1u << 14 ? 2 : value < 1u << 21 ? 3 : 4;
}

// Reads the integer at the front of `bytes`. Returns how many bytes it has; 0 if it does not end
// within them or within four, or is not in its shortest form [MQTT-1.5.5-1].
constexpr std::size_t ReadVariableInteger(std::string_view bytes, std::uint32_t& value) {
  value = 0;
  for (std::size_t at = 0; at < bytes.size() && at < 4; ++at) {
    const auto byte = static_cast<std::uint8_t>(bytes[at]);
    value |= static_cast<std::uint32_t>(byte & 0x7F) << 7 * at;
    if ((byte & 0x80) == 0) return byte == 0 && at > 0 ? 0 : at + 1;
  }
  return 0;
}

}  // namespace tallymq::mqtt
