// Bytes to packets and back.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "tallymq/mqtt/decode_error.h"
#include "tallymq/mqtt/packets.h"

namespace tallymq::mqtt {

// Largest packet that the fixed header can announce, in bytes behind it. Spec: 2.2.3.
inline constexpr std::size_t kRemainingLengthMax = 268'435'455;
// And with the fixed header: no packet is larger. Bytes.
inline constexpr std::size_t kPacketBytesMax = kRemainingLengthMax + 5;

// Who sends the bytes: a client must not send CONNACK, a server no CONNECT.
enum class Sender : std::uint8_t { kClient, kServer };

struct DecodeOptions {
  Sender sender = Sender::kClient;
  // Before CONNECT has said it, ignored: CONNECT carries its own.
  Version version = Version::k311;
  // Whole packets above it are refused as soon as their fixed header is there. Bytes.
  std::size_t packet_bytes_max = kPacketBytesMax;
};

// A whole packet; `consumed` bytes of the input were it.
struct Decoded {
  Packet packet;
  std::size_t consumed = 0;
};
// Not a whole packet yet. `total` is the packet's size once its fixed header is there, else 0.
struct NeedMore {
  std::size_t total = 0;
};
using DecodeResult = std::variant<Decoded, NeedMore, DecodeError>;

// Decodes the first packet of `bytes`. Keeps nothing between calls: the same bytes give the same
// result however they came in. Wrong flags, types and lengths are noticed as soon as the fixed
// header is there. Views in the packet live as long as `bytes`. Errors: the connection is to be
// closed (after CONNACK 0x01 where `reason` is kUnsupportedProtocolVersion [MQTT3-3.1.2-2]). Spec:
// [MQTT3-2.2.2-1], [MQTT3-2.2.2-2], [MQTT3-4.8.0-1] and those of each packet.
DecodeResult Decode(std::string_view bytes, const DecodeOptions& options);

// Appends all of `packet` but a PUBLISH's payload, which the caller sends behind it: no copy is
// made. Requires lengths that the format can carry (strings up to 65,535 bytes, all of it within
// kPacketBytesMax) and properties that the packet may have. In 5.0 a reason of kSuccess without
// properties takes the short form where there is one.
void EncodeHead(const Packet& packet, Version version, std::string& out);
// The same for PUBLISH, without a `Packet` around it. In 5.0 `receiver` comes before the properties
// of `publish`, which can so be bytes shared by all receivers; requires that these repeat none of
// it. 3.x has neither.
void EncodePublishHead(const Publish& publish, Version version, std::string& out,
                       const ReceiverProperties& receiver = {});
// Bytes of the whole packet that EncodePublishHead begins, with its payload: what a Maximum Packet
// Size is about. May be above kPacketBytesMax; such a packet cannot be encoded.
std::size_t PublishSize(const Publish& publish, Version version,
                        const ReceiverProperties& receiver = {});

// EncodeHead, and the payload behind it: for small packets and tests.
void Encode(const Packet& packet, Version version, std::string& out);

}  // namespace tallymq::mqtt
