// The first two to five bytes of a packet: its type, flags and length, and all that can be refused
// by them.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "tallymq/mqtt/codec.h"

namespace tallymq::mqtt {

// Spec: 2.2.1, table 2.1. 0 is forbidden, and so is kAuth before 5.0.
enum class PacketType : std::uint8_t {
  kConnect = 1,
  kConnack = 2,
  kPublish = 3,
  kPuback = 4,
  kPubrec = 5,
  kPubrel = 6,
  kPubcomp = 7,
  kSubscribe = 8,
  kSuback = 9,
  kUnsubscribe = 10,
  kUnsuback = 11,
  kPingreq = 12,
  kPingresp = 13,
  kDisconnect = 14,
  kAuth = 15,
};

// Flag bits. DUP and QoS are those of PUBLISH; PUBREL, SUBSCRIBE and UNSUBSCRIBE carry 0010, which
// in 3.1 was QoS 1, with a DUP beside it.
inline constexpr std::uint8_t kDupFlag = 0x08;
inline constexpr std::uint8_t kQosMask = 0x06;
inline constexpr std::uint8_t kRetainFlag = 0x01;
inline constexpr std::uint8_t kReservedFlags = 0x02;

struct FixedHeader {
  PacketType type;
  std::uint8_t flags;      // valid for the type
  std::size_t body_begin;  // offset of the byte behind it
  std::size_t total;       // bytes of the whole packet
};
using FixedHeaderResult = std::variant<FixedHeader, NeedMore, DecodeError>;

// Decodes the fixed header at the front of `bytes`; the body need not be there. Type and flags are
// judged by the first byte alone.
// Errors: a type or direction that cannot be, flags, a length of over four bytes or that the type
// cannot have, a packet above `options.packet_bytes_max`. Spec: [MQTT3-2.2.2-1],
// [MQTT3-2.2.2-2], 2.2.3; [MQTT-2.1.3-1], 2.1.4 of 5.0.
FixedHeaderResult DecodeFixedHeader(std::string_view bytes, const DecodeOptions& options);

}  // namespace tallymq::mqtt
