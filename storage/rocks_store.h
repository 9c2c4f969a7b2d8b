// An open RocksDB with its column families, as the rest of storage uses it.

#pragma once

#include <rocksdb/db.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "format.h"
#include "recovery.h"

namespace tallymq::storage {

// What RocksDB says, in our words; `doing` begins the sentence: "cannot open the store /x".
StoreError FromStatus(const rocksdb::Status& status, const std::string& doing);

// Closes RocksDB with itself. Reading is safe on any thread.
class RocksStore : public RecordSource {
 public:
  // Takes over `db` and `handles`, which stand for the first tables in the order of `Table`.
  RocksStore(rocksdb::DB* db, const std::vector<rocksdb::ColumnFamilyHandle*>& handles);
  ~RocksStore() override;
  RocksStore(const RocksStore&) = delete;
  RocksStore& operator=(const RocksStore&) = delete;

  [[nodiscard]] rocksdb::DB& db() { return *db_; }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* handle(Table table) {
    return handles_[static_cast<std::size_t>(table)];
  }

  // Errors of both: kCorrupt, a checksum does not hold; kIo.
  Result<std::optional<std::string>, StoreError> Get(Table table, std::string_view key) override;
  Result<Void, StoreError> Scan(Table table, const Visit& visit) override;

  // Entries of `queue` from `from` on. `page.queue` and `page.request` are the caller's.
  void ReadPage(Seq from, PageLimits limits, const FinishedTable* finished, Page& page);
  // Retained messages that `query` asks for. `page.request` is the caller's.
  void ReadRetained(const RetainedQuery& query, RetainedPage& page);
  // Bytes of a value, or nullopt if there is none. Errors: kCorrupt, kIo.
  Result<std::optional<std::uint64_t>, StoreError> SizeOf(Table table, std::string_view key);

 private:
  const std::unique_ptr<rocksdb::DB> db_;
  std::array<rocksdb::ColumnFamilyHandle*, kTableCount> handles_{};
};

}  // namespace tallymq::storage
