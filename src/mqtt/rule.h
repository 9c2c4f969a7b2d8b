// A rule of the standard that a peer can break, as the decoders know it: one constant per rule and
// packet.

#pragma once

#include <cstddef>
#include <string_view>

#include "tallymq/mqtt/decode_error.h"

namespace tallymq::mqtt {

struct Rule {
  std::string_view clause;
  std::string_view what;
  ReasonCode reason = ReasonCode::kMalformedPacket;
};

// Where the standard has the rule without a number of its own, the clause is [MQTT3-4.8.0-1]: a
// protocol violation ends the connection.
inline constexpr std::string_view kViolation = "MQTT3-4.8.0-1";

// The error that breaking `rule` at byte `offset` is.
inline DecodeError Broken(const Rule& rule, std::size_t offset) {
  return DecodeError{rule.reason, rule.clause, rule.what, offset};
}

}  // namespace tallymq::mqtt
