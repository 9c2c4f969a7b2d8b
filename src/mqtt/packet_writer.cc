#include "packet_writer.h"

#include <array>

#include "tallymq/base/assert.h"

namespace tallymq::mqtt {

void PacketWriter::WriteFixedHeader(PacketType type, std::uint8_t flags,
                                    std::size_t remaining_length) {
  TALLYMQ_ASSERT(remaining_length <= kRemainingLengthMax);
  std::array<char, 5> header;
  header[0] = static_cast<char>(static_cast<std::uint8_t>(type) << 4 | flags);
  std::size_t size = 1;
  do {
    auto byte = static_cast<std::uint8_t>(remaining_length & 0x7F);
    remaining_length >>= 7;
    if (remaining_length != 0) byte |= 0x80;
    header[size++] = static_cast<char>(byte);
  } while (remaining_length != 0);
  out_.append(header.data(), size);
}

void PacketWriter::WriteNumber(std::uint16_t value) {
  const std::array<char, 2> bytes = {static_cast<char>(value >> 8), static_cast<char>(value)};
  out_.append(bytes.data(), bytes.size());
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

}  // namespace tallymq::mqtt
