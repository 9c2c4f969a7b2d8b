// A rule of the standard that a peer can break, as the decoders know it: one constant per rule and
// packet.

#pragma once

#include <cstddef>
#include <string_view>

#include "tallymq/mqtt/decode_error.h"
#include "tallymq/mqtt/version.h"

namespace tallymq::mqtt {

struct Rule {
  std::string_view clause3;  // of 3.1.1; for 3.1 too
  std::string_view clause5;  // of 5.0
  std::string_view what;
  ReasonCode reason = ReasonCode::kMalformedPacket;
};

// Where the standard has the rule without a number of its own, the clause is [MQTT3-4.8.0-1] or
// [MQTT-4.13.1-1]: a protocol violation ends the connection.
inline constexpr std::string_view kViolation3 = "MQTT3-4.8.0-1";
inline constexpr std::string_view kViolation5 = "MQTT-4.13.1-1";
// For a rule that one of them does not have.
inline constexpr std::string_view kNone = {};

// The error that breaking `rule` at byte `offset` is.
inline DecodeError Broken(const Rule& rule, Version version, std::size_t offset) {
  const std::string_view clause = version == Version::k50 ? rule.clause5 : rule.clause3;
  return DecodeError{rule.reason, clause, rule.what, offset, version};
}

}  // namespace tallymq::mqtt
