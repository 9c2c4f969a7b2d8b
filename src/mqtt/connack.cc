// CONNACK. Spec: 3.2.

#include "bodies.h"
#include "packet_writer.h"

namespace tallymq::mqtt {
namespace {

constexpr std::uint8_t kSessionPresent = 0x01;

constexpr Rule kTooShort{kViolation, "CONNACK is too short"};
constexpr Rule kReservedBits{kViolation, "A reserved flag of CONNACK is set"};
constexpr Rule kUnknownCode{kViolation, "The return code of CONNACK is reserved"};
constexpr Rule kPresentThoughRefused{"MQTT3-3.2.2-4",
                                     "CONNACK refuses and has the session present flag"};

}  // namespace

bool DecodeBody(PacketReader& in, Version version, Connack& connack) {
  const std::size_t flags_at = in.offset();
  std::uint8_t flags = 0;
  std::uint8_t code = 0;
  if (!in.ReadByte(flags, kTooShort) || !in.ReadByte(code, kTooShort)) return false;
  if (code > static_cast<std::uint8_t>(ConnectCode::kNotAuthorized)) {
    return in.Fail(kUnknownCode, flags_at + 1);
  }
  connack.code = static_cast<ConnectCode>(code);
  if (version == Version::k31) return true;  // in 3.1 the first byte means nothing
  if ((flags & ~kSessionPresent) != 0) return in.Fail(kReservedBits, flags_at);
  connack.session_present = (flags & kSessionPresent) != 0;
  if (connack.session_present && connack.code != ConnectCode::kAccepted) {
    return in.Fail(kPresentThoughRefused, flags_at);
  }
  return true;
}

void EncodePacket(const Connack& connack, Version version, std::string& out) {
  PacketWriter writer(out);
  writer.WriteFixedHeader(PacketType::kConnack, 0, 2);
  writer.WriteByte(version != Version::k31 && connack.session_present ? kSessionPresent : 0);
  writer.WriteByte(static_cast<std::uint8_t>(connack.code));
}

}  // namespace tallymq::mqtt
