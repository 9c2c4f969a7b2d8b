#include "commit_finder.h"

namespace tallymq::storage {
namespace {

// Sorts the records of one write.
class MetaRecords : public rocksdb::WriteBatch::Handler {
 public:
  using Status = rocksdb::Status;
  using Slice = rocksdb::Slice;

  explicit MetaRecords(rocksdb::WriteBatch& kept) : kept_(kept) {}

  Status PutCF(std::uint32_t family, const Slice& key, const Slice& value) override {
    if (family != 0) return Status::OK();
    if (key.ToStringView() != MakeMetaKey(MetaTag::kCommit).view()) return kept_.Put(key, value);
    commit = DecodeCommit(value.ToStringView());
    return Status::OK();
  }
  Status DeleteCF(std::uint32_t, const Slice&) override { return Status::OK(); }
  Status DeleteRangeCF(std::uint32_t, const Slice&, const Slice&) override { return Status::OK(); }

  std::optional<CommitRecord> commit;

 private:
  rocksdb::WriteBatch& kept_;
};

}  // namespace

rocksdb::WalFilter::WalProcessingOption CommitFinder::LogRecordFound(
    unsigned long long, const std::string&, const rocksdb::WriteBatch& batch,
    rocksdb::WriteBatch* new_batch, bool* batch_changed) {
  MetaRecords records(*new_batch);
  if (!batch.Iterate(&records).ok()) return WalProcessingOption::kCorruptedRecord;
  if (records.commit && (!newest_ || newest_->lsn < records.commit->lsn)) {
    newest_ = records.commit;
  }
  if (new_batch->Count() == 0) return WalProcessingOption::kIgnoreCurrentRecord;
  *batch_changed = true;
  return WalProcessingOption::kContinueProcessing;
}

}  // namespace tallymq::storage
