// PUBLISH. Spec: 3.3.

#include "bodies.h"
#include "packet_writer.h"
#include "tallymq/base/assert.h"

namespace tallymq::mqtt {
namespace {

constexpr Rule kNoTopic{"MQTT3-3.3.2-1", "MQTT-3.3.2-1", "PUBLISH ends within its topic name"};
constexpr Rule kNoPacketIdOfClient{"MQTT3-2.3.1-1", "MQTT-2.2.1-3",
                                   "A PUBLISH of QoS 1 or 2 has no packet identifier",
                                   ReasonCode::kProtocolError};
constexpr Rule kNoPacketIdOfServer{"MQTT3-2.3.1-1", "MQTT-2.2.1-4",
                                   "A PUBLISH of QoS 1 or 2 has no packet identifier",
                                   ReasonCode::kProtocolError};
constexpr Rule kNeitherTopicNorAlias{kNone, "MQTT-4.7.3-1",
                                     "PUBLISH has neither a topic name nor a topic alias",
                                     ReasonCode::kProtocolError};

bool DecodeProperties(PacketReader& in, std::size_t topic_at, Publish& publish) {
  PropertySet found;
  if (!in.ReadProperties(PropertyPlace::kPublish, publish.properties, found)) return false;
  return !publish.topic.text().empty() || found.contains(PropertyId::kTopicAlias) ||
         in.Fail(kNeitherTopicNorAlias, topic_at);
}

// Bytes of the properties that are the receiver's.
std::size_t SizeOf(const ReceiverProperties& receiver) {
  std::size_t size = 0;
  if (receiver.message_expiry_s) size += 1 + 4;
  if (receiver.topic_alias != 0) size += 1 + 2;
  for (const std::uint32_t id : receiver.subscription_ids) size += 1 + VariableIntegerSize(id);
  return size;
}

void Write(const ReceiverProperties& receiver, std::string& out) {
  PropertyWriter writer(out);
  if (receiver.message_expiry_s) {
    writer.Add(PropertyId::kMessageExpiryInterval, *receiver.message_expiry_s);
  }
  if (receiver.topic_alias != 0) writer.Add(PropertyId::kTopicAlias, receiver.topic_alias);
  for (const std::uint32_t id : receiver.subscription_ids) {
    TALLYMQ_ASSERT(id != 0);
    writer.Add(PropertyId::kSubscriptionIdentifier, id);
  }
}

// Everything behind the fixed header.
std::size_t RemainingLength(const Publish& publish, Version version, std::size_t receiver_bytes) {
  std::size_t size = BinarySize(publish.topic.text()) + publish.payload.size();
  if (publish.qos != QoS::kAtMostOnce) size += 2;
  if (version == Version::k50) {
    const std::size_t properties = receiver_bytes + publish.properties.size();
    size += VariableIntegerSize(properties) + properties;
  }
  return size;
}

bool HasAlias(const Publish& publish, const ReceiverProperties& receiver) {
  return receiver.topic_alias != 0 ||
         FindNumber(publish.properties, PropertyId::kTopicAlias).has_value();
}

}  // namespace

// Wildcards in the name are refused by [MQTT3-3.3.2-2], [MQTT3-4.7.1-1] and [MQTT-3.3.2-2]; a
// packet identifier of QoS 0 would be read as payload [MQTT3-2.3.1-5], [MQTT-2.2.1-2].
bool DecodeBody(PacketReader& in, std::uint8_t flags, Publish& publish) {
  publish.dup = (flags & kDupFlag) != 0;
  publish.qos = static_cast<QoS>((flags & kQosMask) >> 1);
  publish.retain = (flags & kRetainFlag) != 0;
  const bool is_50 = in.version() == Version::k50;
  const std::size_t topic_at = in.offset();
  if (!(is_50 ? in.ReadTopicNameOrNone(publish.topic, kNoTopic)
              : in.ReadTopicName(publish.topic, kNoTopic))) {
    return false;
  }
  if (publish.qos != QoS::kAtMostOnce &&
      !in.ReadPacketId(publish.packet_id, in.sender() == Sender::kClient ? kNoPacketIdOfClient
                                                                         : kNoPacketIdOfServer)) {
    return false;
  }
  if (is_50 && !DecodeProperties(in, topic_at, publish)) return false;
  publish.payload = in.ReadRest();
  return true;
}

void EncodePacket(const Publish& publish, Version version, const ReceiverProperties& receiver,
                  std::string& out) {
  const bool has_id = publish.qos != QoS::kAtMostOnce;
  TALLYMQ_ASSERT(has_id == (publish.packet_id != PacketId()));
  TALLYMQ_ASSERT(has_id || !publish.dup);  // [MQTT3-3.3.1-2], [MQTT-3.3.1-2]
  auto flags = static_cast<std::uint8_t>(static_cast<unsigned>(publish.qos) << 1);
  if (publish.dup) flags |= kDupFlag;
  if (publish.retain) flags |= kRetainFlag;
  const std::string_view topic = publish.topic.text();
  TALLYMQ_ASSERT(!topic.empty() || (version == Version::k50 && HasAlias(publish, receiver)));
  const std::size_t receiver_bytes = version == Version::k50 ? SizeOf(receiver) : 0;
  PacketWriter writer(out);
  writer.WriteFixedHeader(PacketType::kPublish, flags,
                          RemainingLength(publish, version, receiver_bytes));
  writer.WriteBinary(topic);
  if (has_id) writer.WritePacketId(publish.packet_id);
  if (version != Version::k50) return;
  writer.WriteVariableInteger(receiver_bytes + publish.properties.size());
  if (receiver_bytes != 0) Write(receiver, out);
  out.append(publish.properties);
}

std::size_t PublishSize(const Publish& publish, Version version,
                        const ReceiverProperties& receiver) {
  const std::size_t length =
      RemainingLength(publish, version, version == Version::k50 ? SizeOf(receiver) : 0);
  return 1 + VariableIntegerSize(length) + length;
}

}  // namespace tallymq::mqtt
