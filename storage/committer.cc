#include "committer.h"

#include <pthread.h>

#include <utility>

#include "records.h"

namespace tallymq::storage {
namespace {

// How long a commit mark may stay unsynced.
constexpr std::chrono::seconds kMarkSyncInterval{1};
// A write batch that grew beyond this gives its memory back.
constexpr std::size_t kKeptWriteBytes = 4u << 20;
constexpr std::size_t kProtectionBytesPerKey = 8;

// The sink of `WriteRecords`.
class WriteBatchSink {
 public:
  WriteBatchSink(RocksStore& store, rocksdb::WriteBatch& batch) : store_(store), batch_(batch) {}

  void Put(Table table, std::string_view key, std::string_view value) {
    Check(batch_.Put(store_.handle(table), key, value));
  }
  void Put(Table table, std::string_view key, std::string_view head, std::string_view rest) {
    const rocksdb::Slice key_part(key);
    const rocksdb::Slice value_parts[] = {head, rest};
    Check(batch_.Put(store_.handle(table), rocksdb::SliceParts(&key_part, 1),
                     rocksdb::SliceParts(value_parts, 2)));
  }
  void Delete(Table table, std::string_view key) {
    Check(batch_.Delete(store_.handle(table), rocksdb::Slice(key)));
  }
  void DeleteRange(Table table, std::string_view begin, std::string_view end) {
    Check(batch_.DeleteRange(store_.handle(table), rocksdb::Slice(begin), rocksdb::Slice(end)));
  }

 private:
  // Only a record beyond 4 GiB could be refused.
  static void Check(const rocksdb::Status& status) { TALLYMQ_ASSERT(status.ok()); }

  RocksStore& store_;
  rocksdb::WriteBatch& batch_;
};

rocksdb::WriteBatch MakeWriteBatch() {
  return rocksdb::WriteBatch(0, 0, kProtectionBytesPerKey, 0);
}

}  // namespace

Committer::Committer(RocksStore& store, FinishedTable& finished, EventQueue& events,
                     CommitMark mark, const RocksHooks& hooks, bool sync, Lsn last,
                     std::uint32_t start, RetainedTotals retained)
    : store_(store),
      finished_(finished),
      events_(events),
      hooks_(hooks),
      sync_(sync),
      start_(start),
      mark_(std::move(mark)),
      write_(MakeWriteBatch()),
      retained_(retained),
      committed_(last),
      submitted_(last.value()),
      thread_([this] { Run(); }) {}

Committer::~Committer() { Join(Stop::kNow); }

Lsn Committer::Submit(std::unique_ptr<Batch> batch) {
  {
    const std::lock_guard lock(mutex_);
    batches_.push_back(std::move(batch));
  }
  work_.notify_one();
  return Lsn{++submitted_};
}

void Committer::Drain() { Join(Stop::kDrained); }

void Committer::Join(Stop stop) {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = stop;
  }
  work_.notify_one();
  thread_.join();
}

void Committer::Run() {
  ::pthread_setname_np(::pthread_self(), "tally-commit");  // as `top -H` shows it
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto awake = [this] { return !batches_.empty() || stop_ != Stop::kNo; };
    if (!mark_.dirty()) {
      work_.wait(lock, awake);
    } else if (!work_.wait_until(lock, mark_due_, awake)) {
      lock.unlock();
      if (!SyncMark()) return;
      lock.lock();
      continue;
    }
    if (stop_ == Stop::kNow) return;
    if (batches_.empty()) break;

    Batch& batch = *batches_.front();
    const Lsn lsn{committed_.value() + 1};
    lock.unlock();
    if (!Commit(batch, lsn)) return;
    committed_ = lsn;
    lock.lock();
    std::unique_ptr<Batch> done = std::move(batches_.front());
    batches_.pop_front();
    lock.unlock();
    events_.Push(Durable{lsn, std::move(done), retained_});
    if (std::chrono::steady_clock::now() >= mark_due_ && !SyncMark()) return;
    lock.lock();
  }
  lock.unlock();
  SyncMark();
}

bool Committer::Commit(const Batch& batch, Lsn lsn) {
  finished_.BeforeCommit(batch);
  if (hooks_.finish_early) finished_.AfterCommit(batch);

  write_.Clear();
  WriteBatchSink sink(store_, write_);
  std::optional<StoreError> unreadable;
  const auto totals =
      CountRetained(batch, retained_, [&](std::string_view key) -> std::optional<std::uint64_t> {
        const auto size = store_.SizeOf(Table::kRet, key);
        if (!size) unreadable = size.error();
        return size ? *size : std::nullopt;
      });
  if (unreadable) {
    events_.Doubt(*unreadable);
    return false;
  }
  WriteRecords(batch, scratch_, sink);
  if (totals) WriteRetainedTotals(*totals, sink);
  WriteCommit({lsn, batch.times()}, std::exchange(first_, false) ? start_ : 0, sink);

  rocksdb::WriteOptions options;
  options.sync = sync_;
  const rocksdb::Status status = store_.db().Write(options, &write_);
  if (!status.ok()) {
    events_.Doubt(FromStatus(status, "the journal could not write"));
    return false;
  }
  if (write_.Data().capacity() > kKeptWriteBytes) write_ = MakeWriteBatch();

  finished_.AfterCommit(batch);
  if (totals) retained_ = *totals;
  if (!mark_.dirty()) mark_due_ = std::chrono::steady_clock::now() + kMarkSyncInterval;
  if (auto written = mark_.Write(lsn); !written) {
    events_.Doubt(written.error());
    return false;
  }
  return true;
}

bool Committer::SyncMark() {
  auto synced = mark_.Sync();
  if (synced) return true;
  events_.Doubt(synced.error());
  return false;
}

}  // namespace tallymq::storage
