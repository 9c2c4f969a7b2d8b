#include "finished_table.h"

#include <algorithm>
#include <mutex>

#include "format.h"

namespace tallymq::storage {

void FinishedTable::Add(SessionNumber session) {
  const std::unique_lock lock(mutex_);
  AddLocked(session);
}

void FinishedTable::Advance(SessionNumber session, const StateRecord& record) {
  const std::unique_lock lock(mutex_);
  AdvanceLocked(session, record);
}

void FinishedTable::Remove(SessionNumber session) {
  const std::unique_lock lock(mutex_);
  RemoveLocked(session);
}

void FinishedTable::SetComplete() {
  const std::unique_lock lock(mutex_);
  complete_ = true;
}

void FinishedTable::BeforeCommit(const Batch& batch) {
  for (const Batch::Op& op : batch.ops()) {
    if (op.kind == Batch::Kind::kPutSession) Add(op.session);
  }
}

void FinishedTable::AfterCommit(const Batch& batch) {
  std::unique_lock lock(mutex_, std::defer_lock);
  for (const Batch::Op& op : batch.ops()) {
    if (op.kind == Batch::Kind::kPutState) {
      const auto record = DecodeState(batch.first(op));
      TALLYMQ_ASSERT(record.has_value());
      if (!lock.owns_lock()) lock.lock();
      AdvanceLocked(op.session, *record);
    } else if (op.kind == Batch::Kind::kEraseSession) {
      if (!lock.owns_lock()) lock.lock();
      RemoveLocked(op.session);
    }
  }
}

Seq FinishedTable::FirstUnfinished(SessionNumber session, Seq seq) const {
  const std::shared_lock lock(mutex_);
  return FirstUnfinishedLocked(session, seq);
}

bool FinishedTable::BodyFinished(std::string_view body) const {
  const std::shared_lock lock(mutex_);
  bool finished = true;
  const bool decoded = VisitOwners(body, [&](const Owner& owner) {
    finished = FirstUnfinishedLocked(owner.session, owner.seq) != owner.seq;
    return finished;
  });
  return decoded && finished;
}

bool FinishedTable::Known(SessionNumber session) const {
  const std::shared_lock lock(mutex_);
  const auto page = pages_.find(session.value() / kPageSize);
  return page != pages_.end() && page->second->heads[session.value() % kPageSize] != 0;
}

std::uint64_t* FinishedTable::FindLocked(SessionNumber session) {
  const auto page = pages_.find(session.value() / kPageSize);
  if (page == pages_.end()) return nullptr;
  std::uint64_t& head = page->second->heads[session.value() % kPageSize];
  return head != 0 ? &head : nullptr;
}

void FinishedTable::AddLocked(SessionNumber session) {
  auto& page = pages_[session.value() / kPageSize];
  if (page == nullptr) page = std::make_unique<Page>();
  std::uint64_t& head = page->heads[session.value() % kPageSize];
  if (head != 0) return;
  head = 1;
  ++page->known;
}

void FinishedTable::AdvanceLocked(SessionNumber session, const StateRecord& record) {
  std::uint64_t* head = FindLocked(session);
  if (head == nullptr) return;
  *head = std::max(*head, record.head.value());

  std::vector<Range> ranges;
  for (const Range& range : record.finished.ranges()) {
    if (range.last - range.first >= StateRecord::kLongRange - 1) ranges.push_back(range);
  }
  if (ranges.empty()) {
    long_ranges_.erase(session.value());
  } else {
    long_ranges_[session.value()] = std::move(ranges);
  }
}

void FinishedTable::RemoveLocked(SessionNumber session) {
  std::uint64_t* head = FindLocked(session);
  if (head == nullptr) return;
  *head = 0;
  long_ranges_.erase(session.value());
  const auto page = pages_.find(session.value() / kPageSize);
  if (--page->second->known == 0) pages_.erase(page);
}

Seq FinishedTable::FirstUnfinishedLocked(SessionNumber session, Seq seq) const {
  if (!complete_) return seq;
  const auto page = pages_.find(session.value() / kPageSize);
  if (page == pages_.end()) return kAllFinished;
  const std::uint64_t head = page->second->heads[session.value() % kPageSize];
  if (head == 0) return kAllFinished;

  std::uint64_t first = std::max(seq.value(), head);
  if (long_ranges_.empty()) return Seq{first};
  const auto ranges = long_ranges_.find(session.value());
  if (ranges == long_ranges_.end()) return Seq{first};
  for (const Range& range : ranges->second) {
    if (first < range.first) break;
    if (first <= range.last) first = range.last + 1;
  }
  return Seq{first};
}

}  // namespace tallymq::storage
