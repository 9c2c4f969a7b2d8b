// The one thread that writes: each batch becomes one synced write of RocksDB, in order.

#pragma once

#include <rocksdb/write_batch.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "commit_mark.h"
#include "event_queue.h"
#include "finished_table.h"
#include "rocks_open.h"
#include "rocks_store.h"

namespace tallymq::storage {

// Owner: the journal, on the loop thread. What its thread does with a batch, in this order:
//   sessions that it makes enter the finished table
//   one write with sync, the commit record in it
//   what it finishes enters the finished table
//   the commit mark is written
//   `Durable` is pushed, and the batch goes back with it
// Messages are only read here: their counts belong to the loop thread, so a batch that was not
// committed stays here until this object is destroyed there.
class Committer {
 public:
  // `start` goes with the first commit, whose number is `last` + 1.
  Committer(RocksStore& store, FinishedTable& finished, EventQueue& events, CommitMark mark,
            const RocksHooks& hooks, bool sync, Lsn last, std::uint32_t start,
            RetainedTotals retained);
  // Stops without writing what waits: a crash.
  ~Committer();

  Lsn Submit(std::unique_ptr<Batch> batch);

  // Writes what waits, syncs the mark and ends the thread.
  void Drain();

 private:
  enum class Stop { kNo, kDrained, kNow };

  void Run();
  // False after an error: nothing is written any more.
  bool Commit(const Batch& batch, Lsn lsn);
  bool SyncMark();
  void Join(Stop stop);

  RocksStore& store_;
  FinishedTable& finished_;
  EventQueue& events_;
  const RocksHooks hooks_;
  const bool sync_;
  const std::uint32_t start_;

  // The committer's thread only.
  CommitMark mark_;
  rocksdb::WriteBatch write_;
  std::string scratch_;
  RetainedTotals retained_;
  Lsn committed_;
  bool first_ = true;
  std::chrono::steady_clock::time_point mark_due_;

  std::uint64_t submitted_;  // the loop thread only

  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<std::unique_ptr<Batch>> batches_;
  Stop stop_ = Stop::kNo;

  std::thread thread_;
};

}  // namespace tallymq::storage
