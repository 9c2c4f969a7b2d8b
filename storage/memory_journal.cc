#include "tallymq/storage/memory_journal.h"
#include "tallymq/base/mutant.h"

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "memory_disk.h"
#include "page_builder.h"
#include "records.h"
#include "recovery.h"

namespace tallymq::storage {

class MemoryJournal::Impl {
 public:
  Impl(std::shared_ptr<MemoryDisk> disk, Completion completion, Wake wake)
      : disk_(std::move(disk)), completion_(completion), wake_(std::move(wake)) {}

  Result<Recovered, StoreError> Recover(RecoverySink& sink) {
    auto meta = LoadMeta(*disk_);
    if (!meta) return Unexpected{meta.error()};
    auto loaded = LoadSessions(*disk_, finished_, sink);
    if (!loaded) return Unexpected{loaded.error()};

    Recovered recovered = MakeRecovered(*meta);
    recovered.fresh = !meta->format.has_value();
    recovered.start = meta->start.start + 1;
    if (recovered.fresh) {
      disk_->Put(Table::kMeta, MakeMetaKey(MetaTag::kFormat).view(), EncodeFormat(kFormatVersion));
      disk_->Put(Table::kMeta, MakeMetaKey(MetaTag::kIdentity).view(), EncodeIdentity({}));
    }
    PutStart({recovered.start, false});
    retained_ = recovered.retained;
    last_ = recovered.last;
    durable_ = recovered.last;
    start_ = recovered.start;
    return recovered;
  }

  Lsn Submit(std::unique_ptr<Batch> batch) {
    last_ = Lsn{last_.value() + 1};
    if (Mutant("compaction-early")) {
      finished_.AfterCommit(*batch);
      disk_->Forget(*batch, finished_);
    }
    batches_.push_back(std::move(batch));
    if (completion_ == Completion::kAutomatic) CallWake();
    return last_;
  }

  void ReadQueue(SessionNumber queue, Seq from, PageLimits limits, RequestNumber request) {
    reads_.push_back(Read{request, QueueQuery{queue, from, limits}});
    if (completion_ == Completion::kAutomatic) CallWake();
  }

  void ReadRetained(RetainedQuery query, RequestNumber request) {
    reads_.push_back(Read{request, std::move(query)});
    if (completion_ == Completion::kAutomatic) CallWake();
  }

  void Collect(std::vector<JournalEvent>& events) {
    if (completion_ == Completion::kAutomatic) {
      while (CommitNext()) {
      }
      while (AnswerNextRead()) {
      }
    }
    for (JournalEvent& event : events_) events.push_back(std::move(event));
    events_.clear();
  }

  void Close() {
    while (CommitNext()) {
    }
    reads_.clear();
    if (!failed_) PutStart({start_, true});
  }

  bool CommitNext() {
    if (failed_ || batches_.empty()) return false;
    if (fail_next_) {
      failed_ = true;
      Push(JournalHealth{Health::kDoubtful, "a write to the store failed, as it was told to"});
      return true;
    }
    std::unique_ptr<Batch> batch = std::move(batches_.front());
    batches_.pop_front();
    const Lsn lsn{durable_.value() + 1};
    finished_.BeforeCommit(*batch);
    const auto size_of = [this](std::string_view key) -> std::optional<std::uint64_t> {
      const auto& rows = disk_->records(Table::kRet);
      const auto it = rows.find(key);
      return it == rows.end() ? std::nullopt : std::optional<std::uint64_t>(it->second.size());
    };
    if (const auto totals = CountRetained(*batch, retained_, size_of)) {
      retained_ = *totals;
      WriteRetainedTotals(retained_, *disk_);
    }
    WriteRecords(*batch, scratch_, *disk_);
    WriteCommit({lsn, batch->times()}, std::exchange(first_commit_, false) ? start_ : 0, *disk_);
    finished_.AfterCommit(*batch);
    disk_->Forget(*batch, finished_);
    durable_ = lsn;
    Push(Durable{lsn, std::move(batch), retained_});
    return true;
  }

  bool AnswerNextRead() {
    if (failed_ || reads_.empty()) return false;
    const Read read = std::move(reads_.front());
    reads_.pop_front();
    std::visit([this, &read](const auto& query) { Answer(read.request, query); }, read.query);
    return true;
  }

  [[nodiscard]] std::size_t pending_batches() const { return batches_.size(); }
  [[nodiscard]] std::size_t pending_reads() const { return reads_.size(); }
  void FailNext() { fail_next_ = true; }

 private:
  struct QueueQuery {
    SessionNumber queue;
    Seq from;
    PageLimits limits;
  };
  struct Read {
    RequestNumber request;
    std::variant<QueueQuery, RetainedQuery> query;
  };

  void Answer(RequestNumber request, const QueueQuery& query) {
    Page page;
    page.queue = query.queue;
    page.request = request;
    page.as_of = durable_;
    PageBuilder builder(page, query.limits, &finished_);
    const auto& entries = disk_->records(Table::kQ);
    auto it = entries.lower_bound(MakeEntryKey(query.queue, query.from).view());
    const auto end =
        entries.lower_bound(MakeEntryKey(SessionNumber{query.queue.value() + 1}, Seq{0}).view());
    while (it != end && !builder.full()) {
      const bool added =
          builder.Add(it->first, it->second, [&](MessageNumber number, const auto& use) {
            const auto& bodies = disk_->records(Table::kM);
            const auto body = bodies.find(MakeNumberKey(number.value()).view());
            if (body == bodies.end()) return false;
            use(body->second);
            return true;
          });
      if (!added) break;
      ++it;
    }
    page.complete = it == end;
    Push(std::move(page));
  }

  void Answer(RequestNumber request, const RetainedQuery& query) {
    RetainedPage page;
    page.request = request;
    page.as_of = durable_;
    disk_->ReadRetained(query, page);
    Push(std::move(page));
  }

  void PutStart(const StartRecord& start) {
    disk_->Put(Table::kMeta, MakeMetaKey(MetaTag::kStart).view(), EncodeStart(start));
  }
  void Push(JournalEvent event) {
    events_.push_back(std::move(event));
    if (completion_ == Completion::kManual) CallWake();
  }
  void CallWake() {
    if (wake_) wake_();
  }

  std::shared_ptr<MemoryDisk> disk_;
  const Completion completion_;
  const Wake wake_;
  FinishedTable finished_;
  std::deque<std::unique_ptr<Batch>> batches_;
  std::deque<Read> reads_;
  std::vector<JournalEvent> events_;
  std::string scratch_;
  RetainedTotals retained_;  // on `disk_`
  Lsn last_;                 // of the newest batch taken
  Lsn durable_;              // of the newest batch on `disk_`
  std::uint32_t start_ = 0;
  bool first_commit_ = true;
  bool fail_next_ = false;
  bool failed_ = false;
};

MemoryJournal::MemoryJournal(std::shared_ptr<MemoryDisk> disk, Completion completion, Wake wake)
    : impl_(std::make_unique<Impl>(std::move(disk), completion, std::move(wake))) {}
MemoryJournal::~MemoryJournal() = default;

Result<Recovered, StoreError> MemoryJournal::Recover(RecoverySink& sink) {
  return impl_->Recover(sink);
}
Lsn MemoryJournal::Submit(std::unique_ptr<Batch> batch) { return impl_->Submit(std::move(batch)); }
void MemoryJournal::ReadQueue(SessionNumber queue, Seq from, PageLimits limits,
                              RequestNumber request) {
  impl_->ReadQueue(queue, from, limits, request);
}
void MemoryJournal::Collect(std::vector<JournalEvent>& events) { impl_->Collect(events); }
void MemoryJournal::Close() { impl_->Close(); }
void MemoryJournal::ReadRetained(RetainedQuery query, RequestNumber request) {
  impl_->ReadRetained(std::move(query), request);
}
bool MemoryJournal::CommitNext() { return impl_->CommitNext(); }
bool MemoryJournal::AnswerNextRead() { return impl_->AnswerNextRead(); }
std::size_t MemoryJournal::pending_batches() const { return impl_->pending_batches(); }
std::size_t MemoryJournal::pending_reads() const { return impl_->pending_reads(); }
void MemoryJournal::FailNext() { impl_->FailNext(); }

}  // namespace tallymq::storage
