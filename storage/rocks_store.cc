#include "rocks_store.h"

#include <algorithm>

#include "page_builder.h"
#include "retained_page.h"

namespace tallymq::storage {

StoreError FromStatus(const rocksdb::Status& status, const std::string& doing) {
  if (status.IsNoSpace()) {
    return {StoreErrorKind::kNoSpace, doing + ": the disk is full (" + status.ToString() + ")"};
  }
  // A file that the others name and that is gone is damage too.
  if (status.IsCorruption() || status.IsPathNotFound()) {
    return {StoreErrorKind::kCorrupt,
            doing + ": it is damaged (" + status.ToString() +
                "); `tallyctl store verify` lists what is damaged; restore a backup"};
  }
  return {StoreErrorKind::kIo, doing + ": " + status.ToString()};
}

RocksStore::RocksStore(rocksdb::DB* db, const std::vector<rocksdb::ColumnFamilyHandle*>& handles)
    : db_(db) {
  std::copy(handles.begin(), handles.end(), handles_.begin());
}

RocksStore::~RocksStore() {
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    if (handle != nullptr) db_->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
  }
}

Result<std::optional<std::string>, StoreError> RocksStore::Get(Table table, std::string_view key) {
  std::string value;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), handle(table), key, &value);
  if (status.ok()) return std::optional<std::string>(std::move(value));
  if (status.IsNotFound()) return std::optional<std::string>();
  return Unexpected{FromStatus(status, "cannot read the store")};
}

Result<Void, StoreError> RocksStore::Scan(Table table, const Visit& visit) {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options, handle(table)));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    if (!visit(it->key().ToStringView(), it->value().ToStringView())) return Void{};
  }
  // An iterator that ends is not one that succeeded.
  if (!it->status().ok()) return Unexpected{FromStatus(it->status(), "cannot read the store")};
  return Void{};
}

void RocksStore::ReadPage(Seq from, PageLimits limits, const FinishedTable* finished, Page& page) {
  const EntryKey begin = MakeEntryKey(page.queue, from);
  const EntryKey end = MakeEntryKey(SessionNumber{page.queue.value() + 1}, Seq{0});
  const rocksdb::Slice upper(end.view());
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options, handle(Table::kQ)));

  PageBuilder builder(page, limits, finished);
  rocksdb::Status body_status;
  const auto find_body = [&](MessageNumber number, const auto& use) {
    rocksdb::PinnableSlice body;
    body_status = db_->Get(rocksdb::ReadOptions(), handle(Table::kM),
                           MakeNumberKey(number.value()).view(), &body);
    if (!body_status.ok()) return false;
    use(body.ToStringView());
    return true;
  };
  for (it->Seek(begin.view()); it->Valid() && !builder.full(); it->Next()) {
    const bool added = builder.Add(it->key().ToStringView(), it->value().ToStringView(), find_body);
    if (!body_status.ok() && !body_status.IsNotFound()) page.corrupt = true;
    if (!added || page.corrupt) return;
  }
  if (!it->status().ok()) page.corrupt = true;
  page.complete = !it->Valid() && !page.corrupt;
}

void RocksStore::ReadRetained(const RetainedQuery& query, RetainedPage& page) {
  class Rows {
   public:
    explicit Rows(rocksdb::Iterator* it) : it_(it) {}
    void Seek(std::string_view key) { it_->Seek(rocksdb::Slice(key)); }
    void Next() { it_->Next(); }
    [[nodiscard]] bool valid() const { return it_->Valid(); }
    [[nodiscard]] std::string_view key() const { return it_->key().ToStringView(); }
    [[nodiscard]] std::string_view value() const { return it_->value().ToStringView(); }
    [[nodiscard]] bool ok() const { return it_->status().ok(); }

   private:
    const std::unique_ptr<rocksdb::Iterator> it_;
  };
  Rows rows(db_->NewIterator(rocksdb::ReadOptions(), handle(Table::kRet)));
  FillRetainedPage(rows, query, page);
  // An iterator that ends is not one that succeeded.
  if (!rows.ok()) page.corrupt = true;
  if (page.corrupt) page.complete = false;
}

Result<std::optional<std::uint64_t>, StoreError> RocksStore::SizeOf(Table table,
                                                                    std::string_view key) {
  rocksdb::PinnableSlice value;
  const rocksdb::Status status =
      db_->Get(rocksdb::ReadOptions(), handle(table), rocksdb::Slice(key), &value);
  if (status.ok()) return std::optional<std::uint64_t>(value.size());
  if (status.IsNotFound()) return std::optional<std::uint64_t>();
  return Unexpected{FromStatus(status, "cannot read the store")};
}

}  // namespace tallymq::storage
