// All that can happen to the core. What it reads of the world comes in here: time, identity,
// randomness.

#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "tallymq/base/types.h"
#include "tallymq/broker/authentication.h"
#include "tallymq/mqtt/codec.h"
#include "tallymq/storage/journal.h"

namespace tallymq::broker {

// A connection is there. `nonce` is random and unique: an assigned client identifier is made of it.
struct Connected {
  ConnId conn;
  std::string_view peer;  // "127.0.0.1:53212"; valid during the call
  std::uint64_t nonce = 0;
};

// A whole packet arrived. Its views are valid during the call.
struct Received {
  ConnId conn;
  const mqtt::Packet& packet;
};

// Bytes arrived that are no packet. The core answers by closing.
struct Malformed {
  ConnId conn;
  mqtt::DecodeError error;
};

// The connection is gone, by the peer's doing or a failure; not after the core's own `Close`.
struct Closed {
  ConnId conn;
};

// All output of the connection has been taken by the operating system.
struct Writable {
  ConnId conn;
};

// What an `Authenticate` found out. One that is not waited for any more is ignored.
struct AuthReply {
  ConnId conn;
  AuthRequest request;
  const AuthAnswer& answer;  // valid during the call
};

// Time passed. `monotonic_ms` never goes back and is not set by anyone (CLOCK_BOOTTIME); `wall_ms`
// is since 1970 and may jump.
struct Tick {
  std::uint64_t monotonic_ms = 0;
  std::uint64_t wall_ms = 0;
};

// The broker stops: clients are told, nothing more is taken in.
struct Shutdown {};

// What comes from the network, the check of who is there, the clock and the operator. The journal's
// events are taken in by `Broker::Collect`.
using Event =
    std::variant<Connected, Received, Malformed, Closed, Writable, AuthReply, Tick, Shutdown>;

}  // namespace tallymq::broker
