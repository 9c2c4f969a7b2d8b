// Appends the fields of a packet to a buffer.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fixed_header.h"
#include "tallymq/base/types.h"
#include "variable_integer.h"

namespace tallymq::mqtt {

// Each puts a field to `to`, where there is room for it, and returns the place behind it.
inline char* PutNumber(char* to, std::uint16_t value) {
  *to++ = static_cast<char>(value >> 8);
  *to++ = static_cast<char>(value);
  return to;
}
// Up to four bytes, for at most kVariableIntegerMax.
inline char* PutVariableInteger(char* to, std::size_t value) {
  for (; value >= 0x80; value >>= 7) *to++ = static_cast<char>((value & 0x7F) | 0x80);
  *to++ = static_cast<char>(value);
  return to;
}
// Up to kFixedHeaderMax bytes, for a `remaining_length` of at most kRemainingLengthMax.
inline constexpr std::size_t kFixedHeaderMax = 5;
inline char* PutFixedHeader(char* to, PacketType type, std::uint8_t flags,
                            std::size_t remaining_length) {
  *to++ = static_cast<char>(static_cast<std::uint8_t>(type) << 4 | flags);
  return PutVariableInteger(to, remaining_length);
}

// Appends what was put from `begin` on. (A pair of pointers would go the slow way of `replace`.)
inline void AppendPut(const char* begin, const char* end, std::string& out) {
  out.append(begin, static_cast<std::size_t>(end - begin));
}

class PacketWriter {
 public:
  // `out` outlives the writer.
  explicit PacketWriter(std::string& out) : out_(out) {}

  // Requires a `remaining_length` of at most kRemainingLengthMax.
  void WriteFixedHeader(PacketType type, std::uint8_t flags, std::size_t remaining_length);
  void WriteByte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void WriteNumber(std::uint16_t value);
  // In its shortest form. Requires at most kVariableIntegerMax.
  void WriteVariableInteger(std::size_t value);
  // Requires an identifier, not "none".
  void WritePacketId(PacketId id);
  // A string or binary data with its length before it. Requires at most 65,535 bytes.
  void WriteBinary(std::string_view value);
  // The properties of a packet of 5.0, with their length before them; nothing in 3.x. None are
  // written as a length of 0 [MQTT-2.2.2-1].
  void WriteProperties(Properties properties, Version version);

 private:
  std::string& out_;
};

// Bytes that WriteBinary appends.
inline std::size_t BinarySize(std::string_view value) { return 2 + value.size(); }
// Bytes that WriteProperties appends.
inline std::size_t PropertiesSize(Properties properties, Version version) {
  return version == Version::k50 ? VariableIntegerSize(properties.size()) + properties.size() : 0;
}

}  // namespace tallymq::mqtt
