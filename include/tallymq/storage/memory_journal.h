// The journal in memory: for tests and simulation, which decide when a batch becomes durable and
// when the power fails.

#pragma once

#include <memory>

#include "tallymq/storage/journal.h"

namespace tallymq::storage {

// The disk of a `MemoryJournal`: outlives it, as a disk outlives a process. Can be copied, to look
// at one crash in several ways. Finished entries are gone from it at once: nobody may rely on them.
class MemoryDisk;

class MemoryJournal : public Journal {
 public:
  // Completions as they are asked for by `Step`, or by themselves at the next `Collect`.
  enum class Completion { kManual, kAutomatic };

  MemoryJournal(std::shared_ptr<MemoryDisk> disk, Completion completion, Wake wake = {});
  ~MemoryJournal() override;  // without `Close`: a crash; what was not durable is gone

  Result<Recovered, StoreError> Recover(RecoverySink& sink) override;
  Lsn Submit(std::unique_ptr<Batch> batch) override;
  void ReadQueue(SessionNumber queue, Seq from, PageLimits limits, RequestNumber request) override;
  void ReadRetained(RetainedQuery query, RequestNumber request) override;
  void Collect(std::vector<JournalEvent>& events) override;
  void Close() override;

  // Makes the oldest pending batch durable, or answers the oldest pending read of a queue or of
  // retained messages. Return false if there is none.
  bool CommitNext();
  bool AnswerNextRead();
  [[nodiscard]] std::size_t pending_batches() const;
  [[nodiscard]] std::size_t pending_reads() const;
  // The next commit fails doubtfully (D7).
  void FailNext();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// An empty disk.
std::shared_ptr<MemoryDisk> MakeMemoryDisk();
// A second disk with what `disk` holds now.
std::shared_ptr<MemoryDisk> CopyMemoryDisk(const MemoryDisk& disk);

}  // namespace tallymq::storage
