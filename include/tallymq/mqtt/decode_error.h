// What is wrong with a peer's bytes, where, and which clause says so.

#pragma once

#include <cstddef>
#include <string_view>

#include "tallymq/mqtt/reason_code.h"

namespace tallymq::mqtt {

struct DecodeError {
  ReasonCode reason = ReasonCode::kMalformedPacket;  // for 5.0's DISCONNECT or CONNACK
  std::string_view
      clause;  // "MQTT3-3.1.2-3"; lives as long as the program; empty if no clause has it
  std::string_view what;   // a sentence for the log; lives as long as the program
  std::size_t offset = 0;  // byte of the packet, from its first
};

}  // namespace tallymq::mqtt
