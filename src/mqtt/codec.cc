// Which packet is which: joins fixed header and bodies.

#include "tallymq/mqtt/codec.h"

#include "bodies.h"
#include "fixed_header.h"
#include "packet_reader.h"
#include "packet_writer.h"
#include "tallymq/base/assert.h"

namespace tallymq::mqtt {
namespace {

bool DecodeAnyBody(const FixedHeader& header, PacketReader& in, Packet& packet) {
  switch (header.type) {
    case PacketType::kConnect:
      return DecodeBody(in, packet.emplace<Connect>());
    case PacketType::kConnack:
      return DecodeBody(in, packet.emplace<Connack>());
    case PacketType::kPublish:
      return DecodeBody(in, header.flags, packet.emplace<Publish>());
    case PacketType::kPuback:
      return DecodeBody(in, packet.emplace<Puback>());
    case PacketType::kPubrec:
      return DecodeBody(in, packet.emplace<Pubrec>());
    case PacketType::kPubrel:
      return DecodeBody(in, packet.emplace<Pubrel>());
    case PacketType::kPubcomp:
      return DecodeBody(in, packet.emplace<Pubcomp>());
    case PacketType::kSubscribe:
      return DecodeBody(in, packet.emplace<Subscribe>());
    case PacketType::kSuback:
      return DecodeBody(in, packet.emplace<Suback>());
    case PacketType::kUnsubscribe:
      return DecodeBody(in, packet.emplace<Unsubscribe>());
    case PacketType::kUnsuback:
      return DecodeBody(in, packet.emplace<Unsuback>());
    case PacketType::kPingreq:
      packet.emplace<Pingreq>();
      return true;
    case PacketType::kPingresp:
      packet.emplace<Pingresp>();
      return true;
    case PacketType::kDisconnect:
      return DecodeBody(in, packet.emplace<Disconnect>());
    case PacketType::kAuth:
      return DecodeBody(in, packet.emplace<Auth>());
  }
  TALLYMQ_ASSERT(false);  // the fixed header lets no other type through
  return false;
}

// Appends one packet, chosen by its type.
class Encoder {
 public:
  Encoder(Version version, std::string& out) : version_(version), out_(out) {}

  template <typename AnyPacket>
  void operator()(const AnyPacket& packet) {
    EncodePacket(packet, version_, out_);
  }
  void operator()(const Connect& connect) { EncodePacket(connect, out_); }
  void operator()(const Publish& publish) { EncodePacket(publish, version_, {}, out_); }
  void operator()(const Pingreq&) { EncodeEmpty(PacketType::kPingreq); }
  void operator()(const Pingresp&) { EncodeEmpty(PacketType::kPingresp); }

 private:
  void EncodeEmpty(PacketType type) { PacketWriter(out_).WriteFixedHeader(type, 0, 0); }

  Version version_;
  std::string& out_;
};

}  // namespace

DecodeResult Decode(std::string_view bytes, const DecodeOptions& options) {
  const FixedHeaderResult header_result = DecodeFixedHeader(bytes, options);
  const FixedHeader* header = std::get_if<FixedHeader>(&header_result);
  if (header == nullptr) {
    if (const NeedMore* more = std::get_if<NeedMore>(&header_result)) return *more;
    return *std::get_if<DecodeError>(&header_result);
  }
  if (bytes.size() < header->total) return NeedMore{header->total};

  PacketReader in(bytes.substr(0, header->total), header->body_begin, options.sender,
                  options.version);
  DecodeResult result;  // one object on every path, so that the packet is never moved
  Decoded& decoded = *std::get_if<Decoded>(&result);
  if (DecodeAnyBody(*header, in, decoded.packet)) {
    TALLYMQ_ASSERT(in.done());
    decoded.consumed = header->total;
  } else {
    result = in.error();
  }
  return result;
}

void EncodeHead(const Packet& packet, Version version, std::string& out) {
  std::visit(Encoder(version, out), packet);
}

void EncodePublishHead(const Publish& publish, Version version, std::string& out,
                       const ReceiverProperties& receiver) {
  EncodePacket(publish, version, receiver, out);
}

void Encode(const Packet& packet, Version version, std::string& out) {
  EncodeHead(packet, version, out);
  if (const Publish* publish = std::get_if<Publish>(&packet)) out.append(publish->payload);
}

}  // namespace tallymq::mqtt
