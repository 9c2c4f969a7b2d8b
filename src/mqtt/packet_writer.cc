#include "packet_writer.h"

#include <array>

#include "tallymq/base/assert.h"

namespace tallymq::mqtt {

void PacketWriter::WriteFixedHeader(PacketType type, std::uint8_t flags,
                                    std::size_t remaining_length) {
  TALLYMQ_ASSERT(remaining_length <= kRemainingLengthMax);
  std::array<char, kFixedHeaderMax> header;
  AppendPut(header.data(), PutFixedHeader(header.data(), type, flags, remaining_length), out_);
}

void PacketWriter::WriteNumber(std::uint16_t value) {
  std::array<char, 2> bytes;
  AppendPut(bytes.data(), PutNumber(bytes.data(), value), out_);
}

void PacketWriter::WriteVariableInteger(std::size_t value) {
  TALLYMQ_ASSERT(value <= kVariableIntegerMax);
  std::array<char, 4> bytes;
  AppendPut(bytes.data(), PutVariableInteger(bytes.data(), value), out_);
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
