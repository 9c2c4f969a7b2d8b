#include "packet_writer.h"

#include <array>

#include "tallymq/base/assert.h"

namespace tallymq::mqtt {
namespace {

// Puts the integer's bytes to `to`; returns the place behind them.
char* PutVariableInteger(char* to, std::size_t value) {
  for (; value >= 0x80; value >>= 7) *to++ = static_cast<char>((value & 0x7F) | 0x80);
  *to++ = static_cast<char>(value);
  return to;
}

}  // namespace

void PacketWriter::WriteFixedHeader(PacketType type, std::uint8_t flags,
                                    std::size_t remaining_length) {
  TALLYMQ_ASSERT(remaining_length <= kRemainingLengthMax);
  std::array<char, 5> header;
  header[0] = static_cast<char>(static_cast<std::uint8_t>(type) << 4 | flags);
  char* const end = PutVariableInteger(header.data() + 1, remaining_length);
  out_.append(header.data(), end);
}

void PacketWriter::WriteNumber(std::uint16_t value) {
  const std::array<char, 2> bytes = {static_cast<char>(value >> 8), static_cast<char>(value)};
  out_.append(bytes.data(), bytes.size());
}

void PacketWriter::WriteVariableInteger(std::size_t value) {
  TALLYMQ_ASSERT(value <= kVariableIntegerMax);
  std::array<char, 4> bytes;
  char* const end = PutVariableInteger(bytes.data(), value);
  out_.append(bytes.data(), end);
}

void PacketWriter::WritePacketId(PacketId id) {
  TALLYMQ_ASSERT(id != PacketId());
  WriteNumber(id.value());
}

void PacketWriter::WriteBinary(std::string_view value) {
  TALLYMQ_ASSERT(value.size() <= 65'535);
  WriteNumber(static_cast<std::uint16_t>(value.size()));
  out_.append(value);
}

void PacketWriter::WriteProperties(Properties properties, Version version) {
  if (version != Version::k50) return;
  WriteVariableInteger(properties.size());
  out_.append(properties);
}

}  // namespace tallymq::mqtt
