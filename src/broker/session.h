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

// Owned by the core, on the loop thread. Offline it holds no message; what it is owed is in its
// queue on disk (D8).
struct Session {
  std::string client_id;
  storage::SessionNumber number;  // 0: not persistent
  storage::SessionRecord record;  // client_id empty here: see above; of persistent ones
  Connection* connection = nullptr;

  // ---- Queue towards the client, and open exchanges of both directions.
  storage::StateRecord state;
  storage::Seq next_seq{1};
  storage::Seq sent{0};  // highest entry handed to a connection, or the mark found at the start
  Lsn last_append;       // newest batch that appended to the queue
  Lsn position;          // newest batch that raised the send mark: every PUBLISH rests on it
  std::unique_ptr<Sender> sender;  // while connected

  // ---- What the journal knows of the floor. See `Sender::IdentifierGate`.
  storage::Seq recorded_floor{1};  // of the newest record written
  Lsn recorded_at;                 // in this batch
  storage::Seq durable_floor{1};   // of some record that is durable

  std::vector<std::string> filters;  // of its subscriptions, in the order in which they came

  // ---- The lists of `Commit` that the session is on.
  bool state_gated = false;
  bool record_dirty = false;
  bool lazy = false;

  // ---- The publish being routed. [design 9.3]
  std::uint64_t publish_number = 0;
  QoS publish_qos = QoS::kAtMostOnce;

  [[nodiscard]] bool persistent() const { return number.value() != 0; }
};

}  // namespace tallymq::broker
