#include "packet_reader.h"

#include <utility>

#include "utf8.h"
#include "variable_integer.h"

namespace tallymq::mqtt {
namespace {

constexpr ReasonCode kProtocolError = ReasonCode::kProtocolError;

constexpr Rule kIllFormed{"MQTT3-1.5.3-1", "MQTT-1.5.4-1", "A string is not well-formed UTF-8"};
constexpr Rule kIllFormedPair{kNone, "MQTT-1.5.7-1", "A user property is not well-formed UTF-8"};
constexpr Rule kNull{"MQTT3-1.5.3-2", "MQTT-1.5.4-2", "A string holds U+0000"};
constexpr Rule kTrailing{kViolation3, kViolation5, "The packet goes on behind its last field"};

constexpr Rule kNoPropertyLength{kNone, "MQTT-2.2.2-1", "The packet ends before its properties"};
constexpr Rule kBadLength{kNone, "MQTT-1.5.5-1",
                          "The length of the properties has no end or is not in its shortest form"};
constexpr Rule kBeyondPacket{kNone, kViolation5, "The properties go beyond the packet"};
constexpr Rule kUnknown{kNone, kViolation5, "There is no property of this identifier"};
constexpr Rule kNotHere{kNone, kViolation5, "A property stands where it may not"};
constexpr Rule kCut{kNone, kViolation5, "The properties end within a property"};
constexpr Rule kBadInteger{kNone, "MQTT-1.5.5-1",
                           "A variable byte integer has no end or is not in its shortest form"};
constexpr Rule kTwice{kNone, kViolation5, "A property stands twice that may stand once",
                      kProtocolError};
constexpr Rule kNeitherZeroNorOne{kNone, kViolation5, "A property that is 0 or 1 is neither",
                                  kProtocolError};
constexpr Rule kZero{kNone, kViolation5, "A property is 0 that may not be", kProtocolError};
constexpr Rule kAliasZero{kNone, "MQTT-3.3.2-8", "The topic alias is 0", kProtocolError};
constexpr Rule kResponseWildcard{kNone, "MQTT-3.3.2-14", "The response topic holds a wildcard",
                                 kProtocolError};
constexpr Rule kResponseEmpty{kNone, "MQTT-4.7.3-1", "The response topic is empty", kProtocolError};
constexpr Rule kIdentifierOfClient{
    kNone, "MQTT-3.3.4-6", "A client's PUBLISH has a subscription identifier", kProtocolError};
constexpr Rule kExpiryOfServer{
    kNone, "MQTT-3.14.2-2", "A server's DISCONNECT has a session expiry interval", kProtocolError};

// Returns the rule that a property's being there breaks, or null. `found` are those before it.
const Rule* BrokenPresence(PropertyId id, PropertyPlace place, Sender sender,
                           const PropertySet& found) {
  if (place == PropertyPlace::kPublish && id == PropertyId::kSubscriptionIdentifier) {
    return sender == Sender::kClient ? &kIdentifierOfClient : nullptr;
  }
  if (place == PropertyPlace::kDisconnect && id == PropertyId::kSessionExpiryInterval &&
      sender == Sender::kServer) {
    return &kExpiryOfServer;
  }
  return found.contains(id) && id != PropertyId::kUserProperty ? &kTwice : nullptr;
}

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
  if (!ReadNumber(value, zero)) {
    error_.reason = ReasonCode::kMalformedPacket;
    return false;
  }
  if (value == 0) return Fail(zero, at_ - 2);
  id = PacketId(value);
  return true;
}

bool PacketReader::ReadReason(ReasonCode& reason, const ReasonSet& codes, const Rule& unknown) {
  std::uint8_t code = 0;
  if (!ReadByte(code, unknown)) return false;
  reason = static_cast<ReasonCode>(code);
  return codes.contains(reason) || Fail(unknown, at_ - 1);
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
  return ReadBinary(value, missing) && CheckText(value, kIllFormed);
}

bool PacketReader::CheckText(std::string_view text, const Rule& ill_formed) {
  const std::size_t valid = ValidPrefix<Wildcards::kAllowed>(text);
  if (valid == text.size()) return true;
  return Fail(text[valid] == '\0' ? kNull : ill_formed, OffsetOf(text) + valid);
}

template <typename Topic>
bool PacketReader::ReadTopic(Topic& topic, const Rule& missing) {
  std::string_view text;
  return ReadBinary(text, missing) && ParseTopic(text, topic);
}

template <typename Topic>
bool PacketReader::ParseTopic(std::string_view text, Topic& topic) {
  const Result<Topic, DecodeError> parsed = Topic::Parse(text, version_);
  if (!parsed) {
    error_ = parsed.error();
    error_.offset += OffsetOf(text);
    return false;
  }
  topic = *parsed;
  return true;
}

bool PacketReader::ReadTopicName(TopicName& name, const Rule& missing) {
  return ReadTopic(name, missing);
}

bool PacketReader::ReadTopicNameOrNone(TopicName& name, const Rule& missing) {
  std::string_view text;
  return ReadBinary(text, missing) && (text.empty() || ParseTopic(text, name));
}

bool PacketReader::ReadTopicFilter(TopicFilter& filter, const Rule& missing) {
  return ReadTopic(filter, missing);
}

bool PacketReader::ReadSomeProperties(PropertyPlace place, Properties& properties,
                                      PropertySet& found) {
  if (done()) return Fail(kNoPropertyLength, at_);
  std::uint32_t size = 0;
  const std::size_t size_bytes = ReadVariableInteger(packet_.substr(at_), size);
  if (size_bytes == 0) return Fail(kBadLength, at_);
  if (left() - size_bytes < size) return Fail(kBeyondPacket, at_);
  at_ += size_bytes;

  // Until they have been read, the packet ends where they end.
  const std::string_view packet = std::exchange(packet_, packet_.substr(0, at_ + size));
  properties = packet_.substr(at_);
  while (!done()) {
    if (!ReadProperty(place, found)) return false;
  }
  packet_ = packet;
  return true;
}

bool PacketReader::ReadProperty(PropertyPlace place, PropertySet& found) {
  const auto id = static_cast<PropertyId>(packet_[at_]);
  const PropertyRow& row = RowOf(id);
  if (row.places == 0) return Fail(kUnknown, at_);
  if (!row.StandsIn(place)) return Fail(kNotHere, at_);
  if (const Rule* rule = BrokenPresence(id, place, sender_, found)) return Fail(*rule, at_);
  Properties rest = packet_.substr(at_);
  Property property;
  if (!TakeProperty(rest, property)) {
    const bool integer = row.type == PropertyType::kVariableByteInteger && rest.size() > 1;
    return integer ? Fail(kBadInteger, at_ + 1) : Fail(kCut, at_);
  }
  if (!CheckValue(property, row)) return false;
  found.Add(id);
  at_ += property.bytes.size();
  return true;
}

bool PacketReader::CheckValue(const Property& property, const PropertyRow& row) {
  switch (row.values) {
    case PropertyRow::Values::kAny:
      break;
    case PropertyRow::Values::kZeroOrOne:
      if (property.number > 1) return Fail(kNeitherZeroNorOne, at_ + 1);
      break;
    case PropertyRow::Values::kNotZero:
      if (property.number == 0) {
        return Fail(property.id == PropertyId::kTopicAlias ? kAliasZero : kZero, at_ + 1);
      }
      break;
    case PropertyRow::Values::kTopicName: {
      if (property.text.empty()) return Fail(kResponseEmpty, at_ + 1);
      const std::size_t wildcard = property.text.find_first_of("+#");
      if (wildcard != std::string_view::npos) {
        return Fail(kResponseWildcard, OffsetOf(property.text) + wildcard);
      }
    }
  }
  switch (row.type) {
    case PropertyType::kUtf8String:
      return CheckText(property.text, kIllFormed);
    case PropertyType::kUtf8StringPair:
      return CheckText(property.name, kIllFormedPair) && CheckText(property.text, kIllFormedPair);
    default:
      return true;
  }
}

std::string_view PacketReader::ReadRest() {
  const std::string_view rest = packet_.substr(at_);
  at_ = packet_.size();
  return rest;
}

bool PacketReader::ReadEnd() { return done() || Fail(kTrailing, at_); }

bool PacketReader::Fail(const Rule& rule, std::size_t offset) {
  error_ = Broken(rule, version_, offset);
  return false;
}

}  // namespace tallymq::mqtt
