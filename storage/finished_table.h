// Which queue entries nobody will ask for again, as far as durable records say.
//
// What compaction may forget is decided here, and by nothing else (storage study A.5, rule 1). A
// session is known from before the first record of it is written until its deletion is durable; its
// head and its long finished ranges are those of its newest *durable* state record. Whoever forgot
// an entry on the word of a record that a power cut takes back would have lost it.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tallymq/storage/batch.h"
#include "tallymq/storage/types.h"

namespace tallymq::storage {

// Written by the thread that commits, read by compactions and the reader thread, under a lock that
// is held for a lookup or the changes of one batch. Memory: about nine bytes for each session, its
// number being near others', and 16 for each long finished range.
class FinishedTable {
 public:
  // From now on `session` is known; its head is 1 if it was not.
  void Add(SessionNumber session);

  // The state record of `session` is durable. Heads never go back. Nothing if not known.
  void Advance(SessionNumber session, const StateRecord& record);

  // The deletion of `session` is durable: all of it is finished.
  void Remove(SessionNumber session);

  // All sessions of the store are known. Before this, nothing counts as finished.
  void SetComplete();

  // What `batch` creates; called before it is written.
  void BeforeCommit(const Batch& batch);
  // What `batch` finishes; called when it is durable.
  void AfterCommit(const Batch& batch);

  // The lowest entry of `session` at or above `seq` that is not finished; kAllFinished if there
  // will never be one.
  static constexpr Seq kAllFinished{UINT64_MAX};
  [[nodiscard]] Seq FirstUnfinished(SessionNumber session, Seq seq) const;

  // All owners of a body, given as stored, are finished. False if it does not decode: verification
  // has to find it.
  [[nodiscard]] bool BodyFinished(std::string_view body) const;

  [[nodiscard]] bool Known(SessionNumber session) const;

 private:
  using Range = RangeSet<std::uint64_t>::Range;

  static constexpr std::uint64_t kPageSize = 64;
  struct Page {
    std::array<std::uint64_t, kPageSize> heads{};  // 0: not known
    std::uint32_t known = 0;
  };

  void AddLocked(SessionNumber session);
  void AdvanceLocked(SessionNumber session, const StateRecord& record);
  void RemoveLocked(SessionNumber session);
  std::uint64_t* FindLocked(SessionNumber session);
  [[nodiscard]] Seq FirstUnfinishedLocked(SessionNumber session, Seq seq) const;

  mutable std::shared_mutex mutex_;
  bool complete_ = false;
  std::unordered_map<std::uint64_t, std::unique_ptr<Page>> pages_;     // by number / kPageSize
  std::unordered_map<std::uint64_t, std::vector<Range>> long_ranges_;  // by session; above its head
};

}  // namespace tallymq::storage
