// What the core has counted since the start. All only grow unless said otherwise.

#pragma once

#include <cstdint>

namespace tallymq::broker {

struct Counters {
  std::uint64_t connections = 0;             // now
  std::uint64_t sessions = 0;                // now, persistent ones
  std::uint64_t subscriptions = 0;           // now
  std::uint64_t publishes_received[3] = {};  // by QoS, repetitions of QoS 2 apart
  std::uint64_t publishes_sent[3] = {};      // by QoS, repetitions included
  std::uint64_t qos2_repeated = 0;           // PUBLISH of an identifier that awaits PUBREL
  std::uint64_t batches = 0;                 // submitted
  std::uint64_t records = 0;                 // in them, commit records apart
  std::uint64_t malformed = 0;               // packets that could not be decoded
  std::uint64_t protocol_errors = 0;         // packets that came when they may not
  std::uint64_t dropped_qos0 = 0;            // output bound reached
  std::uint64_t dropped_clean = 0;           // queue bound of a session that is not persistent
  std::uint64_t refused_too_wide = 0;        // a publish that would write over 64 MiB
  std::uint64_t keep_alive_timeouts = 0;
  std::uint64_t pages_read = 0;
  std::uint64_t retained_pages_read = 0;
  std::uint64_t wills_published = 0;
  std::uint64_t sessions_expired = 0;
};

}  // namespace tallymq::broker
