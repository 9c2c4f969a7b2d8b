// The disk of a simulation: the journal in memory, with the checker looking on, and what a crash
// leaves of it.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "checkers/contract.h"
#include "checkers/disk_view.h"
#include "history.h"
#include "tallymq/storage/memory_journal.h"

namespace tallymq::sim {

class WatchedJournal : public storage::Journal {
 public:
  WatchedJournal(std::shared_ptr<storage::MemoryDisk> disk, Contract& contract, History& history)
      : journal_(std::move(disk), storage::MemoryJournal::Completion::kManual),
        contract_(contract),
        history_(history) {}

  // The recovery dies after it has handed out this many records.
  void set_recovery_dies_after(std::uint64_t records) { dies_after_ = records; }

  Result<storage::Recovered, storage::StoreError> Recover(storage::RecoverySink& sink) override;
  Lsn Submit(std::unique_ptr<storage::Batch> batch) override;
  void ReadQueue(storage::SessionNumber queue, storage::Seq from, storage::PageLimits limits,
                 storage::RequestNumber request) override;
  void ReadRetained(storage::RetainedQuery query, storage::RequestNumber request) override;
  void Collect(std::vector<storage::JournalEvent>& events) override;
  void Close() override { journal_.Close(); }

  // The oldest batch under way is on the disk; the broker hears of it at its next `Collect`.
  bool CommitNext();
  bool AnswerNextRead();
  [[nodiscard]] std::size_t pending_batches() const { return journal_.pending_batches(); }
  [[nodiscard]] std::size_t pending_reads() const { return journal_.pending_reads(); }

 private:
  storage::MemoryJournal journal_;
  Contract& contract_;
  History& history_;
  std::optional<std::uint64_t> dies_after_;
  std::uint64_t committed_ = 0;
};

// What `disk` holds now, read by a start that leaves no trace. Client n is called "cn".
DiskView Inspect(const storage::MemoryDisk& disk);

}  // namespace tallymq::sim
