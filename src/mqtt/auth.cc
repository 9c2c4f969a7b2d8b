// AUTH. Spec: 3.15 of 5.0.

#include "bodies.h"
#include "packet_writer.h"
#include "tallymq/base/assert.h"

namespace tallymq::mqtt {
namespace {

constexpr Rule kReason{kNone, "MQTT-3.15.2-1", "The reason code is none of this side's AUTH",
                       ReasonCode::kProtocolError};
constexpr Rule kNoMethod{kNone, "MQTT-4.12.0-5", "AUTH has no authentication method",
                         ReasonCode::kProtocolError};

constexpr ReasonSet kOfClient{ReasonCode::kContinueAuthentication, ReasonCode::kReAuthenticate};
constexpr ReasonSet kOfServer{ReasonCode::kSuccess, ReasonCode::kContinueAuthentication};

}  // namespace

// A success without properties may have no bytes. All other packets must name the method.
bool DecodeBody(PacketReader& in, Auth& auth) {
  if (in.done() && in.sender() == Sender::kServer) return true;
  if (!in.ReadReason(auth.reason, in.sender() == Sender::kClient ? kOfClient : kOfServer,
                     kReason)) {
    return false;
  }
  const std::size_t properties_at = in.offset();
  PropertySet found;
  if (!in.ReadProperties(PropertyPlace::kAuth, auth.properties, found) || !in.ReadEnd()) {
    return false;
  }
  return found.contains(PropertyId::kAuthenticationMethod) || in.Fail(kNoMethod, properties_at);
}

void EncodePacket(const Auth& auth, Version version, std::string& out) {
  TALLYMQ_ASSERT(version == Version::k50);
  const bool short_form = auth.reason == ReasonCode::kSuccess && auth.properties.empty();
  PacketWriter writer(out);
  writer.WriteFixedHeader(PacketType::kAuth, 0,
                          short_form ? 0 : 1 + PropertiesSize(auth.properties, version));
  if (short_form) return;
  writer.WriteByte(static_cast<std::uint8_t>(auth.reason));
  writer.WriteProperties(auth.properties, version);
}

}  // namespace tallymq::mqtt
