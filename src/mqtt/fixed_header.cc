#include "fixed_header.h"

#include <array>

#include "rule.h"

namespace tallymq::mqtt {
namespace {

constexpr Rule kForbiddenType{kViolation3, kViolation5, "A packet type is reserved"};
constexpr Rule kNotOfClients{kViolation3, kViolation5,
                             "A client sent a packet that only servers send",
                             ReasonCode::kProtocolError};
constexpr Rule kNotOfServers{kViolation3, kViolation5,
                             "A server sent a packet that only clients send",
                             ReasonCode::kProtocolError};

constexpr Rule kFlags{"MQTT3-2.2.2-2", "MQTT-2.1.3-1",
                      "The reserved flags of the fixed header are not 0000"};
constexpr Rule kPubrelFlags{"MQTT3-3.6.1-1", "MQTT-3.6.1-1", "The flags of PUBREL are not 0010"};
constexpr Rule kSubscribeFlags{"MQTT3-3.8.1-1", "MQTT-3.8.1-1",
                               "The flags of SUBSCRIBE are not 0010"};
constexpr Rule kUnsubscribeFlags{"MQTT3-3.10.1-1", "MQTT-3.10.1-1",
                                 "The flags of UNSUBSCRIBE are not 0010"};
constexpr Rule kDisconnectFlags{"MQTT3-3.14.1-1", "MQTT-3.14.1-1",
                                "The flags of DISCONNECT are not 0000"};
constexpr Rule kAuthFlags{kNone, "MQTT-3.15.1-1", "The flags of AUTH are not 0000"};
constexpr Rule kQos3{"MQTT3-3.3.1-4", "MQTT-3.3.1-4", "A PUBLISH has QoS 3"};
constexpr Rule kDupOfQos0{"MQTT3-3.3.1-2", "MQTT-3.3.1-2", "A PUBLISH of QoS 0 has the DUP flag"};

constexpr Rule kLengthTooLong{kViolation3, kViolation5,
                              "The remaining length has more than four bytes"};
constexpr Rule kLengthNotShortest{kNone, "MQTT-1.5.5-1",
                                  "The remaining length is not encoded in its shortest form"};
constexpr Rule kTooLargeOfClient{"MQTT3-4.8.0-2", "MQTT-3.2.2-15",
                                 "The packet is larger than the maximum packet size",
                                 ReasonCode::kPacketTooLarge};
constexpr Rule kTooLargeOfServer{"MQTT3-4.8.0-2", "MQTT-3.1.2-24",
                                 "The packet is larger than the maximum packet size",
                                 ReasonCode::kPacketTooLarge};
constexpr Rule kLength{kViolation3, kViolation5,
                       "The remaining length is none that this packet type can have"};
constexpr Rule kConnectLength{"MQTT3-3.1.4-1", "MQTT-3.1.4-1",
                              "The remaining length is none of a CONNECT"};
constexpr Rule kNoFilterToSubscribe{"MQTT3-3.8.3-3", "MQTT-3.8.3-2",
                                    "SUBSCRIBE has no topic filter with its QoS",
                                    ReasonCode::kProtocolError};
constexpr Rule kNoFilterToUnsubscribe{"MQTT3-3.10.3-2", "MQTT-3.10.3-2",
                                      "UNSUBSCRIBE has no topic filter",
                                      ReasonCode::kProtocolError};
constexpr Rule kNoSubackCode{"MQTT3-3.8.4-5", "MQTT-3.8.4-6", "SUBACK has no return code"};
constexpr Rule kNoUnsubackCode{kNone, "MQTT-3.11.3-1", "UNSUBACK has no reason code"};

// What a fixed header may look like.
struct Shape {
  bool from_client;
  bool from_server;
  std::uint8_t flags;  // PUBLISH has others
  const Rule* flags_rule;
  std::uint32_t length_min;
  std::uint32_t length_max;
  const Rule* length_rule;
};

using Shapes = std::array<Shape, 16>;

constexpr std::uint32_t kAny = kRemainingLengthMax;
// Protocol name, level, flags and keep alive, and one string up to five with their lengths. A
// CONNECT of 5.0 can be longer.
constexpr std::uint32_t kConnectMin = 12;
constexpr std::uint32_t kConnectMax3 = 12 + 5 * (2 + 65'535);

// By type, for 3.1 and 3.1.1. A PUBLISH of QoS 1 or 2 has two bytes more.
constexpr Shapes kShapes3 = {{
    {false, false, 0, &kFlags, 0, 0, &kLength},
    {true, false, 0, &kFlags, kConnectMin, kAny, &kConnectLength},
    {false, true, 0, &kFlags, 2, 2, &kLength},
    {true, true, 0, nullptr, 2, kAny, &kLength},
    {true, true, 0, &kFlags, 2, 2, &kLength},
    {true, true, 0, &kFlags, 2, 2, &kLength},
    {true, true, kReservedFlags, &kPubrelFlags, 2, 2, &kLength},
    {true, true, 0, &kFlags, 2, 2, &kLength},
    {true, false, kReservedFlags, &kSubscribeFlags, 5, kAny, &kNoFilterToSubscribe},
    {false, true, 0, &kFlags, 3, kAny, &kNoSubackCode},
    {true, false, kReservedFlags, &kUnsubscribeFlags, 4, kAny, &kNoFilterToUnsubscribe},
    {false, true, 0, &kFlags, 2, 2, &kLength},
    {true, false, 0, &kFlags, 0, 0, &kLength},
    {false, true, 0, &kFlags, 0, 0, &kLength},
    {true, false, 0, &kDisconnectFlags, 0, 0, &kLength},
    {false, false, 0, &kFlags, 0, 0, &kLength},
}};

// The same for 5.0, with a byte for the length of the properties where it cannot be left out.
constexpr Shapes kShapes5 = {{
    {false, false, 0, &kFlags, 0, 0, &kLength},
    {true, false, 0, &kFlags, kConnectMin, kAny, &kConnectLength},
    {false, true, 0, &kFlags, 3, kAny, &kLength},
    {true, true, 0, nullptr, 3, kAny, &kLength},
    {true, true, 0, &kFlags, 2, kAny, &kLength},
    {true, true, 0, &kFlags, 2, kAny, &kLength},
    {true, true, kReservedFlags, &kPubrelFlags, 2, kAny, &kLength},
    {true, true, 0, &kFlags, 2, kAny, &kLength},
    {true, false, kReservedFlags, &kSubscribeFlags, 6, kAny, &kNoFilterToSubscribe},
    {false, true, 0, &kFlags, 4, kAny, &kNoSubackCode},
    {true, false, kReservedFlags, &kUnsubscribeFlags, 5, kAny, &kNoFilterToUnsubscribe},
    {false, true, 0, &kFlags, 4, kAny, &kNoUnsubackCode},
    {true, false, 0, &kFlags, 0, 0, &kLength},
    {false, true, 0, &kFlags, 0, 0, &kLength},
    {true, true, 0, &kDisconnectFlags, 0, kAny, &kLength},
    {true, true, 0, &kAuthFlags, 0, kAny, &kLength},
}};

// Returns the rule that the flags of a packet of `type` break, or null.
const Rule* BrokenFlags(PacketType type, std::uint8_t flags, const Shape& shape, Version version) {
  if (type == PacketType::kPublish) {
    if ((flags & kQosMask) == kQosMask) return &kQos3;
    if ((flags & kQosMask) == 0 && (flags & kDupFlag) != 0) return &kDupOfQos0;
    return nullptr;
  }
  if (flags == shape.flags) return nullptr;
  // 3.1 lets a client mark the repetition of these with DUP.
  if (version == Version::k31 && shape.flags == kReservedFlags &&
      flags == (kReservedFlags | kDupFlag)) {
    return nullptr;
  }
  return shape.flags_rule;
}

// Whether what is there of a CONNECT's body can be one of 5.0.
bool MayBe50(std::string_view body) {
  constexpr std::string_view kBegin("\0\4MQTT\5", 7);
  return kBegin.starts_with(body.substr(0, kBegin.size()));
}

}  // namespace

FixedHeaderResult DecodeFixedHeader(std::string_view bytes, const DecodeOptions& options) {
  if (bytes.empty()) return NeedMore{};
  const auto first = static_cast<std::uint8_t>(bytes[0]);
  const auto type = static_cast<PacketType>(first >> 4);
  const auto flags = static_cast<std::uint8_t>(first & 0x0F);
  const Version version = options.version;
  const Shape& shape = (version == Version::k50 ? kShapes5 : kShapes3)[first >> 4];
  if (!shape.from_client && !shape.from_server) return Broken(kForbiddenType, version, 0);
  if (options.sender == Sender::kClient && !shape.from_client) {
    return Broken(kNotOfClients, version, 0);
  }
  if (options.sender == Sender::kServer && !shape.from_server) {
    return Broken(kNotOfServers, version, 0);
  }
  if (const Rule* rule = BrokenFlags(type, flags, shape, version)) {
    return Broken(*rule, version, 0);
  }

  std::size_t length = 0;
  std::size_t at = 1;
  for (unsigned shift = 0;; shift += 7, ++at) {
    if (at == 5) return Broken(kLengthTooLong, version, 4);
    if (at == bytes.size()) return NeedMore{};
    const auto byte = static_cast<std::uint8_t>(bytes[at]);
    length |= static_cast<std::size_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) != 0) continue;
    // 3.x does not ask for the shortest form; of CONNECT the version is not known yet.
    if (byte == 0 && at > 1 && version == Version::k50 && type != PacketType::kConnect) {
      return Broken(kLengthNotShortest, version, at);
    }
    break;
  }
  const std::size_t body_begin = at + 1;
  const std::size_t total = body_begin + length;
  if (total > options.packet_bytes_max) {
    const bool of_client = options.sender == Sender::kClient;
    return Broken(of_client ? kTooLargeOfClient : kTooLargeOfServer, version, 1);
  }

  std::size_t length_min = shape.length_min;
  if (type == PacketType::kPublish && (flags & kQosMask) != 0) length_min += 2;
  if (length < length_min || length > shape.length_max) {
    return Broken(*shape.length_rule, version, 1);
  }
  if (type == PacketType::kConnect && length > kConnectMax3 && !MayBe50(bytes.substr(body_begin))) {
    return Broken(kConnectLength, version, 1);
  }
  return FixedHeader{type, flags, body_begin, total};
}

}  // namespace tallymq::mqtt
