// The network: listeners, connections and the bytes between sockets and packets. It does not know
// what a session is.
//
// One thread, the loop thread, calls everything but `Wake`. It runs turns:
//
//   Poll(timeout)    waits; reads what is ready, decodes it, tells the sink
//   Perform(effect)  takes what is to be sent, paused or closed (also while the sink is being told)
//   Flush()          writes what was taken, one system call for a connection; tells the sink
//   `Writable`
//
// Work within a turn is bounded for each connection: one read of at most `kReadBytes` (or the rest
// of a packet larger than that), one packet after the other until it is decoded; and in all: a turn
// ends when it has read enough, and the next one goes on with those that were not looked at.
//
// Memory: an idle connection owns a `Connection` of under 200 bytes and no buffer. Reading goes
// through one buffer that all share; only what is left of a packet that is not whole yet is kept by
// its connection, and output exists while there is some.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tallymq/base/result.h"
#include "tallymq/broker/effects.h"
#include "tallymq/mqtt/codec.h"
#include "tallymq/net/address.h"
#include "tallymq/net/event_sink.h"

namespace tallymq::net {

// Size of the buffer that all connections read through. Bytes.
inline constexpr std::size_t kReadBytes = 64 * 1024;

struct Options {
  // Larger packets are refused when their fixed header is there. Bytes.
  std::size_t packet_bytes_max = mqtt::kRemainingLengthMax + 5;
  // Connections beyond it are closed as soon as they are accepted, and counted.
  std::size_t connections_max = SIZE_MAX;
  // How long a connection that we closed waits for the peer to close too, so that what was sent
  // last is not lost by a reset. Milliseconds.
  std::uint32_t linger_ms = 1000;
};

// What the network has counted since the start. All only grow.
struct Counters {
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;  // closed at once: `connections_max`, or no descriptor was left
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};

class Network {
 public:
  // `sink` outlives the network.
  Network(const Options& options, EventSink& sink);
  // Closes everything; the sink is not told.
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // Listens on `address` and returns it with the port that was really taken. An IPv6 address takes
  // no IPv4 connections. Errors: a sentence with the address and the operating system's reason.
  Result<Address, std::string> Listen(const Address& address);

  // Waits up to `timeout_ms` (`kForever`: without bound) until something happens, and tells the
  // sink of all that has. Does not wait while output or undecoded input is at hand.
  void Poll(std::uint64_t timeout_ms);
  static constexpr std::uint64_t kForever = UINT64_MAX;

  // Effects on a connection that is gone, or that never was, do nothing.
  void Perform(const broker::Send& effect);
  void Perform(const broker::Close& effect);
  void Perform(const broker::PauseReading& effect);
  void Perform(const broker::ResumeReading& effect);

  // Writes as much of the output as the peers take, and closes what is to be closed. Once a turn.
  void Flush();

  // Ends the present or the next wait of `Poll`. From any thread.
  void Wake();

  // Calls `readable` in `Poll` while there is something to read on `fd`, which stays the caller's
  // and outlives the network.
  void Watch(int fd, std::function<void()> readable);

  // Accepts and reads nothing any more. Output still flows.
  void StopInput();

  // Connections that the sink knows of.
  [[nodiscard]] std::size_t connections() const;
  // True while a connection has output that its peer has not taken, or waits for its peer to close.
  [[nodiscard]] bool output_pending() const;
  [[nodiscard]] const Counters& counters() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tallymq::net
