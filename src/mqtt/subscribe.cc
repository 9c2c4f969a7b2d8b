// SUBSCRIBE and SUBACK. Spec: 3.8, 3.9.

#include "bodies.h"
#include "packet_writer.h"
#include "tallymq/base/assert.h"

namespace tallymq::mqtt {
namespace {

constexpr ReasonCode kProtocolError = ReasonCode::kProtocolError;

// The options of 5.0; bits 4 and 5 are the retain handling.
constexpr std::uint8_t kQosMax = 2;
constexpr std::uint8_t kQosBits = 0x03;
constexpr std::uint8_t kNoLocal = 0x04;
constexpr std::uint8_t kRetainAsPublished = 0x08;
constexpr unsigned kRetainHandlingShift = 4;
constexpr std::uint8_t kRetainHandlingMax = 2;
constexpr std::uint8_t kReservedBits = 0xC0;

constexpr Rule kSubscribeId{"MQTT3-2.3.1-1", "MQTT-2.2.1-3",
                            "The packet identifier of SUBSCRIBE is 0", kProtocolError};
constexpr Rule kNoFilters{"MQTT3-3.8.3-3", "MQTT-3.8.3-2", "SUBSCRIBE has no topic filter",
                          kProtocolError};
constexpr Rule kNoFilter{"MQTT3-3.8.3-1", "MQTT-3.8.3-1", "SUBSCRIBE ends within a topic filter"};
constexpr Rule kNoOptions{"MQTT3-3.8.3-3", "MQTT-3.8.3-2",
                          "SUBSCRIBE has a topic filter without its QoS"};
constexpr Rule kReserved{"MQTT3-3.8.3-4", "MQTT-3.8.3-5", "SUBSCRIBE sets a reserved bit"};
constexpr Rule kQos3{"MQTT3-3.8.3-4", kViolation5, "SUBSCRIBE asks for QoS 3", kProtocolError};
constexpr Rule kRetainHandling3{kNone, kViolation5, "SUBSCRIBE asks for retain handling 3",
                                kProtocolError};
constexpr Rule kSharedNoLocal{kNone, "MQTT-3.8.3-4", "A shared subscription has No Local",
                              kProtocolError};
constexpr Rule kSubackId{"MQTT3-2.3.1-7", "MQTT-2.2.1-6", "The packet identifier of SUBACK is 0",
                         kProtocolError};
constexpr Rule kNoCode{"MQTT3-3.8.4-5", "MQTT-3.8.4-6", "SUBACK has no code"};
constexpr Rule kBadCode{"MQTT3-3.9.3-2", "MQTT-3.9.3-2", "A code is none of a SUBACK",
                        kProtocolError};

constexpr ReasonSet kCodes3{ReasonCode::kSuccess, ReasonCode::kGrantedQos1,
                            ReasonCode::kGrantedQos2, ReasonCode::kUnspecifiedError};
constexpr ReasonSet kCodes5{
    kCodes3,
    {ReasonCode::kImplementationSpecificError, ReasonCode::kNotAuthorized,
     ReasonCode::kTopicFilterInvalid, ReasonCode::kPacketIdentifierInUse,
     ReasonCode::kQuotaExceeded, ReasonCode::kSharedSubscriptionsNotSupported,
     ReasonCode::kSubscriptionIdentifiersNotSupported,
     ReasonCode::kWildcardSubscriptionsNotSupported}};

bool DecodeOptions3(PacketReader& in, std::uint8_t options, SubscriptionRequest& request) {
  const std::size_t options_at = in.offset() - 1;
  if ((options & ~kQosBits) != 0) return in.Fail(kReserved, options_at);
  if (options > kQosMax) return in.Fail(kQos3, options_at);
  request.qos = static_cast<QoS>(options);
  return true;
}

bool DecodeOptions5(PacketReader& in, std::uint8_t options, SubscriptionRequest& request) {
  const std::size_t options_at = in.offset() - 1;
  if ((options & kReservedBits) != 0) return in.Fail(kReserved, options_at);
  if ((options & kQosBits) > kQosMax) return in.Fail(kQos3, options_at);
  request.qos = static_cast<QoS>(options & kQosBits);
  request.no_local = (options & kNoLocal) != 0;
  request.retain_as_published = (options & kRetainAsPublished) != 0;
  request.retain_handling = options >> kRetainHandlingShift;
  if (request.retain_handling > kRetainHandlingMax) return in.Fail(kRetainHandling3, options_at);
  if (request.no_local && request.filter.is_shared()) return in.Fail(kSharedNoLocal, options_at);
  return true;
}

std::uint8_t OptionsOf(const SubscriptionRequest& request, Version version) {
  auto options = static_cast<std::uint8_t>(request.qos);
  if (version != Version::k50) return options;
  TALLYMQ_ASSERT(request.retain_handling <= kRetainHandlingMax);
  if (request.no_local) options |= kNoLocal;
  if (request.retain_as_published) options |= kRetainAsPublished;
  options |= static_cast<std::uint8_t>(request.retain_handling << kRetainHandlingShift);
  return options;
}

}  // namespace

// In 3.x, that there is at least one filter follows from the length of the packet.
bool DecodeBody(PacketReader& in, Subscribe& subscribe) {
  if (!in.ReadPacketId(subscribe.packet_id, kSubscribeId)) return false;
  const bool is_50 = in.version() == Version::k50;
  PropertySet found;
  if (is_50 && !in.ReadProperties(PropertyPlace::kSubscribe, subscribe.properties, found)) {
    return false;
  }
  if (in.done()) return in.Fail(kNoFilters, in.offset());
  while (!in.done()) {
    SubscriptionRequest& request = subscribe.requests.emplace_back();
    std::uint8_t options = 0;
    if (!in.ReadTopicFilter(request.filter, kNoFilter) || !in.ReadByte(options, kNoOptions)) {
      return false;
    }
    if (!(is_50 ? DecodeOptions5(in, options, request) : DecodeOptions3(in, options, request))) {
      return false;
    }
  }
  return true;
}

bool DecodeBody(PacketReader& in, Suback& suback) {
  if (!in.ReadPacketId(suback.packet_id, kSubackId)) return false;
  const bool is_50 = in.version() == Version::k50;
  PropertySet found;
  if (is_50 && !in.ReadProperties(PropertyPlace::kSuback, suback.properties, found)) return false;
  if (in.done()) return in.Fail(kNoCode, in.offset());
  while (!in.done()) {
    if (!in.ReadReason(suback.codes.emplace_back(), is_50 ? kCodes5 : kCodes3, kBadCode)) {
      return false;
    }
  }
  return true;
}

void EncodePacket(const Subscribe& subscribe, Version version, std::string& out) {
  TALLYMQ_ASSERT(!subscribe.requests.empty());
  std::size_t size = 2 + PropertiesSize(subscribe.properties, version);
  for (const SubscriptionRequest& request : subscribe.requests) {
    size += BinarySize(request.filter.text()) + 1;
  }
  PacketWriter writer(out);
  writer.WriteFixedHeader(PacketType::kSubscribe, kReservedFlags, size);
  writer.WritePacketId(subscribe.packet_id);
  writer.WriteProperties(subscribe.properties, version);
  for (const SubscriptionRequest& request : subscribe.requests) {
    writer.WriteBinary(request.filter.text());
    writer.WriteByte(OptionsOf(request, version));
  }
}

void EncodePacket(const Suback& suback, Version version, std::string& out) {
  TALLYMQ_ASSERT(!suback.codes.empty());
  PacketWriter writer(out);
  writer.WriteFixedHeader(PacketType::kSuback, 0,
                          2 + PropertiesSize(suback.properties, version) + suback.codes.size());
  writer.WritePacketId(suback.packet_id);
  writer.WriteProperties(suback.properties, version);
  for (const ReasonCode code : suback.codes) {
    const bool other_failure = version != Version::k50 && IsFailure(code);
    writer.WriteByte(
        static_cast<std::uint8_t>(other_failure ? ReasonCode::kUnspecifiedError : code));
  }
}

}  // namespace tallymq::mqtt
