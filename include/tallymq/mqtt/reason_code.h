// Why: the reason codes of 5.0, which 3.x uses a few of, and the return codes of its CONNACK.

#pragma once

#include <cstdint>
#include <string_view>

namespace tallymq::mqtt {

// Spec: MQTT 5.0 section 2.4. In 3.x a SUBACK has the first three and kUnspecifiedError (0x80).
enum class ReasonCode : std::uint8_t {
  kSuccess = 0x00,  // also: normal disconnection, granted QoS 0
  kGrantedQos1 = 0x01,
  kGrantedQos2 = 0x02,
  kDisconnectWithWill = 0x04,
  kNoMatchingSubscribers = 0x10,
  kNoSubscriptionExisted = 0x11,
  kContinueAuthentication = 0x18,
  kReAuthenticate = 0x19,
  kUnspecifiedError = 0x80,
  kMalformedPacket = 0x81,
  kProtocolError = 0x82,
  kImplementationSpecificError = 0x83,
  kUnsupportedProtocolVersion = 0x84,
  kClientIdentifierNotValid = 0x85,
  kBadUserNameOrPassword = 0x86,
  kNotAuthorized = 0x87,
  kServerUnavailable = 0x88,
  kServerBusy = 0x89,
  kBanned = 0x8A,
  kServerShuttingDown = 0x8B,
  kBadAuthenticationMethod = 0x8C,
  kKeepAliveTimeout = 0x8D,
  kSessionTakenOver = 0x8E,
  kTopicFilterInvalid = 0x8F,
  kTopicNameInvalid = 0x90,
  kPacketIdentifierInUse = 0x91,
  kPacketIdentifierNotFound = 0x92,
  kReceiveMaximumExceeded = 0x93,
  kTopicAliasInvalid = 0x94,
  kPacketTooLarge = 0x95,
  kMessageRateTooHigh = 0x96,
  kQuotaExceeded = 0x97,
  kAdministrativeAction = 0x98,
  kPayloadFormatInvalid = 0x99,
  kRetainNotSupported = 0x9A,
  kQosNotSupported = 0x9B,
  kUseAnotherServer = 0x9C,
  kServerMoved = 0x9D,
  kSharedSubscriptionsNotSupported = 0x9E,
  kConnectionRateExceeded = 0x9F,
  kMaximumConnectTime = 0xA0,
  kSubscriptionIdentifiersNotSupported = 0xA1,
  kWildcardSubscriptionsNotSupported = 0xA2,
};

// Whether it says that something failed. Spec: MQTT 5.0 section 2.4.
constexpr bool IsFailure(ReasonCode code) { return static_cast<std::uint8_t>(code) >= 0x80; }

// The return codes of CONNACK in 3.x. Spec: MQTT 3.1.1 table 3.1.
enum class ConnectCode : std::uint8_t {
  kAccepted = 0,
  kUnacceptableProtocolVersion = 1,
  kIdentifierRejected = 2,
  kServerUnavailable = 3,
  kBadUserNameOrPassword = 4,
  kNotAuthorized = 5,
};

// What CONNACK of 3.x says for a reason: the code of the same meaning (a ban is kNotAuthorized), or
// kServerUnavailable, which
// tells a client to try again later, for all that 3.x has no word for.
ConnectCode ToConnectCode(ReasonCode reason);
// The reason of the same meaning.
ReasonCode ToReasonCode(ConnectCode code);

// Lives as long as the program: "Packet identifier not found", as the standard words it.
std::string_view Name(ReasonCode code);
std::string_view Name(ConnectCode code);

}  // namespace tallymq::mqtt
