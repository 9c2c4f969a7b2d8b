#include "tallymq/storage/rocks_journal.h"

#include <rocksdb/listener.h>

#include <memory>
#include <utility>

#include "committer.h"
#include "event_queue.h"
#include "queue_reader.h"
#include "recovery.h"
#include "rocks_journal_for_test.h"
#include "rocks_open.h"

namespace tallymq::storage {
namespace {

// Tells of a failed flush or compaction at once, not at the next write.
class BackgroundErrors : public rocksdb::EventListener {
 public:
  explicit BackgroundErrors(std::shared_ptr<EventQueue> events) : events_(std::move(events)) {}

  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* status) override {
    events_->Doubt(FromStatus(*status, "the store failed in the background"));
  }

 private:
  const std::shared_ptr<EventQueue> events_;
};

class RocksJournal : public Journal {
 public:
  RocksJournal(const RocksOptions& options, const RocksHooks& hooks, OpenStore opened,
               std::shared_ptr<FinishedTable> finished, std::shared_ptr<EventQueue> events)
      : sync_(options.sync),
        hooks_(hooks),
        fresh_(opened.fresh),
        finished_(std::move(finished)),
        events_(std::move(events)),
        store_(std::move(opened.store)),
        mark_(std::move(opened.mark)) {}

  ~RocksJournal() override { StopThreads(); }

  Result<Recovered, StoreError> Recover(RecoverySink& sink) override {
    auto meta = LoadMeta(*store_);
    if (!meta) return Unexpected{meta.error()};
    auto loaded = LoadSessions(*store_, *finished_, sink);
    if (!loaded) return Unexpected{loaded.error()};

    Recovered recovered = MakeRecovered(*meta);
    recovered.fresh = fresh_;
    recovered.start = start_ = meta->start.start + 1;
    auto written = WriteStart(false);
    if (!written) return Unexpected{written.error()};

    events_->set_durable(recovered.last);
    committer_ =
        std::make_unique<Committer>(*store_, *finished_, *events_, std::move(*mark_), hooks_, sync_,
                                    recovered.last, start_, recovered.retained);
    reader_ = std::make_unique<QueueReader>(*store_, *finished_, *events_);
    return recovered;
  }

  Lsn Submit(std::unique_ptr<Batch> batch) override { return committer_->Submit(std::move(batch)); }

  void ReadQueue(SessionNumber queue, Seq from, PageLimits limits, RequestNumber request) override {
    reader_->Read(queue, from, limits, request);
  }

  void ReadRetained(RetainedQuery query, RequestNumber request) override {
    reader_->ReadRetained(std::move(query), request);
  }

  void Collect(std::vector<JournalEvent>& events) override { events_->Collect(events); }

  void Close() override {
    if (committer_ != nullptr) committer_->Drain();
    StopThreads();
    if (!events_->closed() && start_ != 0) CloseCleanly();
    store_.reset();
  }

  RocksStore& store() { return *store_; }

 private:
  void StopThreads() {
    reader_.reset();
    committer_.reset();
  }

  Result<Void, StoreError> WriteStart(bool clean_shutdown) {
    rocksdb::WriteOptions options;
    options.sync = true;
    const rocksdb::Status status = store_->db().Put(
        options, store_->handle(Table::kMeta), rocksdb::Slice(MakeMetaKey(MetaTag::kStart).view()),
        EncodeStart({start_, clean_shutdown}));
    if (!status.ok()) return Unexpected{FromStatus(status, "cannot write to the store")};
    return Void{};
  }

  // The log is emptied into tables, so that the next start, perhaps a newer program's, need not
  // read it.
  void CloseCleanly() {
    if (auto written = WriteStart(true); !written) return events_->Doubt(written.error());
    std::vector<rocksdb::ColumnFamilyHandle*> all;
    for (std::size_t i = 0; i < kTableCount; ++i) {
      all.push_back(store_->handle(static_cast<Table>(i)));
    }
    const rocksdb::Status status = store_->db().Flush(rocksdb::FlushOptions(), all);
    if (!status.ok()) events_->Doubt(FromStatus(status, "cannot close the store"));
  }

  const bool sync_;
  const RocksHooks hooks_;
  const bool fresh_;
  std::uint32_t start_ = 0;
  const std::shared_ptr<FinishedTable> finished_;
  const std::shared_ptr<EventQueue> events_;
  std::unique_ptr<RocksStore> store_;
  std::optional<CommitMark> mark_;  // until the committer has it
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<QueueReader> reader_;
};

}  // namespace

Result<std::unique_ptr<Journal>, StoreError> OpenRocksJournal(const RocksOptions& options,
                                                              Wake wake, const RocksHooks& hooks) {
  auto finished = std::make_shared<FinishedTable>();
  auto events = std::make_shared<EventQueue>(std::move(wake));
  auto opened =
      OpenOrMakeStore(options, hooks, finished, std::make_shared<BackgroundErrors>(events));
  if (!opened) return Unexpected{opened.error()};
  return std::unique_ptr<Journal>(std::make_unique<RocksJournal>(
      options, hooks, std::move(*opened), std::move(finished), std::move(events)));
}

Result<std::unique_ptr<Journal>, StoreError> OpenRocksJournal(const RocksOptions& options,
                                                              Wake wake) {
  return OpenRocksJournal(options, std::move(wake), RocksHooks());
}

RocksStore& StoreForTest(Journal& journal) { return static_cast<RocksJournal&>(journal).store(); }

}  // namespace tallymq::storage
