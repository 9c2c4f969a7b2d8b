// What the core has counted since the start. All only grow unless said otherwise.

#pragma once

#include <cstdint>
#include <string_view>

namespace tallymq::broker {

struct Counters {
  std::uint64_t connections = 0;     // now
  std::uint64_t sessions = 0;        // now, persistent ones
  std::uint64_t subscriptions = 0;   // now
  std::uint64_t buffered_bytes = 0;  // now, in windows and in output that peers have not taken
  std::uint64_t publishes_received[3] = {};  // by QoS, repetitions of QoS 2 apart
  std::uint64_t publishes_sent[3] = {};      // by QoS, repetitions included
  std::uint64_t qos2_repeated = 0;           // PUBLISH of an identifier that awaits PUBREL
  std::uint64_t batches = 0;                 // submitted
  std::uint64_t records = 0;                 // in them, commit records apart
  std::uint64_t malformed = 0;               // packets that could not be decoded
  std::uint64_t protocol_errors = 0;         // packets that came when they may not
  std::uint64_t dropped_qos0 = 0;            // output bound reached
  std::uint64_t dropped_clean = 0;           // queue bound of a session that is not persistent
  std::uint64_t dropped_oldest = 0;          // queue limit; never sent
  std::uint64_t dropped_newest = 0;          // queue limit; once for each queue
  std::uint64_t dropped_expired = 0;         // message expiry interval; once for each queue
  std::uint64_t dropped_too_large = 0;       // a client's maximum packet size; once for each client
  std::uint64_t authentications_accepted = 0;  // at CONNECT, and again later
  std::uint64_t authentications_refused = 0;   // the same
  std::uint64_t authentications_busy = 0;      // not looked at: too many wanted it at once
  std::uint64_t refused_publishes = 0;         // a queue or the retained messages are full
  std::uint64_t refused_connections = 0;       // too many clients, or a client identifier too long
  std::uint64_t refused_subscriptions = 0;     // too many, too long or too deep
  std::uint64_t refused_topics = 0;            // of PUBLISH or will: too long or too deep
  std::uint64_t refused_too_wide = 0;          // a publish that would write over 64 MiB
  std::uint64_t keep_alive_timeouts = 0;
  std::uint64_t pages_read = 0;
  std::uint64_t retained_pages_read = 0;
  std::uint64_t wills_published = 0;
  std::uint64_t sessions_expired = 0;
};

// Each counter with its name, but for those by QoS.
struct CounterName {
  std::string_view name;
  std::uint64_t Counters::*value;
};
inline constexpr CounterName kCounterNames[] = {
    {"connections", &Counters::connections},
    {"sessions", &Counters::sessions},
    {"subscriptions", &Counters::subscriptions},
    {"buffered_bytes", &Counters::buffered_bytes},
    {"qos2_repeated", &Counters::qos2_repeated},
    {"batches", &Counters::batches},
    {"records", &Counters::records},
    {"malformed", &Counters::malformed},
    {"protocol_errors", &Counters::protocol_errors},
    {"dropped_qos0", &Counters::dropped_qos0},
    {"dropped_clean", &Counters::dropped_clean},
    {"dropped_oldest", &Counters::dropped_oldest},
    {"dropped_newest", &Counters::dropped_newest},
    {"dropped_expired", &Counters::dropped_expired},
    {"dropped_too_large", &Counters::dropped_too_large},
    {"authentications_accepted", &Counters::authentications_accepted},
    {"authentications_refused", &Counters::authentications_refused},
    {"authentications_busy", &Counters::authentications_busy},
    {"refused_publishes", &Counters::refused_publishes},
    {"refused_connections", &Counters::refused_connections},
    {"refused_subscriptions", &Counters::refused_subscriptions},
    {"refused_topics", &Counters::refused_topics},
    {"refused_too_wide", &Counters::refused_too_wide},
    {"keep_alive_timeouts", &Counters::keep_alive_timeouts},
    {"pages_read", &Counters::pages_read},
    {"retained_pages_read", &Counters::retained_pages_read},
    {"wills_published", &Counters::wills_published},
    {"sessions_expired", &Counters::sessions_expired},
};

}  // namespace tallymq::broker
