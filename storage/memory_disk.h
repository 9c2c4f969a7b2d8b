// What survives a crash in the world of `MemoryJournal`: the same records that RocksDB would hold.

#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "finished_table.h"
#include "recovery.h"
#include "tallymq/storage/memory_journal.h"

namespace tallymq::storage {

class MemoryDisk : public RecordSource {
 public:
  using Records = std::map<std::string, std::string, std::less<>>;

  Result<std::optional<std::string>, StoreError> Get(Table table, std::string_view key) override;
  Result<Void, StoreError> Scan(Table table, const Visit& visit) override;

  // The sink of `WriteRecords`.
  void Put(Table table, std::string_view key, std::string_view head, std::string_view rest = {});
  void Delete(Table table, std::string_view key);
  void DeleteRange(Table table, std::string_view begin, std::string_view end);

  // Forgets at once what compaction may forget, queues touched by `batch` alone: nobody may rely on
  // a finished entry.
  void Forget(const Batch& batch, const FinishedTable& finished);

  void ReadRetained(const RetainedQuery& query, RetainedPage& page);

  [[nodiscard]] Records& records(Table table) { return tables_[static_cast<std::size_t>(table)]; }

 private:
  void ForgetQueue(SessionNumber queue, const FinishedTable& finished);

  std::array<Records, kTableCount> tables_;
};

}  // namespace tallymq::storage
