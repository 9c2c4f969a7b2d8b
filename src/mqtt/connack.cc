// CONNACK. Spec: 3.2.

#include "bodies.h"
#include "packet_writer.h"

namespace tallymq::mqtt {
namespace {

constexpr std::uint8_t kSessionPresent = 0x01;

constexpr Rule kTooShort{kViolation3, kViolation5, "CONNACK is too short"};
constexpr Rule kReservedBits{kViolation3, "MQTT-3.2.2-1", "A reserved flag of CONNACK is set"};
constexpr Rule kUnknownCode{kViolation3, "MQTT-3.2.2-8", "The code is none of a CONNACK",
                            ReasonCode::kProtocolError};
constexpr Rule kPresentThoughRefused{"MQTT3-3.2.2-4", "MQTT-3.2.2-6",
                                     "CONNACK refuses and has the session present flag",
                                     ReasonCode::kProtocolError};

constexpr ReasonSet kReasons{ReasonCode::kSuccess,
                             ReasonCode::kUnspecifiedError,
                             ReasonCode::kMalformedPacket,
                             ReasonCode::kProtocolError,
                             ReasonCode::kImplementationSpecificError,
                             ReasonCode::kUnsupportedProtocolVersion,
                             ReasonCode::kClientIdentifierNotValid,
                             ReasonCode::kBadUserNameOrPassword,
                             ReasonCode::kNotAuthorized,
                             ReasonCode::kServerUnavailable,
                             ReasonCode::kServerBusy,
                             ReasonCode::kBanned,
                             ReasonCode::kBadAuthenticationMethod,
                             ReasonCode::kTopicNameInvalid,
                             ReasonCode::kPacketTooLarge,
                             ReasonCode::kQuotaExceeded,
                             ReasonCode::kPayloadFormatInvalid,
                             ReasonCode::kRetainNotSupported,
                             ReasonCode::kQosNotSupported,
                             ReasonCode::kUseAnotherServer,
                             ReasonCode::kServerMoved,
                             ReasonCode::kConnectionRateExceeded};

bool DecodeCode(PacketReader& in, ReasonCode& reason) {
  if (in.version() == Version::k50) return in.ReadReason(reason, kReasons, kUnknownCode);
  std::uint8_t code = 0;
  const std::size_t code_at = in.offset();
  if (!in.ReadByte(code, kTooShort)) return false;
  if (code > static_cast<std::uint8_t>(ConnectCode::kNotAuthorized)) {
    return in.Fail(kUnknownCode, code_at);
  }
  reason = ToReasonCode(static_cast<ConnectCode>(code));
  return true;
}

}  // namespace

bool DecodeBody(PacketReader& in, Connack& connack) {
  const std::size_t flags_at = in.offset();
  std::uint8_t flags = 0;
  if (!in.ReadByte(flags, kTooShort) || !DecodeCode(in, connack.reason)) return false;
  if (in.version() == Version::k31) return true;  // in 3.1 the first byte means nothing
  if ((flags & ~kSessionPresent) != 0) return in.Fail(kReservedBits, flags_at);
  connack.session_present = (flags & kSessionPresent) != 0;
  if (connack.session_present && connack.reason != ReasonCode::kSuccess) {
    return in.Fail(kPresentThoughRefused, flags_at);
  }
  if (in.version() != Version::k50) return true;
  PropertySet found;
  return in.ReadProperties(PropertyPlace::kConnack, connack.properties, found) && in.ReadEnd();
}

void EncodePacket(const Connack& connack, Version version, std::string& out) {
  PacketWriter writer(out);
  writer.WriteFixedHeader(PacketType::kConnack, 0, 2 + PropertiesSize(connack.properties, version));
  writer.WriteByte(version != Version::k31 && connack.session_present ? kSessionPresent : 0);
  writer.WriteByte(version == Version::k50
                       ? static_cast<std::uint8_t>(connack.reason)
                       : static_cast<std::uint8_t>(ToConnectCode(connack.reason)));
  writer.WriteProperties(connack.properties, version);
}

}  // namespace tallymq::mqtt
