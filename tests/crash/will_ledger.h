// The wills of clients, one a connection and numbered from 1 on, and what became of each.
//
//                            ┌─ lost ──────▶ due        must be published, once
//   sent ──CONNACK──▶ standing ─ DISCONNECT ▶ leaving    may be published, if the broker did not
//   take
//     │                                       │          the DISCONNECT
//     │                                    closed by the broker
//     └─ may be published                     ▼
//                                           taken ──next CONNACK──▶ declined   must not be
//
// That a DISCONNECT was taken is durable when a later CONNACK is; a kill between the two makes the
// will a leaving one again.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "end.h"
#include "inbox.h"
#include "retained_ledger.h"
#include "stored_session.h"

namespace tallymq::crash {

class WillLedger {
 public:
  // Client `i` has the i-th of `topics` to itself.
  WillLedger(std::vector<std::string> topics, QoS qos, Faults& faults);

  // CONNECT goes out, with a will; returns its number.
  std::uint64_t Sent(StreamId client, bool retain);
  // CONNACK came.
  void Connected(StreamId client);
  // DISCONNECT goes out.
  void Leaving(StreamId client);
  void Ended(StreamId client, End end);
  // To be told before the connections that the kill ended.
  void BrokerDied();

  // The watcher of all topics got a will.
  struct Arrival {
    std::uint64_t number = 0;
    PacketId packet_id;
    bool dup = false;
  };
  void Arrived(StreamId client, const Arrival& arrival);
  // All is over and all has drained: what is due and has not arrived is lost.
  void Finished();

  // Holds the store of the killed broker against it. `stored` is the client's session, if there is
  // one.
  void Compare(StreamId client, const StoredSession* stored, Comparison& comparison);
  void CompareRetained(const StoredRetained& retained, Comparison& comparison) const;

  [[nodiscard]] const std::string& topic(StreamId client) const {
    return clients_[client.value()].topic;
  }
  [[nodiscard]] std::size_t size() const { return clients_.size(); }
  [[nodiscard]] bool knows(const std::string& topic) const;
  // Wills that are due and have not arrived.
  [[nodiscard]] std::uint64_t due() const { return due_; }
  // Different wills that arrived; those of connections that a kill ended; those that must not
  // arrive, and did not; connections that stood at a kill, with their wills in the store.
  [[nodiscard]] std::uint64_t fired() const { return fired_; }
  [[nodiscard]] std::uint64_t fired_by_kill() const { return fired_by_kill_; }
  [[nodiscard]] std::uint64_t declined() const { return declined_; }
  [[nodiscard]] std::uint64_t compared() const { return compared_; }

 private:
  enum class Fate : std::uint8_t { kSent, kStanding, kDue, kLeaving, kTaken, kDeclined };
  struct Will {
    Fate fate = Fate::kSent;
    bool retain = false;
    bool killed = false;  // stood when the broker was killed
    bool arrived = false;
    PacketId packet_id;
  };
  struct Client {
    std::string topic;
    std::vector<Will> wills;     // by number less 1
    std::uint64_t standing = 0;  // confirmed by CONNACK last; 0: none
    std::uint64_t arrived = 0;   // highest number
    std::uint64_t retained = 0;  // highest number that arrived and was to be retained
    bool stood = false;          // when the broker was killed
  };

  void Add(std::uint64_t Faults::*count, const Client& client, std::uint64_t number,
           std::string_view what);

  const QoS qos_;
  Faults& faults_;
  std::vector<Client> clients_;
  std::uint64_t due_ = 0;
  std::uint64_t fired_ = 0;
  std::uint64_t fired_by_kill_ = 0;
  std::uint64_t declined_ = 0;
  std::uint64_t compared_ = 0;
};

}  // namespace tallymq::crash
