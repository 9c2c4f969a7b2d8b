#include "gc_filter.h"

#include <optional>
#include <string>

#include "format.h"

namespace tallymq::storage {
namespace {

using Decision = rocksdb::CompactionFilter::Decision;

class QueueFilter : public rocksdb::CompactionFilter {
 public:
  explicit QueueFilter(std::shared_ptr<const FinishedTable> finished)
      : finished_(std::move(finished)) {}

  Decision FilterV2(int, const rocksdb::Slice& key, ValueType, const rocksdb::Slice&, std::string*,
                    std::string* skip_until) const override {
    const auto entry = DecodeEntryKey(key.ToStringView());
    if (!entry) return Decision::kKeep;  // for `tallyctl store verify` to find
    const Seq next = finished_->FirstUnfinished(entry->session, entry->seq);
    if (next == entry->seq) return Decision::kKeep;
    const EntryKey until = next == FinishedTable::kAllFinished
                               ? MakeEntryKey(SessionNumber{entry->session.value() + 1}, Seq{0})
                               : MakeEntryKey(entry->session, next);
    *skip_until = until.view();
    return Decision::kRemoveAndSkipUntil;
  }

  const char* Name() const override { return "tallymq.queue"; }

 private:
  const std::shared_ptr<const FinishedTable> finished_;
};

class BodyFilter : public rocksdb::CompactionFilter {
 public:
  explicit BodyFilter(std::shared_ptr<const FinishedTable> finished)
      : finished_(std::move(finished)) {}

  Decision FilterV2(int, const rocksdb::Slice& key, ValueType, const rocksdb::Slice& value,
                    std::string*, std::string* skip_until) const override {
    const auto number = DecodeNumberKey(key.ToStringView());
    if (!number || !finished_->BodyFinished(value.ToStringView())) return Decision::kKeep;
    *skip_until = MakeNumberKey(*number + 1).view();
    return Decision::kRemoveAndSkipUntil;
  }

  const char* Name() const override { return "tallymq.body"; }

 private:
  const std::shared_ptr<const FinishedTable> finished_;
};

template <typename Filter>
class FilterFactory : public rocksdb::CompactionFilterFactory {
 public:
  FilterFactory(std::shared_ptr<const FinishedTable> finished, const char* name)
      : finished_(std::move(finished)), name_(name) {}

  // On flush too: a short-lived message then never reaches a table file.
  bool ShouldFilterTableFileCreation(rocksdb::TableFileCreationReason reason) const override {
    return reason == rocksdb::TableFileCreationReason::kFlush ||
           reason == rocksdb::TableFileCreationReason::kCompaction;
  }

  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context&) override {
    return std::make_unique<Filter>(finished_);
  }

  const char* Name() const override { return name_; }

 private:
  const std::shared_ptr<const FinishedTable> finished_;
  const char* const name_;
};

}  // namespace

std::shared_ptr<rocksdb::CompactionFilterFactory> MakeQueueFilterFactory(
    std::shared_ptr<const FinishedTable> finished) {
  return std::make_shared<FilterFactory<QueueFilter>>(std::move(finished), "tallymq.queue");
}

std::shared_ptr<rocksdb::CompactionFilterFactory> MakeBodyFilterFactory(
    std::shared_ptr<const FinishedTable> finished) {
  return std::make_shared<FilterFactory<BodyFilter>>(std::move(finished), "tallymq.body");
}

}  // namespace tallymq::storage
