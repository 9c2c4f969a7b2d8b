// A session of a store, and an entry of its queue, as JSON: the form that programs rely on and that
// tables are made from. Described in docs/reference/tallyctl.md; members are added, never renamed.

#pragma once

#include <cstdint>
#include <optional>

#include "output.h"
#include "tallymq/base/result.h"
#include "tallymq/storage/store_reader.h"

namespace tallymq::tallyctl {

// Adds `<name>` (ISO 8601) and `<name>_ms` (since 1970-01-01 UTC) for the time `broker_ms`, which
// the two clocks of the newest commit translate; both null if there is none.
void AddTime(Json& object, const char* name, std::optional<std::uint64_t> broker_ms,
             const storage::Times& times);

// What `session ls` tells of a session: all but its lists. Reads no queue.
Json SessionSummary(const storage::StoredSession& session, const storage::Recovered& meta);

struct QueueDetail {
  std::uint64_t waiting_max = 0;  // entries above the send mark are counted up to this number
  bool in_flight = true;          // list the exchanges, do not only count them
  bool payload = false;
};

// Adds to `summary` what only the queue tells: exchanges in flight and the number of entries that
// wait. Errors: those of `WalkQueue`.
Result<Void, storage::StoreError> AddQueue(storage::StoreReader& store,
                                           const storage::StoredSession& session,
                                           const QueueDetail& detail, Json& summary);

// Adds to `summary` the subscriptions, the packet identifiers of incoming messages and the will,
// with its payload if asked for.
void AddLists(const storage::StoredSession& session, bool payload, Json& summary);

// An entry of the queue whose state record is `state`.
Json EntryJson(const storage::PageEntry& entry, const storage::StateRecord& state,
               const storage::Times& times, bool payload);

}  // namespace tallymq::tallyctl
