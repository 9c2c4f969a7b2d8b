// UNSUBSCRIBE and UNSUBACK. Spec: 3.10, 3.11.

#include "bodies.h"
#include "packet_writer.h"
#include "tallymq/base/assert.h"

namespace tallymq::mqtt {
namespace {

constexpr ReasonCode kProtocolError = ReasonCode::kProtocolError;

constexpr Rule kUnsubscribeId{"MQTT3-2.3.1-1", "MQTT-2.2.1-3",
                              "The packet identifier of UNSUBSCRIBE is 0", kProtocolError};
constexpr Rule kNoFilters{"MQTT3-3.10.3-2", "MQTT-3.10.3-2", "UNSUBSCRIBE has no topic filter",
                          kProtocolError};
constexpr Rule kNoFilter{"MQTT3-3.10.3-1", "MQTT-3.10.3-1",
                         "UNSUBSCRIBE ends within a topic filter"};
constexpr Rule kUnsubackId{"MQTT3-2.3.1-7", "MQTT-2.2.1-6",
                           "The packet identifier of UNSUBACK is 0", kProtocolError};
constexpr Rule kNoCode{kNone, "MQTT-3.11.3-1", "UNSUBACK has no code"};
constexpr Rule kBadCode{kNone, "MQTT-3.11.3-2", "A code is none of an UNSUBACK", kProtocolError};

constexpr ReasonSet kCodes{ReasonCode::kSuccess,
                           ReasonCode::kNoSubscriptionExisted,
                           ReasonCode::kUnspecifiedError,
                           ReasonCode::kImplementationSpecificError,
                           ReasonCode::kNotAuthorized,
                           ReasonCode::kTopicFilterInvalid,
                           ReasonCode::kPacketIdentifierInUse};

}  // namespace

// In 3.x, that there is at least one filter follows from the length of the packet.
bool DecodeBody(PacketReader& in, Unsubscribe& unsubscribe) {
  if (!in.ReadPacketId(unsubscribe.packet_id, kUnsubscribeId)) return false;
  PropertySet found;
  if (in.version() == Version::k50 &&
      !in.ReadProperties(PropertyPlace::kUnsubscribe, unsubscribe.properties, found)) {
    return false;
  }
  if (in.done()) return in.Fail(kNoFilters, in.offset());
  while (!in.done()) {
    if (!in.ReadTopicFilter(unsubscribe.filters.emplace_back(), kNoFilter)) return false;
  }
  return true;
}

bool DecodeBody(PacketReader& in, Unsuback& unsuback) {
  if (!in.ReadPacketId(unsuback.packet_id, kUnsubackId)) return false;
  if (in.version() != Version::k50) return true;
  PropertySet found;
  if (!in.ReadProperties(PropertyPlace::kUnsuback, unsuback.properties, found)) return false;
  if (in.done()) return in.Fail(kNoCode, in.offset());
  while (!in.done()) {
    if (!in.ReadReason(unsuback.codes.emplace_back(), kCodes, kBadCode)) return false;
  }
  return true;
}

void EncodePacket(const Unsubscribe& unsubscribe, Version version, std::string& out) {
  TALLYMQ_ASSERT(!unsubscribe.filters.empty());
  std::size_t size = 2 + PropertiesSize(unsubscribe.properties, version);
  for (const TopicFilter& filter : unsubscribe.filters) size += BinarySize(filter.text());
  PacketWriter writer(out);
  writer.WriteFixedHeader(PacketType::kUnsubscribe, kReservedFlags, size);
  writer.WritePacketId(unsubscribe.packet_id);
  writer.WriteProperties(unsubscribe.properties, version);
  for (const TopicFilter& filter : unsubscribe.filters) writer.WriteBinary(filter.text());
}

void EncodePacket(const Unsuback& unsuback, Version version, std::string& out) {
  const bool is_50 = version == Version::k50;
  TALLYMQ_ASSERT(!is_50 || !unsuback.codes.empty());
  PacketWriter writer(out);
  writer.WriteFixedHeader(
      PacketType::kUnsuback, 0,
      2 + PropertiesSize(unsuback.properties, version) + (is_50 ? unsuback.codes.size() : 0));
  writer.WritePacketId(unsuback.packet_id);
  if (!is_50) return;
  writer.WriteProperties(unsuback.properties, version);
  for (const ReasonCode code : unsuback.codes) writer.WriteByte(static_cast<std::uint8_t>(code));
}

}  // namespace tallymq::mqtt
