// What Paho C says of the packets that it sends and receives, a line each:
//
//   20261126 204339.032 7 publisher-0 -> PUBLISH msgid: 5 qos: 2 retained: 0 rc 0 payload len(9): 0
//   12 abcd 20261126 204339.033 7 publisher-0 <- PUBREC msgid: 5
//
// A packet that is received is told before it is answered, one that is sent after it has left. It
// is the only way to see the packets of a library; it tells neither DUP nor Session Present.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "tallymq/base/types.h"

namespace tallymq::crash {

struct TracedPacket {
  enum class Type : std::uint8_t {
    kConnect,
    kConnack,
    kPublish,
    kPuback,
    kPubrec,
    kPubrel,
    kPubcomp,
    kOther,
  };
  std::string_view client_id;
  bool sent = false;  // by Paho
  Type type = Type::kOther;
  PacketId packet_id;        // of those that have one
  int code = 0;              // of CONNACK
  std::string_view payload;  // of PUBLISH, its first 20 bytes
};

// The views are good as long as `line`. Nothing for a line that is not about a packet.
std::optional<TracedPacket> ParsePahoTrace(std::string_view line);

}  // namespace tallymq::crash
