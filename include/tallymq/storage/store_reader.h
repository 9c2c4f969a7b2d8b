// A look into the store of a stopped broker: read-only, changes not one byte.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tallymq/base/result.h"
#include "tallymq/storage/journal.h"

namespace tallymq::storage {

// What the store says of itself.
struct StoreInfo {
  std::string path;
  std::uint32_t format_version = 0;
  std::string uuid;  // of the store, 36 characters
  std::uint64_t incarnation = 0;
  Recovered recovered;  // as a start of the broker would find it; `start` is that of the last one
  Lsn mark;             // how far commits had certainly come
  std::uint64_t sessions = 0;
  std::uint64_t dead_sessions = 0;
  std::uint64_t subscriptions = 0;
  std::uint64_t bytes_on_disk = 0;
};

// Something that `Verify` found wrong.
struct Finding {
  std::string where;  // "q 7/1024", "000012.sst"
  std::string what;   // a sentence
};

// A will that waits for the end of its session's connection.
struct StoredWill {
  std::uint32_t delay_s = 0;
  MessagePtr message;
  friend bool operator==(const StoredWill&, const StoredWill&) = default;
};

// A session, with all that the store holds of it beside its queue.
struct StoredSession {
  struct Subscription {
    std::string filter;
    SubscriptionRecord record;
    friend bool operator==(const Subscription&, const Subscription&) = default;
  };
  SessionNumber number;
  SessionRecord record;
  std::vector<Subscription> subscriptions;  // in byte order of their filters
  StateRecord state;                        // that of a new session if none is stored
  std::optional<StoredWill> will;
  friend bool operator==(const StoredSession&, const StoredSession&) = default;
};

class StoreReader {
 public:
  virtual ~StoreReader() = default;

  // Counts sessions and subscriptions, so reads their keys.
  virtual Result<StoreInfo, StoreError> Info() = 0;
  // What a start of the broker would find, `StoreInfo::recovered`, without reading a session.
  virtual Result<Recovered, StoreError> Meta() = 0;
  // As `Journal::Recover`, but promises nothing and writes nothing.
  virtual Result<Recovered, StoreError> Load(RecoverySink& sink) = 0;
  // Calls `visit` for each session that has not ended, in ascending order of number, until it
  // returns false. Holds one session at a time in memory, however many there are.
  virtual Result<Void, StoreError> ReadSessions(
      const std::function<bool(const StoredSession&)>& visit) = 0;
  // The session that `client_id` names, or none. Reads no other session.
  virtual Result<std::optional<StoredSession>, StoreError> FindSession(
      std::string_view client_id) = 0;
  // Entries of `queue` from `from` on, dead ones below the head included where they are still
  // there. Blocks.
  virtual Result<Page, StoreError> ReadQueue(SessionNumber queue, Seq from, PageLimits limits) = 0;
  // A page of retained messages. Blocks.
  virtual Result<RetainedPage, StoreError> ReadRetained(const RetainedQuery& query) = 0;
  // Checks all checksums of all files, decodes every record, follows every reference (entry to
  // body, body to owners, state and subscription to session, client identifier to session and back,
  // commit mark to commit record), and calls `found` for each thing wrong. `progress` gets the
  // share done, 0..1. Returns the number of records checked.
  virtual Result<std::uint64_t, StoreError> Verify(const std::function<void(const Finding&)>& found,
                                                   const std::function<void(double)>& progress) = 0;
};

// Opens the RocksDB store in folder `path`; as long as it is open, no broker starts on it. A store
// that a start would refuse for its commit mark is opened: `Verify` tells of it. Errors: kLocked, a
// broker runs on it; kFormat, no store, or another format version; kCorrupt, it cannot be opened at
// all; kIo.
Result<std::unique_ptr<StoreReader>, StoreError> OpenStoreReader(const std::string& path);

}  // namespace tallymq::storage
