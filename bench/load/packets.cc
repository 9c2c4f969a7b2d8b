#include "packets.h"

#include <cstring>

#include "tallymq/base/assert.h"
#include "tallymq/mqtt/codec.h"

namespace tallymq::load {

namespace {

std::uint16_t ReadNumber16(std::string_view bytes) {
  return static_cast<std::uint16_t>(static_cast<std::uint8_t>(bytes[0]) << 8 |
                                    static_cast<std::uint8_t>(bytes[1]));
}

}  // namespace

std::uint16_t PacketView::packet_id() const {
  return body.size() < 2 ? std::uint16_t{0} : ReadNumber16(body);
}

std::optional<PacketView> TakePacket(std::string_view& bytes) {
  std::size_t length = 0;
  std::size_t at = 1;
  for (unsigned shift = 0;; shift += 7, ++at) {
    if (at >= bytes.size() || shift > 21) return std::nullopt;
    const auto byte = static_cast<std::uint8_t>(bytes[at]);
    length |= static_cast<std::size_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) break;
  }
  ++at;
  if (bytes.size() - at < length) return std::nullopt;
  const PacketView packet{.first_byte = static_cast<std::uint8_t>(bytes[0]),
                          .body = bytes.substr(at, length)};
  bytes.remove_prefix(at + length);
  return packet;
}

std::optional<Arrival> ReadPublish(const PacketView& packet, mqtt::Version version) {
  Arrival arrival{.qos = static_cast<QoS>((packet.first_byte >> 1) & 3)};
  if (packet.body.size() < 2) return std::nullopt;
  std::size_t at = 2u + ReadNumber16(packet.body);
  const std::size_t id_bytes = arrival.qos == QoS::kAtMostOnce ? 0 : 2;
  if (packet.body.size() < at + id_bytes + kPayloadMin) return std::nullopt;
  if (id_bytes > 0) arrival.packet_id = ReadNumber16(packet.body.substr(at));
  at += id_bytes;
  if (version == mqtt::Version::k50) {
    // A run's messages have no properties that take more than 127 bytes.
    const auto length = static_cast<std::uint8_t>(packet.body[at]);
    if (length > 127 || packet.body.size() < at + 1 + length + kPayloadMin) return std::nullopt;
    at += 1u + length;
  }
  std::memcpy(&arrival.number, packet.body.data() + at, sizeof arrival.number);
  std::memcpy(&arrival.stream, packet.body.data() + at + sizeof arrival.number,
              sizeof arrival.stream);
  arrival.payload_bytes = packet.body.size() - at;
  return arrival;
}

PublishTemplate::PublishTemplate(std::string_view topic, QoS qos, std::size_t payload_bytes,
                                 std::uint32_t stream, mqtt::Version version)
    : has_id_(qos != QoS::kAtMostOnce) {
  TALLYMQ_ASSERT(payload_bytes >= kPayloadMin);
  const auto name = mqtt::TopicName::Parse(topic);
  TALLYMQ_ASSERT(name.has_value());
  std::string payload(payload_bytes, 'x');
  std::memcpy(payload.data() + sizeof(std::uint64_t), &stream, sizeof stream);
  mqtt::Publish publish;
  publish.qos = qos;
  publish.topic = *name;
  if (has_id_) publish.packet_id = PacketId{1};
  publish.payload = payload;
  mqtt::EncodePublishHead(publish, version, packet_);
  payload_at_ = packet_.size();
  id_at_ = payload_at_ - (version == mqtt::Version::k50 ? 3 : 2);  // 5.0: no properties behind it
  packet_ += payload;
}

void PublishTemplate::Append(std::string& out, std::uint16_t packet_id,
                             std::uint64_t number) const {
  const std::size_t begin = out.size();
  out.append(packet_);
  char* const payload = out.data() + begin + payload_at_;
  std::memcpy(payload, &number, sizeof number);
  if (has_id_) {
    out[begin + id_at_] = static_cast<char>(packet_id >> 8);
    out[begin + id_at_ + 1] = static_cast<char>(packet_id & 0xFF);
  }
}

}  // namespace tallymq::load
