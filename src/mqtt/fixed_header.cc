#include "fixed_header.h"

#include <array>

#include "rule.h"

namespace tallymq::mqtt {
namespace {

constexpr Rule kForbiddenType{kViolation, "A packet type is reserved"};
constexpr Rule kNotOfClients{kViolation, "A client sent a packet that only servers send",
                             ReasonCode::kProtocolError};
constexpr Rule kNotOfServers{kViolation, "A server sent a packet that only clients send",
                             ReasonCode::kProtocolError};

constexpr Rule kFlags{"MQTT3-2.2.2-2", "The reserved flags of the fixed header are not 0000"};
constexpr Rule kPubrelFlags{"MQTT3-3.6.1-1", "The flags of PUBREL are not 0010"};
constexpr Rule kSubscribeFlags{"MQTT3-3.8.1-1", "The flags of SUBSCRIBE are not 0010"};
constexpr Rule kUnsubscribeFlags{"MQTT3-3.10.1-1", "The flags of UNSUBSCRIBE are not 0010"};
constexpr Rule kDisconnectFlags{"MQTT3-3.14.1-1", "The flags of DISCONNECT are not 0000"};
constexpr Rule kQos3{"MQTT3-3.3.1-4", "A PUBLISH has QoS 3"};
constexpr Rule kDupOfQos0{"MQTT3-3.3.1-2", "A PUBLISH of QoS 0 has the DUP flag"};

constexpr Rule kLengthTooLong{kViolation, "The remaining length has more than four bytes"};
constexpr Rule kTooLarge{"MQTT3-4.8.0-2", "The packet is larger than the maximum packet size",
                         ReasonCode::kPacketTooLarge};
constexpr Rule kLength{kViolation, "The remaining length is none that this packet type can have"};
constexpr Rule kConnectLength{"MQTT3-3.1.4-1", "The remaining length is none of a CONNECT"};
constexpr Rule kNoFilterToSubscribe{"MQTT3-3.8.3-3", "SUBSCRIBE has no topic filter with its QoS",
                                    ReasonCode::kProtocolError};
constexpr Rule kNoFilterToUnsubscribe{"MQTT3-3.10.3-2", "UNSUBSCRIBE has no topic filter",
                                      ReasonCode::kProtocolError};
constexpr Rule kNoSubackCode{"MQTT3-3.8.4-5", "SUBACK has no return code"};

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

constexpr std::uint32_t kAny = kRemainingLengthMax;
// Protocol name, level, flags and keep alive, and up to five strings with their lengths.
constexpr std::uint32_t kConnectMin = 12;
constexpr std::uint32_t kConnectMax = 12 + 5 * (2 + 65'535);

// By type, for 3.1 and 3.1.1. A PUBLISH of QoS 1 or 2 has two bytes more.
constexpr std::array<Shape, 16> kShapes = {{
    {false, false, 0, &kFlags, 0, 0, &kLength},
    {true, false, 0, &kFlags, kConnectMin, kConnectMax, &kConnectLength},
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

}  // namespace

FixedHeaderResult DecodeFixedHeader(std::string_view bytes, const DecodeOptions& options) {
  if (bytes.empty()) return NeedMore{};
  const auto first = static_cast<std::uint8_t>(bytes[0]);
  const auto type = static_cast<PacketType>(first >> 4);
  const auto flags = static_cast<std::uint8_t>(first & 0x0F);
  const Shape& shape = kShapes[first >> 4];
  if (!shape.from_client && !shape.from_server) return Broken(kForbiddenType, 0);
  if (options.sender == Sender::kClient && !shape.from_client) return Broken(kNotOfClients, 0);
  if (options.sender == Sender::kServer && !shape.from_server) return Broken(kNotOfServers, 0);
  if (const Rule* rule = BrokenFlags(type, flags, shape, options.version)) return Broken(*rule, 0);

  std::size_t length = 0;
  std::size_t at = 1;
  for (unsigned shift = 0;; shift += 7, ++at) {
    if (at == 5) return Broken(kLengthTooLong, 4);
    if (at == bytes.size()) return NeedMore{};
    const auto byte = static_cast<std::uint8_t>(bytes[at]);
    length |= static_cast<std::size_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) break;
  }
  const std::size_t body_begin = at + 1;
  const std::size_t total = body_begin + length;
  if (total > options.packet_bytes_max) return Broken(kTooLarge, 1);

  std::size_t length_min = shape.length_min;
  if (type == PacketType::kPublish && (flags & kQosMask) != 0) length_min += 2;
  if (length < length_min || length > shape.length_max) return Broken(*shape.length_rule, 1);
  return FixedHeader{type, flags, body_begin, total};
}

}  // namespace tallymq::mqtt
