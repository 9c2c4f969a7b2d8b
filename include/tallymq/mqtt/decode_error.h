// What is wrong with a peer's bytes, where, and which clause says so.

#pragma once

#include <cstddef>
#include <string_view>

#include "tallymq/mqtt/reason_code.h"
#include "tallymq/mqtt/version.h"

namespace tallymq::mqtt {

struct DecodeError {
  ReasonCode reason = ReasonCode::kMalformedPacket;  // for 5.0's DISCONNECT or CONNACK
  // "MQTT3-3.1.2-3" of 3.1.1 (and 3.1), "MQTT-3.1.2-3" of 5.0; lives as long as the program.
  std::string_view clause;
  std::string_view what;   // a sentence for the log; lives as long as the program
  std::size_t offset = 0;  // byte of the packet, from its first
  // By whose rules, and so in whose form the peer is answered. CONNECT's own, once it has said it.
  Version version = Version::k311;
};

}  // namespace tallymq::mqtt
