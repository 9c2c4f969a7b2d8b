// UNSUBSCRIBE and UNSUBACK. Spec: 3.10, 3.11.

#include "bodies.h"
#include "packet_writer.h"
#include "tallymq/base/assert.h"

namespace tallymq::mqtt {
namespace {

constexpr Rule kUnsubscribeId{"MQTT3-2.3.1-1", "The packet identifier of UNSUBSCRIBE is 0"};
constexpr Rule kNoFilter{"MQTT3-3.10.3-1", "UNSUBSCRIBE ends within a topic filter"};
constexpr Rule kUnsubackId{"MQTT3-2.3.1-7", "The packet identifier of UNSUBACK is 0"};

}  // namespace

// That there is at least one filter [MQTT3-3.10.3-2] follows from the length of the packet.
bool DecodeBody(PacketReader& in, Unsubscribe& unsubscribe) {
  if (!in.ReadPacketId(unsubscribe.packet_id, kUnsubscribeId)) return false;
  while (!in.done()) {
    if (!in.ReadTopicFilter(unsubscribe.filters.emplace_back(), kNoFilter)) return false;
  }
  return true;
}

bool DecodeBody(PacketReader& in, Unsuback& unsuback) {
  return in.ReadPacketId(unsuback.packet_id, kUnsubackId);
}

void EncodePacket(const Unsubscribe& unsubscribe, std::string& out) {
  TALLYMQ_ASSERT(!unsubscribe.filters.empty());
  std::size_t size = 2;
  for (const TopicFilter& filter : unsubscribe.filters) size += BinarySize(filter.text());
  PacketWriter writer(out);
  writer.WriteFixedHeader(PacketType::kUnsubscribe, kReservedFlags, size);
  writer.WritePacketId(unsubscribe.packet_id);
  for (const TopicFilter& filter : unsubscribe.filters) writer.WriteBinary(filter.text());
}

void EncodePacket(const Unsuback& unsuback, std::string& out) {
  PacketWriter writer(out);
  writer.WriteFixedHeader(PacketType::kUnsuback, 0, 2);
  writer.WritePacketId(unsuback.packet_id);
}

}  // namespace tallymq::mqtt
