// What the clients of a run share: where they connect to, and how far they have come together.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "poller.h"
#include "tallymq/base/types.h"
#include "tallymq/mqtt/version.h"
#include "target.h"

namespace tallymq::load {

// Counted by the clients as it happens.
struct Totals {
  std::uint64_t published = 0;
  std::uint64_t acknowledged = 0;  // PUBACK or PUBCOMP came
  std::uint64_t delivered = 0;     // different messages at each subscriber
  std::uint64_t open = 0;          // incoming QoS 2 exchanges without PUBREL
  std::uint64_t unexpected = 0;    // see `Faults`
  std::uint64_t packets = 0;       // from the broker: whether it is alive
  std::uint64_t connected = 0;     // clients with CONNACK, right now
  std::uint64_t open_sockets = 0;  // right now
  std::uint64_t subscribed = 0;    // SUBACKs
  std::uint64_t pongs = 0;
};

// One publisher's messages.
struct Stream {
  std::uint64_t published = 0;
  // Numbers that subscribers are beyond, of all of them together.
  std::uint64_t passed = 0;
};

// Owner: the run's thread.
struct RunState {
  Poller poller;
  Target target;
  QoS qos = QoS::kAtMostOnce;
  mqtt::Version version = mqtt::Version::k311;
  std::size_t payload_bytes = 0;
  std::vector<Stream> streams;
  Totals totals;
  // Why the run cannot go on, a sentence; empty: it can.
  std::string failure;
  // Where a socket is read to; holds a whole packet and more. What does not end in it is kept by
  // the connection.
  std::vector<char> input;
};

}  // namespace tallymq::load
