// SUBSCRIBE and SUBACK. Spec: 3.8, 3.9.

#include "bodies.h"
#include "packet_writer.h"
#include "tallymq/base/assert.h"

namespace tallymq::mqtt {
namespace {

constexpr std::uint8_t kQosMax = 2;

constexpr Rule kSubscribeId{"MQTT3-2.3.1-1", "The packet identifier of SUBSCRIBE is 0"};
constexpr Rule kNoFilter{"MQTT3-3.8.3-1", "SUBSCRIBE ends within a topic filter"};
constexpr Rule kNoQos{"MQTT3-3.8.3-3", "SUBSCRIBE has a topic filter without a QoS"};
constexpr Rule kBadQos{"MQTT3-3.8.3-4", "SUBSCRIBE asks for QoS 3 or sets a reserved bit"};
constexpr Rule kSubackId{"MQTT3-2.3.1-7", "The packet identifier of SUBACK is 0"};
constexpr Rule kNoCode{"MQTT3-3.8.4-5", "SUBACK ends within a return code"};
constexpr Rule kBadCode{"MQTT3-3.9.3-2", "A return code of SUBACK is not 0, 1, 2 or 0x80"};

}  // namespace

// That there is at least one filter [MQTT3-3.8.3-3] follows from the length of the packet.
bool DecodeBody(PacketReader& in, Subscribe& subscribe) {
  if (!in.ReadPacketId(subscribe.packet_id, kSubscribeId)) return false;
  while (!in.done()) {
    SubscriptionRequest& request = subscribe.requests.emplace_back();
    if (!in.ReadTopicFilter(request.filter, kNoFilter)) return false;
    const std::size_t qos_at = in.offset();
    std::uint8_t qos = 0;
    if (!in.ReadByte(qos, kNoQos)) return false;
    if (qos > kQosMax) return in.Fail(kBadQos, qos_at);
    request.qos = static_cast<QoS>(qos);
  }
  return true;
}

bool DecodeBody(PacketReader& in, Suback& suback) {
  if (!in.ReadPacketId(suback.packet_id, kSubackId)) return false;
  while (!in.done()) {
    const std::size_t code_at = in.offset();
    std::uint8_t code = 0;
    if (!in.ReadByte(code, kNoCode)) return false;
    const auto reason = static_cast<ReasonCode>(code);
    if (code > kQosMax && reason != ReasonCode::kUnspecifiedError)
      return in.Fail(kBadCode, code_at);
    suback.codes.push_back(reason);
  }
  return true;
}

void EncodePacket(const Subscribe& subscribe, std::string& out) {
  TALLYMQ_ASSERT(!subscribe.requests.empty());
  std::size_t size = 2;
  for (const SubscriptionRequest& request : subscribe.requests) {
    size += BinarySize(request.filter.text()) + 1;
  }
  PacketWriter writer(out);
  writer.WriteFixedHeader(PacketType::kSubscribe, kReservedFlags, size);
  writer.WritePacketId(subscribe.packet_id);
  for (const SubscriptionRequest& request : subscribe.requests) {
    writer.WriteBinary(request.filter.text());
    writer.WriteByte(static_cast<std::uint8_t>(request.qos));
  }
}

void EncodePacket(const Suback& suback, std::string& out) {
  TALLYMQ_ASSERT(!suback.codes.empty());
  PacketWriter writer(out);
  writer.WriteFixedHeader(PacketType::kSuback, 0, 2 + suback.codes.size());
  writer.WritePacketId(suback.packet_id);
  for (const ReasonCode code : suback.codes) writer.WriteByte(static_cast<std::uint8_t>(code));
}

}  // namespace tallymq::mqtt
