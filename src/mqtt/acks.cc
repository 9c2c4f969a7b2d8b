// PUBACK, PUBREC, PUBREL and PUBCOMP: a packet identifier each. Spec: 3.4 to 3.7.

#include "bodies.h"
#include "packet_writer.h"

namespace tallymq::mqtt {
namespace {

constexpr Rule kPubackId{"MQTT3-2.3.1-6", "The packet identifier of PUBACK is 0"};
constexpr Rule kPubrecId{"MQTT3-2.3.1-6", "The packet identifier of PUBREC is 0"};
constexpr Rule kPubrelId{"MQTT3-2.3.1-6", "The packet identifier of PUBREL is 0"};
constexpr Rule kPubcompId{"MQTT3-4.3.3-2", "The packet identifier of PUBCOMP is 0"};

void Encode(PacketType type, std::uint8_t flags, PacketId id, std::string& out) {
  PacketWriter writer(out);
  writer.WriteFixedHeader(type, flags, 2);
  writer.WritePacketId(id);
}

}  // namespace

bool DecodeBody(PacketReader& in, Puback& puback) {
  return in.ReadPacketId(puback.packet_id, kPubackId);
}
bool DecodeBody(PacketReader& in, Pubrec& pubrec) {
  return in.ReadPacketId(pubrec.packet_id, kPubrecId);
}
bool DecodeBody(PacketReader& in, Pubrel& pubrel) {
  return in.ReadPacketId(pubrel.packet_id, kPubrelId);
}
bool DecodeBody(PacketReader& in, Pubcomp& pubcomp) {
  return in.ReadPacketId(pubcomp.packet_id, kPubcompId);
}

void EncodePacket(const Puback& puback, std::string& out) {
  Encode(PacketType::kPuback, 0, puback.packet_id, out);
}
void EncodePacket(const Pubrec& pubrec, std::string& out) {
  Encode(PacketType::kPubrec, 0, pubrec.packet_id, out);
}
void EncodePacket(const Pubrel& pubrel, std::string& out) {
  Encode(PacketType::kPubrel, kReservedFlags, pubrel.packet_id, out);
}
void EncodePacket(const Pubcomp& pubcomp, std::string& out) {
  Encode(PacketType::kPubcomp, 0, pubcomp.packet_id, out);
}

}  // namespace tallymq::mqtt
