// The open batch: what the decisions since the last commit write, and what has become durable.
//
// Invariants:
// - One batch is at the journal at most; the open one is number `lsn()`, the next after all
// submitted.
// - A session's state record is encoded once, at the close, whatever number of events touched it.
// - What a gated decision wrote is in the batch whose position it returned: `GateState` never
// defers.
// - What is lazy is written with the session's next gated write, or `lazy_ms` after the first
// change. Contract: D3, D4.

#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tallymq/base/types.h"
#include "tallymq/broker/limits.h"
#include "tallymq/storage/batch.h"

namespace tallymq::broker {

struct Session;

class Commit {
 public:
  explicit Commit(const Limits& limits) : limits_(limits) {}

  // `last` is the newest commit that recovery found.
  void Start(Lsn last) {
    durable_ = last;
    lsn_ = Lsn{last.value() + 1};
  }

  // Position that the open batch will have.
  [[nodiscard]] Lsn lsn() const { return lsn_; }
  [[nodiscard]] Lsn durable() const { return durable_; }
  [[nodiscard]] bool IsDurable(Lsn position) const { return position <= durable_; }
  // The open batch, to write into. What is written is part of the decision under way.
  storage::Batch& batch() { return *batch_; }

  // The session's state record goes with the open batch. Returns the batch's position.
  Lsn GateState(Session& session);
  // The session's state record, and with `record` its session record too, may wait.
  void DeferState(Session& session, std::uint64_t now_ms);
  void DeferRecord(Session& session, std::uint64_t now_ms);
  // The session's record goes with the open batch, now; of one that is not persistent too.
  void PutRecord(Session& session);
  // Takes a session that ends, or is about to be replaced, off all lists.
  void Forget(Session& session);

  // An effect rests on the open batch (or something else wants it soon).
  void Urge() { urgent_ = true; }
  // Everything lazy goes with the open batch.
  void UrgeLazy();

  // When the oldest lazy change is to be written, or no time at all.
  [[nodiscard]] std::uint64_t lazy_due_ms() const {
    return lazy_.empty() ? UINT64_MAX : lazy_since_ms_ + limits_.lazy_ms;
  }

  [[nodiscard]] bool urgent() const { return urgent_; }
  [[nodiscard]] bool in_flight() const { return in_flight_; }
  [[nodiscard]] bool full() const {
    return batch_->records() + gated_.size() >= limits_.batch_records ||
           batch_->bytes() >= limits_.batch_bytes;
  }

  // Encodes the state records that go with the open batch and gives it away. The next one opens, in
  // `spare` if that is there.
  std::unique_ptr<storage::Batch> Close(storage::Times times);
  // Batch `lsn` is durable; its memory is used again.
  void OnDurable(Lsn lsn, std::unique_ptr<storage::Batch> batch);

 private:
  void Write(Session& session);

  const Limits& limits_;
  std::unique_ptr<storage::Batch> batch_ = std::make_unique<storage::Batch>();
  std::unique_ptr<storage::Batch> spare_;
  storage::SessionRecord record_;  // scratch of `PutRecord`
  std::vector<Session*> gated_;    // state records of the open batch
  std::vector<Session*> lazy_;     // may hold sessions that have been gated since
  std::uint64_t lazy_since_ms_ = 0;
  Lsn lsn_{1};
  Lsn durable_{0};
  bool urgent_ = false;
  bool in_flight_ = false;
};

}  // namespace tallymq::broker
