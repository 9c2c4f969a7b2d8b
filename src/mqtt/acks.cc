// PUBACK, PUBREC, PUBREL and PUBCOMP: a packet identifier each and, in 5.0, why. Spec: 3.4 to 3.7.

#include "bodies.h"
#include "packet_writer.h"
#include "reason_tail.h"

namespace tallymq::mqtt {
namespace {

constexpr ReasonCode kProtocolError = ReasonCode::kProtocolError;

constexpr Rule kPubackId{"MQTT3-2.3.1-6", "MQTT-2.2.1-5", "The packet identifier of PUBACK is 0",
                         kProtocolError};
constexpr Rule kPubrecId{"MQTT3-2.3.1-6", "MQTT-2.2.1-5", "The packet identifier of PUBREC is 0",
                         kProtocolError};
constexpr Rule kPubrelId{"MQTT3-2.3.1-6", "MQTT-2.2.1-5", "The packet identifier of PUBREL is 0",
                         kProtocolError};
constexpr Rule kPubcompId{"MQTT3-4.3.3-2", "MQTT-2.2.1-5", "The packet identifier of PUBCOMP is 0",
                          kProtocolError};
constexpr Rule kPubackReason{kNone, "MQTT-3.4.2-1", "The reason code is none of a PUBACK",
                             kProtocolError};
constexpr Rule kPubrecReason{kNone, "MQTT-3.5.2-1", "The reason code is none of a PUBREC",
                             kProtocolError};
constexpr Rule kPubrelReason{kNone, "MQTT-3.6.2-1", "The reason code is none of a PUBREL",
                             kProtocolError};
constexpr Rule kPubcompReason{kNone, "MQTT-3.7.2-1", "The reason code is none of a PUBCOMP",
                              kProtocolError};

// What becomes of a message, from PUBACK or PUBREC. Only a server knows of no subscribers.
constexpr ReasonSet kOutcomesOfClient{
    ReasonCode::kSuccess,          ReasonCode::kUnspecifiedError,
    ReasonCode::kNotAuthorized,    ReasonCode::kImplementationSpecificError,
    ReasonCode::kTopicNameInvalid, ReasonCode::kPacketIdentifierInUse,
    ReasonCode::kQuotaExceeded,    ReasonCode::kPayloadFormatInvalid};
constexpr ReasonSet kOutcomesOfServer{kOutcomesOfClient, {ReasonCode::kNoMatchingSubscribers}};
constexpr ReasonSet kReleases{ReasonCode::kSuccess, ReasonCode::kPacketIdentifierNotFound};

template <typename Ack>
bool Decode(PacketReader& in, Ack& ack, PropertyPlace place, const ReasonSet& codes,
            const Rule& zero_id, const Rule& unknown_reason) {
  return in.ReadPacketId(ack.packet_id, zero_id) &&
         ReadReasonTail(in, place, codes, unknown_reason, ack.reason, ack.properties);
}

template <typename Ack>
void Encode(PacketType type, std::uint8_t flags, const Ack& ack, Version version,
            std::string& out) {
  PacketWriter writer(out);
  writer.WriteFixedHeader(type, flags, 2 + ReasonTailSize(ack.reason, ack.properties, version));
  writer.WritePacketId(ack.packet_id);
  WriteReasonTail(ack.reason, ack.properties, version, writer);
}

}  // namespace

bool DecodeBody(PacketReader& in, Puback& puback) {
  return Decode(in, puback, PropertyPlace::kPuback,
                in.sender() == Sender::kClient ? kOutcomesOfClient : kOutcomesOfServer, kPubackId,
                kPubackReason);
}
bool DecodeBody(PacketReader& in, Pubrec& pubrec) {
  return Decode(in, pubrec, PropertyPlace::kPubrec,
                in.sender() == Sender::kClient ? kOutcomesOfClient : kOutcomesOfServer, kPubrecId,
                kPubrecReason);
}
bool DecodeBody(PacketReader& in, Pubrel& pubrel) {
  return Decode(in, pubrel, PropertyPlace::kPubrel, kReleases, kPubrelId, kPubrelReason);
}
bool DecodeBody(PacketReader& in, Pubcomp& pubcomp) {
  return Decode(in, pubcomp, PropertyPlace::kPubcomp, kReleases, kPubcompId, kPubcompReason);
}

void EncodePacket(const Puback& puback, Version version, std::string& out) {
  Encode(PacketType::kPuback, 0, puback, version, out);
}
void EncodePacket(const Pubrec& pubrec, Version version, std::string& out) {
  Encode(PacketType::kPubrec, 0, pubrec, version, out);
}
void EncodePacket(const Pubrel& pubrel, Version version, std::string& out) {
  Encode(PacketType::kPubrel, kReservedFlags, pubrel, version, out);
}
void EncodePacket(const Pubcomp& pubcomp, Version version, std::string& out) {
  Encode(PacketType::kPubcomp, 0, pubcomp, version, out);
}

}  // namespace tallymq::mqtt
