// The sending side of a connected session: takes entries from its queue in order and carries each
// through its exchange.
//
//   queue entry --PUBLISH--> in flight --PUBACK----------------------------> ended   (QoS 1)
//                               |                                              ^
//                               +--PUBREC--> awaiting PUBCOMP (PUBREL) --PUBCOMP   (QoS 2)
//
// Lives from CONNECT to the end of the connection; what must outlive it is in the session (state
// record, `sent`). It begins at the head and walks to the tail; `cursor_` is the next entry to look
// at.
//
// Invariants:
// - Below the cursor, an entry is in flight here, or it has ended, or it awaits PUBCOMP.
// - `state.head` is the lowest entry in flight, or else the cursor.
// - The window holds, in order, all entries from the cursor up to `known_end_`; those from there on
// are on
//   disk only. When `known_end_` is the tail, the session keeps up and nothing is read.
// - The packet identifier of entry s is 1 + (s - 1) mod 65535, for good.
// - Nothing is sent twice on one connection.
// Contract: D1, D2, D8. Spec: [MQTT3-4.3.2-1], [MQTT3-4.3.3-1], [MQTT3-4.4.0-1], [MQTT3-4.6.0-1].

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "commit.h"
#include "context.h"
#include "tallymq/base/range_set.h"
#include "tallymq/base/ring.h"
#include "tallymq/storage/journal.h"
#include "tallymq/storage/types.h"

namespace tallymq::broker {

class Connection;
struct RetainedDelivery;
struct Session;

class Sender {
 public:
  Sender(Session& session, Connection& connection, Context& context);
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  // Behind the CONNACK: sends PUBREL again where it is owed, in order, and starts on the queue.
  void Resume();

  // A new entry at the tail of a persistent session's queue; batch `lsn` holds it. Not sent before
  // `Pump`.
  void Enqueue(storage::Seq seq, const storage::EntryHeader& header, storage::MessagePtr message,
               Lsn lsn);
  // A QoS 1 or 2 message for a session that is not persistent; rests on batch `lsn`. Not sent
  // before `Pump`. Dropped and counted if its queue is full.
  void EnqueueVolatile(const storage::EntryHeader& header, storage::MessagePtr message, Lsn lsn);
  // A QoS 0 message. Dropped and counted at the output bound, and if it is too large for the
  // client.
  void SendQos0(const storage::EntryHeader& header, storage::MessagePtr message, Lsn rests_on);

  // Sends as many entries as may be in flight.
  void Pump();

  // What the client answers. Unknown identifiers are answered where the standard asks for it, and
  // are no error. Return false where the packet is not one that may answer this exchange.
  // `failed`: the client has not taken it, and that is the end of it. Spec: [MQTT-4.4.0-2].
  bool OnPuback(PacketId id);
  bool OnPubrec(PacketId id, bool failed);
  void OnPubcomp(PacketId id);

  // A page that was asked for; stale ones are ignored.
  void OnPage(storage::Page& page);

  // ---- sender_retained.cc: retained messages, which precede what comes live. [design 9.7]
  // A delivery was added to the session; one of its filter, if there was any, was dropped before.
  void OnRetainedAdded();
  // Ends the delivery of `filter`, if there is one.
  void DropRetained(std::string_view filter);
  void OnRetainedPage(storage::RetainedPage& page);
  // The batch that a postponed read waits for may be durable.
  void RetryRead();

 private:
  struct Entry {
    storage::Seq seq;
    storage::EntryHeader header;
    storage::MessagePtr message;
    Lsn lsn;  // batch that holds it; 0 if read from disk
  };
  struct InFlight {
    storage::Seq seq;
    QoS qos = QoS::kAtLeastOnce;
    bool ended = false;  // PUBACK or PUBREC has come
  };

  // The packet identifier of an entry, for good. [design 3]
  [[nodiscard]] PacketId IdentifierOf(storage::Seq seq) const;
  // The highest number up to `last` whose packet identifier is `id`, 0 if there is none; the lowest
  // from `first` on.
  [[nodiscard]] std::uint64_t NewestWith(PacketId id, storage::Seq last) const;
  [[nodiscard]] std::uint64_t OldestWith(PacketId id, std::uint64_t first) const;
  [[nodiscard]] bool keeps_up() const;
  // The first delivery of retained messages that has a range in the queue, or null. Entries behind
  // that range wait for its end.
  [[nodiscard]] const RetainedDelivery* barrier() const;
  // Where the part of the queue ends that may be sent now.
  [[nodiscard]] storage::Seq tail() const;
  [[nodiscard]] bool WindowHasRoom() const;
  // The first entry of the window is not to be sent: it has expired, or is too large for this
  // client. Deals with it, and returns true. [design 9.6]
  bool PassOver();
  void PushWindow(Entry entry);
  void PopWindow();
  void DropFresh();
  void ReadMore();
  void Postpone(Lsn until);
  void ReadMoreRetained();
  // The first delivery has ended, or is given up.
  void EndRetained(std::size_t index);
  void Hold(Entry entry);
  void ReleaseHeld();
  [[nodiscard]] std::size_t held_bytes() const { return held_ ? held_->bytes : 0; }
  void SettleHead();
  // The exchange of `id` in flight on this connection, or null.
  InFlight* FindInFlight(PacketId id);
  // The entry of `id` that an earlier connection sent and this one has not come to yet.
  [[nodiscard]] std::optional<storage::Seq> FindSentBefore(PacketId id) const;
  [[nodiscard]] std::optional<storage::Seq> FindAwaiting(PacketId id) const;
  // The client has `seq`: it will not be sent again.
  void EndFlight(storage::Seq seq, InFlight* flight);
  // The exchange of `id` ends with its first answer. `flight` as `FindInFlight` gives it.
  void EndExchange(PacketId id, InFlight* flight);
  // The position that a PUBLISH of `seq` rests on for its packet identifier's sake, 0 if none;
  // nothing if an earlier exchange with this identifier has not ended.
  std::optional<Lsn> IdentifierGate(storage::Seq seq);
  void StateChanged();
  [[nodiscard]] OutPublish MakePublish(const storage::EntryHeader& header,
                                       storage::MessagePtr message, PacketId id, bool dup) const;
  // Larger than the client takes, judged with its whole topic. Spec: [MQTT-3.1.2-24].
  [[nodiscard]] bool TooLarge(const storage::EntryHeader& header,
                              const storage::Message& message) const;

  Session& session_;
  Connection& connection_;
  Context& context_;

  storage::Seq cursor_;
  Ring<InFlight> in_flight_;
  std::uint32_t quota_used_ = 0;  // exchanges begun on this connection that have not ended
  // Awaiting PUBCOMP, but begun on an earlier connection: their end gives no quota back.
  // [design 9.9]
  RangeSet<std::uint64_t> resumed_;
  std::uint64_t awaiting_ = 0;  // size of state.awaiting_pubcomp

  Ring<Entry> window_;
  std::size_t window_bytes_ = 0;
  storage::Seq known_end_;

  // ---- Catching up with the disk. While the last entries are read, new ones collect, to be joined
  // when everything before them has been read.
  struct Fresh {
    storage::Seq from;  // the first that collects
    Lsn after;          // a read as of this batch sees all before `from`
    Ring<Entry> entries;
  };
  storage::RequestNumber request_;  // 0: none under way
  std::unique_ptr<Fresh> fresh_;    // null: not collecting
  Lsn disk_after_;          // newest batch with an entry before the barrier not in the window
  bool near_tail_ = true;   // the last page reached the end of what was on disk
  bool postponed_ = false;  // in context_.postponed
  // ---- Retained messages. Live ones that are not on disk are held until all of them have gone.
  struct Held {
    Ring<Entry> entries;  // without numbers
    std::size_t bytes = 0;
  };
  storage::RequestNumber retained_request_;  // 0: none under way
  std::unique_ptr<Held> held_;               // null: nothing is held

  const storage::Seq resumed_sent_;  // entries up to it go out with DUP
  const std::uint64_t identifiers_;  // packet identifiers, 65535 but in tests
};

// Raises send mark and reserved tail while the state record is written anyway, so that no record
// need be written for their sake alone. [design 9.5]
void ReserveAhead(Session& session, Commit& commit, const Limits& limits);

// The number of a new entry of `session`'s queue. Writes the reserved tail where that is reached.
storage::Seq TakeSeq(Session& session, Commit& commit);

}  // namespace tallymq::broker
