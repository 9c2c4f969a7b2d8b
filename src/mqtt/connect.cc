// CONNECT. Spec: 3.1.

#include "bodies.h"
#include "packet_writer.h"
#include "tallymq/base/assert.h"

namespace tallymq::mqtt {
namespace {

constexpr std::string_view kName31 = "MQIsdp";
constexpr std::string_view kName = "MQTT";

// The flags of CONNECT; bits 3 and 4 are the QoS of the will.
constexpr std::uint8_t kReserved = 0x01;
constexpr std::uint8_t kCleanSession = 0x02;
constexpr std::uint8_t kWillFlag = 0x04;
constexpr unsigned kWillQosShift = 3;
constexpr std::uint8_t kWillRetain = 0x20;
constexpr std::uint8_t kPasswordFlag = 0x40;
constexpr std::uint8_t kUserNameFlag = 0x80;

constexpr Rule kTooShort{"MQTT3-3.1.4-1", "MQTT-3.1.4-1", "CONNECT ends before its payload"};
constexpr Rule kWrongName{"MQTT3-3.1.2-1", "MQTT-3.1.2-1",
                          "The protocol name is neither MQTT nor MQIsdp"};
constexpr Rule kWrongLevel{"MQTT3-3.1.2-2", "MQTT-3.1.2-2", "The protocol level is not supported",
                           ReasonCode::kUnsupportedProtocolVersion};
constexpr Rule kLongLength{kNone, "MQTT-1.5.5-1",
                           "The remaining length is not encoded in its shortest form"};
constexpr Rule kReservedFlag{"MQTT3-3.1.2-3", "MQTT-3.1.2-3",
                             "The reserved flag of CONNECT is set"};
constexpr Rule kQosWithoutWill{"MQTT3-3.1.2-13", "MQTT-3.1.2-11",
                               "CONNECT has a will QoS but no will"};
constexpr Rule kWillQos3{"MQTT3-3.1.2-14", "MQTT-3.1.2-12", "The will has QoS 3"};
constexpr Rule kRetainWithoutWill{"MQTT3-3.1.2-15", "MQTT-3.1.2-13",
                                  "CONNECT has a will retain flag but no will"};
constexpr Rule kPasswordAlone{"MQTT3-3.1.2-22", kNone,
                              "CONNECT has a password flag but no user name flag"};
constexpr Rule kDataWithoutMethod{kNone, kViolation5,
                                  "CONNECT has authentication data but no authentication method",
                                  ReasonCode::kProtocolError};
constexpr Rule kNoClientId{"MQTT3-3.1.3-3", "MQTT-3.1.3-3", "CONNECT has no client identifier"};
constexpr Rule kNoWill{"MQTT3-3.1.2-9", "MQTT-3.1.2-9", "CONNECT has a will flag but no will"};
constexpr Rule kNoUserName{"MQTT3-3.1.2-19", "MQTT-3.1.2-17",
                           "CONNECT has a user name flag but no user name"};
constexpr Rule kNoPassword{"MQTT3-3.1.2-21", "MQTT-3.1.2-19",
                           "CONNECT has a password flag but no password"};
constexpr Rule kMoreThanUserNameless{"MQTT3-3.1.2-18", "MQTT-3.1.2-16",
                                     "CONNECT goes on although it has no user name flag"};
constexpr Rule kMoreThanUserName{"MQTT3-3.1.2-20", "MQTT-3.1.2-18",
                                 "CONNECT goes on although it has no password flag"};
constexpr Rule kTrailing{"MQTT3-3.1.4-1", "MQTT-3.1.4-1", "CONNECT goes on behind its password"};

bool DecodeVersion(PacketReader& in, Version& version) {
  const std::size_t name_at = in.offset();
  std::string_view name;
  if (!in.ReadBinary(name, kTooShort)) return false;
  if (name != kName && name != kName31) return in.Fail(kWrongName, name_at);
  const std::size_t level_at = in.offset();
  std::uint8_t level = 0;
  if (!in.ReadByte(level, kTooShort)) return false;
  version = static_cast<Version>(level);
  const bool fits = name == kName31 ? version == Version::k31
                                    : version == Version::k311 || version == Version::k50;
  if (!fits) return in.Fail(kWrongLevel, level_at);
  in.set_version(version);
  return true;
}

// Returns the rule that `flags` break, or null.
const Rule* BrokenFlags(std::uint8_t flags, Version version) {
  const unsigned will_qos = flags >> kWillQosShift & 3u;
  if ((flags & kReserved) != 0) return &kReservedFlag;
  if ((flags & kWillFlag) != 0) {
    if (will_qos == 3) return &kWillQos3;
  } else if (version != Version::k31) {  // 3.1 disregards them
    if (will_qos != 0) return &kQosWithoutWill;
    if ((flags & kWillRetain) != 0) return &kRetainWithoutWill;
  }
  const bool password_alone = (flags & kPasswordFlag) != 0 && (flags & kUserNameFlag) == 0;
  if (password_alone && version != Version::k50) return &kPasswordAlone;
  return nullptr;
}

bool DecodeProperties(PacketReader& in, Properties& properties) {
  const std::size_t begin = in.offset();
  PropertySet found;
  if (!in.ReadProperties(PropertyPlace::kConnect, properties, found)) return false;
  return !found.contains(PropertyId::kAuthenticationData) ||
         found.contains(PropertyId::kAuthenticationMethod) || in.Fail(kDataWithoutMethod, begin);
}

bool DecodeWill(PacketReader& in, std::uint8_t flags, Will& will) {
  will.qos = static_cast<QoS>(flags >> kWillQosShift & 3u);
  will.retain = (flags & kWillRetain) != 0;
  PropertySet found;
  if (in.version() == Version::k50 &&
      !in.ReadProperties(PropertyPlace::kWill, will.properties, found)) {
    return false;
  }
  return in.ReadTopicName(will.topic, kNoWill) && in.ReadBinary(will.payload, kNoWill);
}

bool DecodeCredentials(PacketReader& in, std::uint8_t flags, Connect& connect) {
  // 3.1 lets the payload end where the flags announce more: its predecessor had neither field.
  const auto follows = [&](std::uint8_t flag) {
    return (flags & flag) != 0 && !(connect.version == Version::k31 && in.done());
  };
  if (follows(kUserNameFlag) && !in.ReadText(connect.user_name.emplace(), kNoUserName))
    return false;
  if (follows(kPasswordFlag) && !in.ReadBinary(connect.password.emplace(), kNoPassword))
    return false;
  if (in.done()) return true;
  if ((flags & kPasswordFlag) != 0) return in.Fail(kTrailing, in.offset());
  if ((flags & kUserNameFlag) != 0) return in.Fail(kMoreThanUserName, in.offset());
  return in.Fail(kMoreThanUserNameless, in.offset());
}

}  // namespace

// The order of the payload's fields is [MQTT3-3.1.3-1], [MQTT-3.1.3-1]. What a client identifier
// may be is the core's business: it answers with a CONNACK.
bool DecodeBody(PacketReader& in, Connect& connect) {
  const std::size_t length_bytes = in.offset() - 1;
  const std::size_t length = in.size() - in.offset();
  if (!DecodeVersion(in, connect.version)) return false;
  // The fixed header was judged before it was known to be one of 5.0.
  if (connect.version == Version::k50 && length_bytes != VariableIntegerSize(length)) {
    return in.Fail(kLongLength, 1);
  }
  const std::size_t flags_at = in.offset();
  std::uint8_t flags = 0;
  if (!in.ReadByte(flags, kTooShort)) return false;
  if (const Rule* rule = BrokenFlags(flags, connect.version)) return in.Fail(*rule, flags_at);
  connect.clean_start = (flags & kCleanSession) != 0;
  if (!in.ReadNumber(connect.keep_alive_s, kTooShort)) return false;
  if (connect.version == Version::k50 && !DecodeProperties(in, connect.properties)) return false;
  if (!in.ReadText(connect.client_id, kNoClientId)) return false;
  if ((flags & kWillFlag) != 0 && !DecodeWill(in, flags, connect.will.emplace())) return false;
  return DecodeCredentials(in, flags, connect);
}

void EncodePacket(const Connect& connect, std::string& out) {
  TALLYMQ_ASSERT(connect.user_name || !connect.password || connect.version == Version::k50);
  const std::string_view name = connect.version == Version::k31 ? kName31 : kName;
  std::uint8_t flags = 0;
  std::size_t size = BinarySize(name) + 1 + 1 + 2 +
                     PropertiesSize(connect.properties, connect.version) +
                     BinarySize(connect.client_id);
  if (connect.clean_start) flags |= kCleanSession;
  if (connect.will) {
    flags |= kWillFlag;
    flags |= static_cast<std::uint8_t>(static_cast<unsigned>(connect.will->qos) << kWillQosShift);
    if (connect.will->retain) flags |= kWillRetain;
    size += PropertiesSize(connect.will->properties, connect.version) +
            BinarySize(connect.will->topic.text()) + BinarySize(connect.will->payload);
  }
  if (connect.user_name) {
    flags |= kUserNameFlag;
    size += BinarySize(*connect.user_name);
  }
  if (connect.password) {
    flags |= kPasswordFlag;
    size += BinarySize(*connect.password);
  }
  PacketWriter writer(out);
  writer.WriteFixedHeader(PacketType::kConnect, 0, size);
  writer.WriteBinary(name);
  writer.WriteByte(static_cast<std::uint8_t>(connect.version));
  writer.WriteByte(flags);
  writer.WriteNumber(connect.keep_alive_s);
  writer.WriteProperties(connect.properties, connect.version);
  writer.WriteBinary(connect.client_id);
  if (connect.will) {
    writer.WriteProperties(connect.will->properties, connect.version);
    writer.WriteBinary(connect.will->topic.text());
    writer.WriteBinary(connect.will->payload);
  }
  if (connect.user_name) writer.WriteBinary(*connect.user_name);
  if (connect.password) writer.WriteBinary(*connect.password);
}

}  // namespace tallymq::mqtt
