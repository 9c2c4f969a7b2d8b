#include "memory_disk.h"

#include "format.h"
#include "retained_page.h"

namespace tallymq::storage {

Result<std::optional<std::string>, StoreError> MemoryDisk::Get(Table table, std::string_view key) {
  const auto it = records(table).find(key);
  if (it == records(table).end()) return std::optional<std::string>();
  return std::optional<std::string>(it->second);
}

Result<Void, StoreError> MemoryDisk::Scan(Table table, const Visit& visit) {
  for (const auto& [key, value] : records(table)) {
    if (!visit(key, value)) break;
  }
  return Void{};
}

void MemoryDisk::Put(Table table, std::string_view key, std::string_view head,
                     std::string_view rest) {
  std::string value;
  value.reserve(head.size() + rest.size());
  value.append(head).append(rest);
  records(table).insert_or_assign(std::string(key), std::move(value));
}

void MemoryDisk::Delete(Table table, std::string_view key) {
  const auto it = records(table).find(key);
  if (it != records(table).end()) records(table).erase(it);
}

void MemoryDisk::DeleteRange(Table table, std::string_view begin, std::string_view end) {
  records(table).erase(records(table).lower_bound(begin), records(table).lower_bound(end));
}

void MemoryDisk::ReadRetained(const RetainedQuery& query, RetainedPage& page) {
  class Rows {
   public:
    explicit Rows(const Records& records) : records_(records), it_(records.begin()) {}
    void Seek(std::string_view key) { it_ = records_.lower_bound(key); }
    void Next() { ++it_; }
    [[nodiscard]] bool valid() const { return it_ != records_.end(); }
    [[nodiscard]] const std::string& key() const { return it_->first; }
    [[nodiscard]] const std::string& value() const { return it_->second; }

   private:
    const Records& records_;
    Records::const_iterator it_;
  };
  Rows rows(records(Table::kRet));
  FillRetainedPage(rows, query, page);
}

void MemoryDisk::Forget(const Batch& batch, const FinishedTable& finished) {
  for (const Batch::Op& op : batch.ops()) {
    if (op.kind == Batch::Kind::kPutState || op.kind == Batch::Kind::kEraseSession) {
      ForgetQueue(op.session, finished);
    }
  }
}

void MemoryDisk::ForgetQueue(SessionNumber queue, const FinishedTable& finished) {
  Records& entries = records(Table::kQ);
  Records& bodies = records(Table::kM);
  auto it = entries.lower_bound(MakeEntryKey(queue, Seq{0}).view());
  while (it != entries.end()) {
    const auto owner = DecodeEntryKey(it->first);
    if (owner->session != queue) break;
    // A long finished range behind the first unfinished entry waits for the head to pass.
    if (finished.FirstUnfinished(queue, owner->seq) == owner->seq) break;
    const auto entry = DecodeEntry(it->second);
    it = entries.erase(it);
    if (entry->number.value() == 0) continue;
    const auto body = bodies.find(MakeNumberKey(entry->number.value()).view());
    if (body != bodies.end() && finished.BodyFinished(body->second)) bodies.erase(body);
  }
}

std::shared_ptr<MemoryDisk> MakeMemoryDisk() { return std::make_shared<MemoryDisk>(); }

std::shared_ptr<MemoryDisk> CopyMemoryDisk(const MemoryDisk& disk) {
  return std::make_shared<MemoryDisk>(disk);
}

}  // namespace tallymq::storage
