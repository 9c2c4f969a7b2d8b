// Holds all that goes in and out of the broker against the contract and MQTT's order.
//
// It is told what the broker takes in, what it hands out, which batches it submits and which of
// them are durable, and what a crash leaves on the disk. It decides by itself what has to happen:
// `Model`. The first thing that is wrong is kept; nothing after it counts.
//
// Contract: D1, D2 at the moment a packet leaves; D3, D4 at each crash, on the disk; D5 in what a
// start serves; D8, D9 by what the broker takes of memory and time, and by what it refuses, drops
// and ends.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "disk_view.h"
#include "model.h"
#include "packet.h"
#include "violation.h"

namespace tallymq::sim {

// What happens to a message for which a queue has no room.
enum class Overflow : std::uint8_t { kRefuse, kDropOldest, kDropNewest };

// What the broker was told to keep to.
struct Bounds {
  std::uint64_t packet_identifiers = 65'535;
  std::uint32_t inflight_max = 256;
  std::size_t output_bytes = 0;
  std::size_t packet_bytes_max = 0;  // of this history
  std::uint32_t page_entries = 0;
  std::size_t memory_bytes = 0;  // without what waits for clients that are not persistent
  // Of a queue: what waits in it and has never been sent. 0: no bound.
  std::uint64_t queue_messages = 0;
  std::uint64_t queue_bytes = 0;
  Overflow overflow = Overflow::kRefuse;
  std::uint64_t refused_close_ms = 0;
  // Of a queue in memory, of a client that is not persistent.
  std::uint64_t clean_queue_bytes = 0;
  std::optional<std::uint64_t> session_expiry_ms;  // none: sessions do not end by themselves
};

// What the broker says that it has done since its start.
struct Counted {
  std::uint64_t wills = 0;    // published
  std::uint64_t expired = 0;  // sessions that ended by themselves
  std::uint64_t refused = 0;  // publishes
  std::uint64_t dropped_oldest = 0;
  std::uint64_t dropped_newest = 0;  // once for each queue
  std::uint64_t dropped_clean = 0;   // of queues in memory
};

class Contract {
 public:
  Contract(int clients, const Bounds& bounds) : model_(clients), bounds_(bounds) {}

  // ---- The broker's process.
  // `mono_ms`, `wall_ms` are the clocks of the start; `durable` batches are on the disk.
  void OnStart(std::uint64_t mono_ms, std::uint64_t wall_ms);
  void OnTick(std::uint64_t mono_ms, std::uint64_t wall_ms);
  void OnSubmitted(std::uint64_t batch, std::uint64_t broker_ms, std::uint64_t wall_ms);
  void OnDurable(std::uint64_t batch) { model_.OnDurable(batch); }
  // All that was to be read has been, and the broker has it.
  void OnReadsDone();
  // The broker has been told that `batch` is durable.
  void OnTold(std::uint64_t batch) { told_ = batch; }
  void OnCrash();
  // What a crash left, before the next start. `at_rest`: nothing may be open any more.
  void OnDisk(const DiskView& view, bool at_rest);
  // Memory that the broker holds.
  void OnMemory(std::size_t bytes);
  // A page is asked for, of a queue or of retained messages.
  void OnRead(std::uint32_t entries);
  void OnReadRetained(std::uint32_t entries);

  // ---- Connections.
  void OnOpened(std::uint64_t conn, int client);
  // The broker takes a packet in; `message` of an answer is filled in.
  void OnGot(std::uint64_t conn, Packet& packet);
  // The broker learns that a connection is gone.
  void OnClosed(std::uint64_t conn);
  // All that was handed out on a connection has been taken by the operating system.
  void OnWritable(std::uint64_t conn);
  void OnPaused(std::uint64_t conn, bool paused);
  // The broker hands a packet out; `message` of an answer is filled in.
  void OnSaid(std::uint64_t conn, Packet& packet);
  // The broker closes a connection.
  void OnHangup(std::uint64_t conn);
  // It is about to, because time has passed.
  void OnSilent(std::uint64_t conn);
  // What it has done, the last event included; before what it hands out for that.
  void OnCounted(const Counted& counted);
  // A publish of the connection was refused: a warning is in place.
  [[nodiscard]] bool refused(std::uint64_t conn) const;
  // All that the last event freed has been handed out. `dropped` QoS 0 messages were dropped since
  // the start; `busy`: more is to be handed out in the next turn.
  void OnSettled(std::uint64_t dropped, bool busy);

  // ---- The end.
  // True if nothing is owed to anyone.
  [[nodiscard]] bool AtRest() const;
  // What is still owed.
  [[nodiscard]] std::string Owed() const;

  void Report(Rule rule, std::string text, std::uint64_t message = 0);
  [[nodiscard]] const std::optional<Violation>& violation() const { return violation_; }

 private:
  // An answer that a connection is owed.
  struct Answer {
    Type type = Type::kPuback;
    std::uint16_t id = 0;
    std::uint64_t batch = 0;  // that it rests on; 0: none
    std::uint64_t message = 0;
    bool present = false;
    bool overdue = false;  // CONNACK: the time of the session that was there is over
    std::vector<int> codes{};
  };
  struct Qos0 {
    std::uint64_t message = 0;
    std::uint64_t batch = 0;  // that it rests on: of a will
    std::uint32_t held = 0;   // behind retained messages, as of this SUBSCRIBE
  };
  struct Link {
    int client = 0;
    std::uint64_t conn = 0;
    bool bound = false;    // CONNECT was taken in
    bool closing = false;  // the broker is to close it
    bool connack_left = false;
    bool subscribed = false;  // its session has, or had, something to be sent
    std::deque<Answer> answers;
    std::deque<Qos0> qos0;  // messages, in order
    int pings = 0;
    int unordered_waiting = 0;   // of those two, what waits for what is before it
    std::size_t cursor = 0;      // of the queue
    std::size_t known_size = 0;  // of the queue, when it was bound
    std::uint32_t in_flight = 0;
    std::size_t publish_bytes = 0;  // handed out since all was taken
    std::uint64_t keep_alive_ms = 0;
    std::uint64_t last_packet_ms = 0;
    std::uint64_t patient_from_ms = 0;  // the same, or later: the broker did not read
    std::size_t unwritten_bytes = 0;    // of answers; about, and not less than the broker counts
    bool paused = false;
    std::optional<std::uint64_t> refused_ms;  // its first publish that was
  };
  struct Published {
    std::uint32_t life = 0;  // of the broker, in which it was first taken in
  };

  // ---- contract_in.cc: what goes in.
  void Connect(Link& link, const Packet& packet);
  void Subscribe(Link& link, const Packet& packet);
  void Unsubscribe(Link& link, const Packet& packet);
  void Publish(Link& link, const Packet& packet);
  std::uint64_t Route(const WillModel& publication, bool gated);
  // Ends the session of `client`, in the open batch.
  void End(int client);
  void Puback(Link& link, Packet& packet);
  void Pubrec(Link& link, Packet& packet);
  void Pubrel(Link& link, Packet& packet);
  void Pubcomp(Link& link, Packet& packet);
  enum class Farewell : std::uint8_t { kDisconnect, kLost };
  void Unbind(Link& link, Farewell farewell);
  Link* LinkOf(int client);

  // ---- contract_expiry.cc: how long a session outlives its connection.
  [[nodiscard]] std::uint64_t broker_ms() const { return base_ms_ + now_ms_; }
  // When it ends by itself, or nothing.
  [[nodiscard]] std::optional<std::uint64_t> EndsAt(const SessionModel& session) const;
  [[nodiscard]] bool Overdue(const SessionModel& session) const;
  void Expired(std::uint64_t count);
  void FindLost();
  void CheckLost(int client, SessionModel& session, const DiskSession& disk);

  // ---- contract_limits.cc: queues with a limit.
  // What waits in a queue.
  struct Waiting {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
  };
  enum class Room : std::uint8_t { kSome, kNone, kUnknown };
  [[nodiscard]] bool limits_queues() const {
    return bounds_.queue_messages != 0 || bounds_.queue_bytes != 0;
  }
  [[nodiscard]] bool drops() const {
    return limits_queues() && bounds_.overflow != Overflow::kRefuse;
  }
  [[nodiscard]] bool Beyond(const Waiting& waiting) const;
  [[nodiscard]] Waiting AtMost(const SessionModel& session) const;
  // Of what is in no later batch than `batch`.
  [[nodiscard]] Waiting AtLeast(const SessionModel& session,
                                std::uint64_t batch = UINT64_MAX) const;
  [[nodiscard]] Room RoomFor(int client, std::size_t bytes) const;
  void Decide(std::uint64_t refused);
  void Refuse(Link& link, const Packet& packet);
  // Takes those away whose queue drops the message. `exact`: it is the only one of this event.
  void DropNewest(std::vector<std::pair<int, int>>& takers, std::size_t bytes, bool exact);
  void DroppedNewest();
  void DroppedOldest(std::uint64_t count);
  void DroppedClean(std::uint64_t count);
  void CheckCleanQueues();
  // No more is dropped than there was no room for.
  void CheckRoom();
  // A message that may have been dropped is passed over: it was.
  void PassOver(SessionModel& session, std::size_t index, const Link& link);
  void Blur(SessionModel& session, std::size_t index);
  void CheckDropped(bool at_rest);

  // ---- contract_retained.cc: retained messages and wills.
  void Retain(const WillModel& publication, std::uint64_t batch);
  void OweRetained(Link& link, const Request& request);
  void TakeBackRetained(SessionModel& session, int client, const std::string& filter);
  void SaidRetained0(Link& link, const Packet& packet);
  // The place in the queue of what the broker sends, or of what it should have sent.
  std::size_t FindNext(SessionModel& session, const Link& link, const Packet& packet);
  [[nodiscard]] bool SentWith(const SessionModel& session, std::size_t from,
                              const Packet& packet) const;
  void Excuse(SessionModel& session, std::size_t from, std::uint64_t message);
  void PublishWill(int client, const WillModel& will);
  void Wills(std::uint64_t published);
  std::size_t FindGroup(SessionModel& session, const DiskSession& disk, std::size_t end,
                        std::size_t& left);

  // ---- contract_out.cc: what comes out.
  void SaidQos0(Link& link, const Packet& packet);
  void SaidPublish(Link& link, const Packet& packet);
  void SaidAnswer(Link& link, Packet& packet);
  void CheckIdentifier(const SessionModel& session, std::size_t index, const Link& link,
                       const Packet& packet);
  Rule AfterCrash(std::uint64_t message, Rule otherwise) const;

  // ---- contract_disk.cc: what a crash leaves.
  void CheckSession(int client, const DiskSession& disk);
  void CheckWill(const DiskSession& disk, bool at_rest);
  void CheckQueue(int client, SessionModel& session, const DiskSession& disk);
  // An entry of the queue is on the disk.
  void CheckEntry(int client, Entry& entry, const DiskSession& disk);
  void CheckRetained(int client, SessionModel& session, const DiskSession& disk);
  void CheckAwaiting(int client, SessionModel& session, const DiskSession& disk);
  [[nodiscard]] std::uint16_t IdentifierOf(std::uint64_t seq) const {
    return static_cast<std::uint16_t>(1 + (seq - 1) % bounds_.packet_identifiers);
  }
  [[nodiscard]] bool OnDiskOfOthers(const DiskView& view, int client, std::uint64_t message) const;

  static std::string Name(int client) { return "c" + std::to_string(client); }

  Model model_;
  const Bounds bounds_;
  std::map<std::uint64_t, Link> links_;
  std::map<std::uint64_t, Published> published_;
  std::vector<int> orphan_order_;  // in which the wills that a crash left are published
  std::uint64_t wills_ = 0;        // published since the start
  std::uint64_t expired_ = 0;      // sessions, since the start
  std::uint32_t last_scan_ = 0;
  std::uint32_t last_group_ = 0;
  std::uint64_t retained_batch_ = 0;  // the newest that set or cleared a retained message
  struct Group {
    int client = 0;
    std::string filter{};
    std::uint64_t range = 0;  // of its numbers, in steps of 2^32
  };
  std::map<std::uint32_t, Group> groups_;  // of retained messages owed
  std::map<int, std::uint64_t> ended_;     // by client: batch in which a session of it last ended
  std::uint64_t last_session_ = 0;

  // ---- Limits.
  struct Pending {
    std::uint64_t conn = 0;
    Packet packet{};
  };
  std::optional<Pending> pending_;   // a PUBLISH: the broker has not said whether it refuses it
  std::set<std::uint64_t> refused_;  // messages, until they are accepted
  Counted counted_;                  // what it said last
  bool queues_counted_ = false;      // it knows what an earlier process left in the queues
  std::uint64_t newest_delta_ = 0;   // dropped by the last event, and
  std::uint64_t newest_surely_ = 0;  // what was to be dropped,
  struct Doubt {
    int client = 0;
    std::uint64_t session = 0;
    std::size_t index = 0;  // of the queue
  };
  std::vector<Doubt> newest_perhaps_;  // or may have been
  // By client: what was durable when something was appended to its queue. The broker reads that.
  std::map<int, std::uint64_t> appended_;
  // In this life: messages dropped, as the broker counts them; known to be; those of ended sessions
  // may be, too.
  std::uint64_t dropped_ = 0;
  std::uint64_t passed_over_ = 0;
  std::uint64_t perhaps_dropped_ = 0;
  std::optional<Violation> violation_;
  const DiskView* view_ = nullptr;
  std::uint32_t life_ = 0;
  std::uint64_t told_ = 0;
  std::uint64_t dropped_seen_ = 0;  // QoS 0 messages that were skipped in this life

  // ---- Time. Contract: D9.
  std::uint64_t now_ms_ = 0;
  std::uint64_t wall_ms_ = 0;
  std::uint64_t base_ms_ = 0;  // broker time at monotonic time 0; may wrap
  bool base_known_ = false;
  struct Stamp {
    std::uint64_t batch = 0;
    std::uint64_t broker_ms = 0;
    std::uint64_t wall_ms = 0;
  };
  std::deque<Stamp> stamps_;          // of batches, the newest durable one and all after it
  std::optional<Stamp> first_stamp_;  // of this life
  std::map<std::uint32_t, std::uint64_t> start_ms_;  // by life: broker time of its first batch
};

}  // namespace tallymq::sim
