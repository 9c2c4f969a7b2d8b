// PUBLISH. Spec: 3.3.

#include "bodies.h"
#include "packet_writer.h"
#include "tallymq/base/assert.h"

namespace tallymq::mqtt {
namespace {

constexpr Rule kNoTopic{"MQTT3-3.3.2-1", "PUBLISH ends within its topic name"};
constexpr Rule kNoPacketId{"MQTT3-2.3.1-1", "A PUBLISH of QoS 1 or 2 has no packet identifier"};

}  // namespace

// Wildcards in the name are refused by [MQTT3-3.3.2-2] and [MQTT3-4.7.1-1]; a packet identifier of
// QoS 0 would be read as payload [MQTT3-2.3.1-5].
bool DecodeBody(PacketReader& in, std::uint8_t flags, Publish& publish) {
  publish.dup = (flags & kDupFlag) != 0;
  publish.qos = static_cast<QoS>((flags & kQosMask) >> 1);
  publish.retain = (flags & kRetainFlag) != 0;
  if (!in.ReadTopicName(publish.topic, kNoTopic)) return false;
  if (publish.qos != QoS::kAtMostOnce && !in.ReadPacketId(publish.packet_id, kNoPacketId)) {
    return false;
  }
  publish.payload = in.ReadRest();
  return true;
}

void EncodePacket(const Publish& publish, std::string& out) {
  const bool has_id = publish.qos != QoS::kAtMostOnce;
  TALLYMQ_ASSERT(has_id == (publish.packet_id != PacketId()));
  TALLYMQ_ASSERT(has_id || !publish.dup);  // [MQTT3-3.3.1-2]
  auto flags = static_cast<std::uint8_t>(static_cast<unsigned>(publish.qos) << 1);
  if (publish.dup) flags |= kDupFlag;
  if (publish.retain) flags |= kRetainFlag;
  const std::string_view topic = publish.topic.text();
  PacketWriter writer(out);
  writer.WriteFixedHeader(PacketType::kPublish, flags,
                          BinarySize(topic) + (has_id ? 2 : 0) + publish.payload.size());
  writer.WriteBinary(topic);
  if (has_id) writer.WritePacketId(publish.packet_id);
}

}  // namespace tallymq::mqtt
