// A session, as long as it lives: persistent ones outlive their connections and the process, others
// end with their connection.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sender.h"
#include "tallymq/base/types.h"
#include "tallymq/storage/types.h"

namespace tallymq::broker {

class Connection;

// The will of a connected client, or of one that was connected when the broker died. It is in the
// store too, for sessions that are not persistent as well.
struct Will {
  storage::MessagePtr message;
  std::uint32_t delay_s = 0;
};

// The retained messages that a SUBSCRIBE is still owed. [design 9.7]
struct RetainedDelivery {
  std::string filter;
  storage::SubscriptionRecord record;  // with a scan, that is where it stands
  Lsn after;                           // a read sees all that it must see from this batch on
  // True if they become entries of the session's queue, in the range that is reserved for them;
  // otherwise they are sent from memory, and forgotten with the connection.
  [[nodiscard]] bool in_queue() const { return record.scan->end.value() != 0; }
};

// What is in the store of a session beside what is kept elsewhere here: see
// `storage::SessionRecord`.
struct SessionFacts {
  std::unique_ptr<const std::string> user_name;  // null: none
  std::uint8_t protocol = 4;
  bool connected = false;
  std::uint32_t expiry_s = 0xFFFFFFFF;
  std::uint32_t start = 0;
  std::uint64_t disconnected_ms = 0;
  std::uint64_t epoch = 0;
};

// Owned by the core, on the loop thread. Offline it holds no message; what it is owed is in its
// queue on disk (D8).
struct Session {
  std::string client_id;
  storage::SessionNumber number;  // 0: nothing of it is in the store
  SessionFacts record;            // of those with a number
  Connection* connection = nullptr;

  // ---- Queue towards the client, and open exchanges of both directions.
  storage::StateRecord state;
  storage::Seq next_seq{1};
  storage::Seq sent{0};  // highest entry handed to a connection, or the mark found at the start
  Lsn last_append;       // newest batch that appended to the queue
  Lsn last_retained;  // newest one that appended retained messages: what came live is behind them
  Lsn position;       // newest batch that raised the send mark: every PUBLISH rests on it
  std::unique_ptr<Sender> sender;  // while connected

  // ---- What the journal knows of the floor. See `Sender::IdentifierGate`.
  storage::Seq recorded_floor{1};  // of the newest record written
  Lsn recorded_at;                 // in this batch
  storage::Seq durable_floor{1};   // of some record that is durable

  std::vector<std::string> filters;        // of its subscriptions, in their order as text
  std::vector<RetainedDelivery> retained;  // in order of their SUBSCRIBE; the first is under way
  std::unique_ptr<Will> will;

  // ---- What waits in its queue: entries never sent. See core_limits.cc.
  std::uint64_t waiting_messages = 0;
  std::uint64_t waiting_bytes = 0;
  storage::Seq old_end{1};     // entries below it are an earlier process's
  storage::Seq counted_to{1};  // of those, the ones that have been counted
  bool dropping = false;       // the oldest ones are being read, to be dropped

  // Of the newest of its dues in the core's queue of them; UINT64_MAX: there is none. Broker time.
  std::uint64_t due_ms = UINT64_MAX;

  // ---- The lists of `Commit` that the session is on.
  bool state_gated = false;
  bool record_dirty = false;
  bool lazy = false;

  bool queue_stored = false;  // see `persistent`

  // ---- The publish being routed. [design 9.3]
  std::uint64_t publish_number = 0;
  std::uint32_t publish_index = 0;  // among the recipients

  // Entry `seq`, never sent before, leaves the queue for good.
  void NoLongerWaits(storage::Seq seq, std::size_t bytes) {
    if (seq < old_end && seq >= counted_to) return;  // it was never counted
    --waiting_messages;
    waiting_bytes -= bytes;
  }
  // An entry on disk was neither sent nor dropped.
  [[nodiscard]] bool Waits(storage::Seq seq) const {
    return seq > sent && seq >= state.head && !state.finished.Contains(seq.value());
  }
  // All that an earlier process left has been counted.
  [[nodiscard]] bool counted() const { return counted_to >= old_end; }
  // Its record is in the store: it is persistent, or has a will.
  [[nodiscard]] bool stored() const { return number.value() != 0; }
  // Its queue and its open exchanges are in the store. [design 9.1]
  [[nodiscard]] bool persistent() const { return queue_stored; }
  // It outlives its connection. A persistent one that a client has resumed with expiry 0 does not.
  [[nodiscard]] bool outlives() const { return queue_stored && record.expiry_s != 0; }
};

}  // namespace tallymq::broker
