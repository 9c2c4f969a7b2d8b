// What each packet is behind its fixed header: one pair of functions per packet, one source file
// per packet or family.
//
// A Decode reads a body whose fixed header has been judged, to the last byte, in the reader's
// version; it returns false with the error in the reader. An Encode appends the whole packet
// (PUBLISH: all but its payload) and requires what codec.h does.

#pragma once

#include <cstdint>
#include <string>

#include "packet_reader.h"
#include "tallymq/mqtt/packets.h"

namespace tallymq::mqtt {

bool DecodeBody(PacketReader& in, Connect& connect);
bool DecodeBody(PacketReader& in, Connack& connack);
bool DecodeBody(PacketReader& in, std::uint8_t flags, Publish& publish);
bool DecodeBody(PacketReader& in, Puback& puback);
bool DecodeBody(PacketReader& in, Pubrec& pubrec);
bool DecodeBody(PacketReader& in, Pubrel& pubrel);
bool DecodeBody(PacketReader& in, Pubcomp& pubcomp);
bool DecodeBody(PacketReader& in, Subscribe& subscribe);
bool DecodeBody(PacketReader& in, Suback& suback);
bool DecodeBody(PacketReader& in, Unsubscribe& unsubscribe);
bool DecodeBody(PacketReader& in, Unsuback& unsuback);
bool DecodeBody(PacketReader& in, Disconnect& disconnect);
bool DecodeBody(PacketReader& in, Auth& auth);

void EncodePacket(const Connect& connect, std::string& out);
void EncodePacket(const Connack& connack, Version version, std::string& out);
void EncodePacket(const Publish& publish, Version version, const ReceiverProperties& receiver,
                  std::string& out);
void EncodePacket(const Puback& puback, Version version, std::string& out);
void EncodePacket(const Pubrec& pubrec, Version version, std::string& out);
void EncodePacket(const Pubrel& pubrel, Version version, std::string& out);
void EncodePacket(const Pubcomp& pubcomp, Version version, std::string& out);
void EncodePacket(const Subscribe& subscribe, Version version, std::string& out);
void EncodePacket(const Suback& suback, Version version, std::string& out);
void EncodePacket(const Unsubscribe& unsubscribe, Version version, std::string& out);
void EncodePacket(const Unsuback& unsuback, Version version, std::string& out);
void EncodePacket(const Disconnect& disconnect, Version version, std::string& out);
void EncodePacket(const Auth& auth, Version version, std::string& out);

}  // namespace tallymq::mqtt
