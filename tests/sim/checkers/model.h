// What every session must hold, by the standard and the contract, after each decision.
//
// A decision falls when the broker takes in a packet; it belongs to the batch that is open then.
// The sessions as of each batch are kept until it is durable, so that a crash takes the model back
// to what the disk must hold. What has been on the wire is never taken back.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "packet.h"

namespace tallymq::sim {

// A message in the queue towards a client.
struct Entry {
  std::uint64_t message = 0;
  int qos = 0;
  std::uint64_t batch = 0;  // that holds it; 0: it rests on nothing
  std::uint32_t life = 0;   // of the broker, in which it was appended
  std::uint32_t wire = 0;   // index of its `Wire`
  bool received = false;    // QoS 2: PUBREC has come
  bool ended = false;       // PUBACK or PUBCOMP has come
  std::uint64_t received_batch = 0;

  // ---- Of a retained message that a SUBSCRIBE is owed. Those of one filter stand together, before
  // all that comes live; their order among themselves is the broker's.
  std::uint32_t group = 0;  // number of the SUBSCRIBE's filter; 0: it came live
  bool blurred = false;     // two filters owe it, and what is sent does not say for which
  bool optional = false;    // it was replaced, or the filter taken back: it may come or not
  std::string topic{};

  // ---- Where its queue has a limit.
  std::size_t bytes = 0;         // of topic and payload
  std::uint32_t wall = 0;        // `SessionModel::wall` when it was appended
  bool counted_sent = false;     // below the send mark that a start found
  bool droppable = false;        // it may have been dropped, and then does not come
  std::uint64_t drop_batch = 0;  // that says so at the earliest
  std::uint64_t disk_seq = 0;    // its number on the disk at the last crash, 0: not there

  // It is not to be sent (again).
  [[nodiscard]] bool passed() const { return received || ended; }
};

// What clients have seen of an entry. No crash takes it back.
struct Wire {
  std::uint16_t id = 0;         // packet identifier of its PUBLISH; 0: not sent yet
  std::uint32_t last_life = 0;  // in which it was last sent
  std::uint64_t last_conn = 0;  // on which it was last sent
  bool settled = false;         // its packet identifier was used again: its end must be on the disk
  bool passed_over = false;     // one behind it was sent, and it was not: it was dropped
};

// A retained message, or one that a session is owed at QoS 0.
struct RetainedModel {
  std::uint64_t message = 0;
  int qos = 0;
  std::uint64_t batch = 0;  // that set it
  std::string topic{};
  bool in_queue = false;  // owed beyond the connection
  bool optional = false;
  std::size_t bytes = 0;
};

struct SessionModel {
  bool persistent = false;
  bool stored = false;  // it is on the disk: it is persistent, or began with a will
  WillModel will;
  // Retained messages may be on their way, and QoS 0 waits for them: since this SUBSCRIBE; 0: no.
  // It ends unseen: it is over when one that came after it has left.
  std::uint32_t scanning = 0;
  // The last SUBSCRIBE whose retained messages may still be on their way into the queue; 0: none.
  std::uint32_t wall = 0;
  std::uint64_t ranges = 0;  // of numbers, reserved for retained messages
  std::uint32_t life = 0;    // in which it began
  std::uint64_t number = 0;  // in the order in which they began
  bool connected = false;
  std::uint32_t connected_life = 0;    // in which it was last connected
  std::uint64_t lost_ms = 0;           // broker time at which it lost its connection
  bool lost_noted = true;              // the disk says so; otherwise the next start finds out
  std::size_t alone_from = 0;          // of the queue: what came when it had no connection
  std::map<std::string, int> filters;  // granted QoS
  std::vector<Entry> queue;            // only grows
  std::size_t first_open = 0;          // all before it have ended
  std::map<std::uint16_t, std::uint64_t> inbound;  // identifiers that await PUBREL, their messages
  std::vector<RetainedModel> retained0;            // owed at QoS 0
};

using RetainedModels = std::map<std::string, RetainedModel>;  // by topic

// What has ended at the front of the queue is not looked at again.
void AdvanceFirstOpen(SessionModel& session);

class Model {
 public:
  explicit Model(int clients) : sessions_(static_cast<std::size_t>(clients)) {}

  // The session of `client`, or null.
  [[nodiscard]] const SessionModel* Find(int client) const { return at(client).get(); }
  // The same, to be changed.
  SessionModel& Change(int client);
  void Put(int client, SessionModel session) {
    at(client) = std::make_shared<SessionModel>(std::move(session));
  }
  void End(int client) { at(client).reset(); }
  [[nodiscard]] int clients() const { return static_cast<int>(sessions_.size()); }

  [[nodiscard]] const RetainedModels& retained() const { return *retained_; }
  RetainedModels& ChangeRetained();

  Wire& wire(const Entry& entry) { return wires_[entry.wire]; }
  [[nodiscard]] const Wire& wire(const Entry& entry) const { return wires_[entry.wire]; }
  std::uint32_t NewWire() {
    wires_.emplace_back();
    return static_cast<std::uint32_t>(wires_.size() - 1);
  }

  // QoS at which `client` gets a message of `topic` published with `qos`; -1: not at all. The
  // highest of all its filters that take it, not above `qos`.
  [[nodiscard]] int QosFor(int client, std::string_view topic, int qos) const;

  // Number of the batch that decisions go into now.
  [[nodiscard]] std::uint64_t open_batch() const { return submitted_ + 1; }
  [[nodiscard]] std::uint64_t durable() const { return durable_; }

  void OnSubmitted(std::uint64_t batch);
  void OnDurable(std::uint64_t batch);
  // The broker dies: what is not durable has never been, nor has what no crash outlives.
  void OnCrash();
  // Wills that crashes left on the disk, by client.
  [[nodiscard]] std::map<int, WillModel>& orphans() { return orphans_; }
  [[nodiscard]] const std::map<int, WillModel>& orphans() const { return orphans_; }

 private:
  using Sessions = std::vector<std::shared_ptr<SessionModel>>;
  struct Snapshot {
    std::uint64_t batch = 0;
    Sessions sessions{};
    std::shared_ptr<RetainedModels> retained = std::make_shared<RetainedModels>();
    std::map<int, WillModel> orphans{};
  };

  std::shared_ptr<SessionModel>& at(int client) {
    return sessions_[static_cast<std::size_t>(client)];
  }
  [[nodiscard]] const std::shared_ptr<SessionModel>& at(int client) const {
    return sessions_[static_cast<std::size_t>(client)];
  }

  Sessions sessions_;
  std::shared_ptr<RetainedModels> retained_ = std::make_shared<RetainedModels>();
  std::map<int, WillModel> orphans_;
  Snapshot durable_state_;
  std::deque<Snapshot> pending_;  // as of each batch under way
  std::uint64_t submitted_ = 0;
  std::uint64_t durable_ = 0;
  std::vector<Wire> wires_;
};

}  // namespace tallymq::sim
