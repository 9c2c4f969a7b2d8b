// DISCONNECT. Spec: 3.14.

#include "bodies.h"
#include "packet_writer.h"
#include "reason_tail.h"

namespace tallymq::mqtt {
namespace {

constexpr Rule kReason{kNone, "MQTT-3.14.2-1", "The reason code is none of this side's DISCONNECT",
                       ReasonCode::kProtocolError};

constexpr ReasonSet kOfBoth{ReasonCode::kSuccess,
                            ReasonCode::kUnspecifiedError,
                            ReasonCode::kMalformedPacket,
                            ReasonCode::kProtocolError,
                            ReasonCode::kImplementationSpecificError,
                            ReasonCode::kTopicNameInvalid,
                            ReasonCode::kReceiveMaximumExceeded,
                            ReasonCode::kTopicAliasInvalid,
                            ReasonCode::kPacketTooLarge,
                            ReasonCode::kMessageRateTooHigh,
                            ReasonCode::kQuotaExceeded,
                            ReasonCode::kAdministrativeAction,
                            ReasonCode::kPayloadFormatInvalid};
constexpr ReasonSet kOfClient{kOfBoth, {ReasonCode::kDisconnectWithWill}};
// Bad Authentication Method is in table 2-6 though not in 3-10: a re-authentication can fail by it.
constexpr ReasonSet kOfServer{
    kOfBoth,
    {ReasonCode::kNotAuthorized, ReasonCode::kServerBusy, ReasonCode::kServerShuttingDown,
     ReasonCode::kBadAuthenticationMethod, ReasonCode::kKeepAliveTimeout,
     ReasonCode::kSessionTakenOver, ReasonCode::kTopicFilterInvalid,
     ReasonCode::kRetainNotSupported, ReasonCode::kQosNotSupported, ReasonCode::kUseAnotherServer,
     ReasonCode::kServerMoved, ReasonCode::kSharedSubscriptionsNotSupported,
     ReasonCode::kConnectionRateExceeded, ReasonCode::kMaximumConnectTime,
     ReasonCode::kSubscriptionIdentifiersNotSupported,
     ReasonCode::kWildcardSubscriptionsNotSupported}};

}  // namespace

bool DecodeBody(PacketReader& in, Disconnect& disconnect) {
  return ReadReasonTail(in, PropertyPlace::kDisconnect,
                        in.sender() == Sender::kClient ? kOfClient : kOfServer, kReason,
                        disconnect.reason, disconnect.properties);
}

void EncodePacket(const Disconnect& disconnect, Version version, std::string& out) {
  PacketWriter writer(out);
  writer.WriteFixedHeader(PacketType::kDisconnect, 0,
                          ReasonTailSize(disconnect.reason, disconnect.properties, version));
  WriteReasonTail(disconnect.reason, disconnect.properties, version, writer);
}

}  // namespace tallymq::mqtt
