// A network connection, as the core knows it, and the one place where effects wait for a batch.
//
// Order out: what is sent leaves first in, first out, each packet when the position that it is
// stamped with is durable and everything before it has left. Only QoS 0 PUBLISH and PINGRESP may
// overtake, never a CONNACK, and never each other. What waits dies with the connection. Contract:
// D1, D2.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "context.h"
#include "login.h"
#include "tallymq/base/mutant.h"
#include "tallymq/base/ring.h"
#include "tallymq/base/types.h"
#include "tallymq/broker/effects.h"
#include "tallymq/mqtt/packets.h"
#include "terms.h"
#include "topic_aliases.h"

namespace tallymq::broker {

struct Session;

// What a connection came with. Needed until it is accepted or refused.
struct Greeting {
  std::string peer;
  std::uint64_t nonce;
};

class Connection {
 public:
  Connection(ConnId conn, std::string_view from, std::uint64_t random, Context& context)
      : id(conn), greeting(new Greeting{std::string(from), random}), context_(context) {}
  ~Connection() { context_.counters.buffered_bytes -= buffered(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const ConnId id;
  std::unique_ptr<const Greeting> greeting;  // none after it is accepted
  mqtt::Version version = mqtt::Version::k311;
  bool paused = false;                 // the core does not let it be read
  std::uint32_t patience_ms = 0;       // closed after this time without a packet; 0: never
  Session* session = nullptr;          // none before it is accepted
  std::uint64_t last_packet_ms = 0;    // monotonic
  std::uint64_t refused_until_ms = 0;  // QoS 1 and 2 are discarded until it is closed, then
  Terms terms;
  // QoS 1 and 2 PUBLISHes of a 5.0 client that it has not been told the end of: what its side of
  // the receive maximum counts. Spec: [MQTT-3.3.4-7], [MQTT-4.9.0-2].
  std::uint32_t receiving = 0;
  std::unique_ptr<TopicAliases> aliases;  // null: none yet
  // From CONNECT to the answer; with an authentication method, to the end. Null: neither.
  std::unique_ptr<Login> login;

  // Sends `packet` when `rests_on` is durable, behind all sent before.
  void Send(OutPacket packet, Lsn rests_on);
  // Sends what may overtake: a QoS 0 PUBLISH or PINGRESP. Returns false, having dropped it, at the
  // output bound, a PUBLISH also at the bound of all buffers. One that rests on a pending write
  // waits like others.
  bool SendUnordered(OutPacket packet, Lsn rests_on = Lsn{0});

  // Sends a 5.0 client that has been accepted the last word before it is closed, ahead of all that
  // waits.
  void SendLast(mqtt::ReasonCode reason, std::string_view why);

  // Hands out what has become free to leave. Returns true if something still waits.
  bool Release();

  // What an answer to a packet says of its packet identifier; 3.x has no word for it.
  [[nodiscard]] mqtt::ReasonCode IdentifierReason(bool known) const {
    return known || version != mqtt::Version::k50 ? mqtt::ReasonCode::kSuccess
                                                  : mqtt::ReasonCode::kPacketIdentifierNotFound;
  }

  // True while something waits: the connection is in `gated` or `releasing` of the context.
  [[nodiscard]] bool listed() const { return listed_; }

  // No more is to be sent for now: the peer does not take it, or too much waits for the disk.
  [[nodiscard]] bool congested() const {
    if (Mutant("output-unbounded")) return false;
    return full() ||
           (buffered() > 0 && context_.counters.buffered_bytes >= context_.limits.buffers_bytes);
  }
  // The operating system has taken all that was handed out.
  void OnWritable() {
    context_.counters.buffered_bytes -= unwritten_bytes_;
    unwritten_bytes_ = 0;
  }

 private:
  struct Stamped {
    Lsn rests_on;
    OutPacket packet;
  };

  [[nodiscard]] bool full() const { return buffered() >= context_.limits.output_bytes; }
  [[nodiscard]] std::size_t buffered() const { return queued_bytes_ + unwritten_bytes_; }
  void HandOut(OutPacket packet);
  void Complete(OutPublish& publish);

  Context& context_;
  Ring<Stamped> waiting_;
  std::size_t queued_bytes_ = 0;     // in waiting_
  std::size_t unwritten_bytes_ = 0;  // handed out since all was written
  std::uint32_t queued_unordered_ = 0;
  bool listed_ = false;
  bool connack_left_ = false;
};

// About how much `packet` takes on the wire. Bytes.
std::size_t WireBytes(const OutPacket& packet);

}  // namespace tallymq::broker
