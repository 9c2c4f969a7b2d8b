// The broker's memory across restarts, as the core sees it.
//
// Implemented in storage/ on RocksDB and, for tests and simulation, in memory. Knows entries and
// bytes, never packets. All calls belong to the loop thread; answers come back to it through
// `Collect`. Contract: D3, a crash leaves a prefix of the commits. D4, a batch is there whole or
// not at all.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tallymq/base/result.h"
#include "tallymq/storage/batch.h"
#include "tallymq/storage/types.h"

namespace tallymq::storage {

// Bounds of one page. At least one entry is read, whatever its size.
struct PageLimits {
  std::uint32_t entries = 256;
  std::uint32_t bytes = 1u << 20;
};

struct PageEntry {
  Seq seq;
  EntryHeader header;
  MessagePtr message;
};

// Batch `lsn` and all before it would survive a power cut. `batch` comes back, cleared or to be
// cleared by the receiver, for its memory.
struct Durable {
  Lsn lsn;
  std::unique_ptr<Batch> batch;
  RetainedTotals retained;  // as of this batch
};

// Answer to `ReadQueue`. Entries are in order and were durable when they were read.
struct Page {
  SessionNumber queue;
  RequestNumber request;
  Lsn as_of;              // what this and earlier batches appended was visible to the read
  bool complete = false;  // the queue has no entry behind the last one here, as of `as_of`
  bool corrupt = false;   // a checksum does not hold, or a record does not decode: D7
  std::vector<PageEntry> entries;
};

// Which retained messages are wanted: those that `filter` (a well-formed one) matches and whose
// topics come after `after` in the order of the store, all if that is empty. With `dollar_topics` a
// wildcard in the first level matches topics that begin with "$" too, as no subscription's does.
struct RetainedQuery {
  std::string filter;
  std::string after;
  PageLimits limits{64, 1u << 20};
  bool dollar_topics = false;
};

struct RetainedEntry {
  MessageNumber set;  // under which it was set
  MessagePtr message;
};

// Answer to `ReadRetained`.
struct RetainedPage {
  RequestNumber request;
  Lsn as_of;              // what this and earlier batches set or cleared was visible to the read
  bool complete = false;  // nothing that matches lies behind `after`
  bool corrupt = false;   // a checksum does not hold, or a record does not decode: D7
  std::string after;      // the last topic looked at, where the next page goes on
  std::vector<RetainedEntry> entries;
};

// Why a store is not served, or not any more. Each comes with a sentence that says what to do.
enum class StoreErrorKind : std::uint8_t {
  kLocked,      // another process has it
  kFormat,      // another format version, or not a store of ours
  kBehindMark,  // it recovered to less than the commit mark: acknowledged data is gone
  kCorrupt,     // a checksum does not hold, or a record does not decode
  kNoSpace,
  kIo,  // anything else the file system says
};
struct StoreError {
  StoreErrorKind kind;
  std::string message;
};

enum class Health : std::uint8_t {
  kOk,        // space has returned
  kNoSpace,   // the batch under way is kept and tried again, unchanged (D6)
  kDoubtful,  // a write or sync failed or may have failed; the last event of all (D7)
};
struct JournalHealth {
  Health health;
  std::string message;                         // a sentence for the log
  StoreErrorKind cause = StoreErrorKind::kIo;  // of kDoubtful
};

using JournalEvent = std::variant<Durable, Page, RetainedPage, JournalHealth>;

// Takes what recovery finds, in this order: all sessions, then all wills, all subscriptions, all
// state records, each in ascending order of session number. Views live during the call.
class RecoverySink {
 public:
  virtual ~RecoverySink() = default;
  virtual void OnSession(SessionNumber session, const SessionRecord& record) = 0;
  // A session that ended and whose subscriptions and state are still to be reaped.
  virtual void OnDeadSession(SessionNumber session) = 0;
  // The will of a session that has not ended. Its session came before.
  virtual void OnWill(SessionNumber session, std::uint32_t delay_s, MessagePtr message) = 0;
  virtual void OnSubscription(SessionNumber session, std::string_view filter,
                              const SubscriptionRecord& record) = 0;
  virtual void OnState(SessionNumber session, const StateRecord& record) = 0;
};

// What recovery says of the store as a whole.
struct Recovered {
  Lsn last;                 // the newest commit
  Times times;              // of its commit record
  std::uint32_t start = 1;  // number of this start of the broker, from 1 on
  SessionNumber next_session{1};
  MessageNumber next_message{1};
  RetainedTotals retained{};
  // Broker time of the starts before this one that made a commit, by their number: who was
  // connected under start n was disconnected at the next one after it. Ascending.
  std::vector<std::pair<std::uint32_t, std::uint64_t>> start_times{};
  bool clean_shutdown = false;  // the last process ended by `Close`
  bool fresh = false;           // the store was made by this start
};

class Journal {
 public:
  virtual ~Journal() = default;

  // Hands all that the store holds of sessions to `sink`; called once, before anything else. Queues
  // are not read. What it may read from the page cache only has been made durable before it returns
  // [design 9.16]. May block.
  virtual Result<Recovered, StoreError> Recover(RecoverySink& sink) = 0;

  // Takes `batch`, to be written after all earlier ones, and returns its position: one more than
  // the last one's. Never blocks. `Durable{lsn}` follows, in order, once the batch would survive a
  // power cut. A batch taken is never given up (D6). Errors: none here; see `JournalHealth`.
  virtual Lsn Submit(std::unique_ptr<Batch> batch) = 0;

  // Reads entries of `queue` from `from` on, within `limits`. Never blocks. A `Page` with `request`
  // follows. Entries that a durable state record counts as finished may be there or not.
  virtual void ReadQueue(SessionNumber queue, Seq from, PageLimits limits,
                         RequestNumber request) = 0;

  // Reads retained messages, a page of them. Never blocks. A `RetainedPage` with `request` follows.
  virtual void ReadRetained(RetainedQuery query, RequestNumber request) = 0;

  // Appends to `events` what has come since the last call, in order. Never blocks.
  virtual void Collect(std::vector<JournalEvent>& events) = 0;

  // Writes what is taken, marks the shutdown as clean and lets go of the store. Nothing may be
  // called afterwards but `Collect` and the destructor. May block. A journal destroyed without
  // `Close` is a crash: what was not durable may be gone.
  virtual void Close() = 0;
};

// Called by a journal's own threads when `Collect` has something to give. Must not block.
using Wake = std::function<void()>;

}  // namespace tallymq::storage
