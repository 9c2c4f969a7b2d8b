// PUBLISH. Spec: 3.3.

#include <array>

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

// Bytes of all properties, the receiver's and the message's.
inline std::size_t PropertyBytes(const Publish& publish, const ReceiverProperties& receiver) {
  std::size_t size = publish.properties.size();
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
  TALLYMQ_ASSERT(topic.size() <= 65'535);

  // The message path: what stands together is put together, and appended at once.
  std::array<char, 2 + 4> behind_topic;
  char* behind_end = behind_topic.data();
  if (has_id) behind_end = PutNumber(behind_end, publish.packet_id.value());
  std::size_t property_bytes = 0;
  if (version == Version::k50) {
    property_bytes = PropertyBytes(publish, receiver);
    TALLYMQ_ASSERT(property_bytes <= kVariableIntegerMax);
    behind_end = PutVariableInteger(behind_end, property_bytes);
  }
  const auto behind_bytes = static_cast<std::size_t>(behind_end - behind_topic.data());
  const std::size_t length =
      BinarySize(topic) + behind_bytes + property_bytes + publish.payload.size();
  TALLYMQ_ASSERT(length <= kRemainingLengthMax);
  std::array<char, kFixedHeaderMax + 2> front;
  char* front_end = PutFixedHeader(front.data(), PacketType::kPublish, flags, length);
  front_end = PutNumber(front_end, static_cast<std::uint16_t>(topic.size()));
  AppendPut(front.data(), front_end, out);
  out.append(topic);
  AppendPut(behind_topic.data(), behind_end, out);
  if (property_bytes == 0) return;
  Write(receiver, out);
  out.append(publish.properties);
}

std::size_t PublishSize(const Publish& publish, Version version,
                        const ReceiverProperties& receiver) {
  std::size_t length = BinarySize(publish.topic.text()) + publish.payload.size();
  if (publish.qos != QoS::kAtMostOnce) length += 2;
  if (version == Version::k50) {
    const std::size_t property_bytes = PropertyBytes(publish, receiver);
    length += VariableIntegerSize(property_bytes) + property_bytes;
  }
  return 1 + VariableIntegerSize(length) + length;
}

}  // namespace tallymq::mqtt
