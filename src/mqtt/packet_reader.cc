#include "packet_reader.h"

#include "utf8.h"

namespace tallymq::mqtt {
namespace {

constexpr Rule kIllFormed{"MQTT3-1.5.3-1", "A string is not well-formed UTF-8"};
constexpr Rule kNull{"MQTT3-1.5.3-2", "A string holds U+0000"};

constexpr std::size_t kLengthBytes = 2;

}  // namespace

bool PacketReader::ReadByte(std::uint8_t& value, const Rule& missing) {
  if (left() < 1) return Fail(missing, at_);
  value = static_cast<std::uint8_t>(packet_[at_]);
  ++at_;
  return true;
}

bool PacketReader::ReadNumber(std::uint16_t& value, const Rule& missing) {
  if (left() < 2) return Fail(missing, at_);
  value = static_cast<std::uint16_t>(static_cast<std::uint8_t>(packet_[at_]) << 8 |
                                     static_cast<std::uint8_t>(packet_[at_ + 1]));
  at_ += 2;
  return true;
}

bool PacketReader::ReadPacketId(PacketId& id, const Rule& zero) {
  std::uint16_t value = 0;
  if (!ReadNumber(value, zero)) return false;
  if (value == 0) return Fail(zero, at_ - 2);
  id = PacketId(value);
  return true;
}

bool PacketReader::ReadBinary(std::string_view& value, const Rule& missing) {
  const std::size_t begin = at_;
  std::uint16_t size = 0;
  if (!ReadNumber(size, missing)) return false;
  if (left() < size) return Fail(missing, begin);
  value = packet_.substr(at_, size);
  at_ += size;
  return true;
}

bool PacketReader::ReadText(std::string_view& value, const Rule& missing) {
  const std::size_t begin = at_ + kLengthBytes;
  if (!ReadBinary(value, missing)) return false;
  const std::size_t valid = ValidPrefix<Wildcards::kAllowed>(value);
  if (valid == value.size()) return true;
  return Fail(value[valid] == '\0' ? kNull : kIllFormed, begin + valid);
}

template <typename Topic>
bool PacketReader::ReadTopic(Topic& topic, const Rule& missing) {
  const std::size_t begin = at_ + kLengthBytes;
  std::string_view text;
  if (!ReadBinary(text, missing)) return false;
  const Result<Topic, DecodeError> parsed = Topic::Parse(text);
  if (!parsed) {
    error_ = parsed.error();
    error_.offset += begin;
    return false;
  }
  topic = *parsed;
  return true;
}

bool PacketReader::ReadTopicName(TopicName& name, const Rule& missing) {
  return ReadTopic(name, missing);
}

bool PacketReader::ReadTopicFilter(TopicFilter& filter, const Rule& missing) {
  return ReadTopic(filter, missing);
}

std::string_view PacketReader::ReadRest() {
  const std::string_view rest = packet_.substr(at_);
  at_ = packet_.size();
  return rest;
}

bool PacketReader::Fail(const Rule& rule, std::size_t offset) {
  error_ = Broken(rule, offset);
  return false;
}

}  // namespace tallymq::mqtt
