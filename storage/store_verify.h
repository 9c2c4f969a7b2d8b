// `tallyctl store verify`: everything that can be checked of a store without the broker that wrote
// it.

#pragma once

#include <rocksdb/iterator.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "finished_table.h"
#include "rocks_open.h"
#include "rocks_store.h"
#include "tallymq/storage/store_reader.h"

namespace tallymq::storage {

// One run over one store that nobody writes. Tables are read in an order in which what a record
// refers to is known before it: sessions, then what belongs to them, then entries and bodies. A
// finished entry may be there or not, and so may its body; all else has to be complete.
class StoreVerify {
 public:
  using Found = std::function<void(const Finding&)>;
  using Progress = std::function<void(double)>;

  StoreVerify(RocksStore& store, const std::string& path, const Survey& survey, const Found& found,
              const Progress& progress);

  // Returns the number of records that were read.
  std::uint64_t Run();

 private:
  void CheckFiles();
  void CheckFile(const std::string& path, const std::string& checksum, std::uint64_t& done,
                 std::uint64_t total);
  void CheckMeta();
  void CheckSessions();
  void CheckSubscriptions();
  void CheckStates();
  void CheckEntries();
  void CheckBodies();
  void CheckRetained();

  void CheckSession(std::string_view key, SessionNumber session, std::string_view value);
  void CheckClientId(std::string_view key, std::string_view value);
  void CheckReference(std::string_view key, const Owner& entry, MessageNumber number);

  // Calls `check(key, value)` for each record and counts it; an error of the scan is a finding.
  void Scan(Table table, const std::function<void(std::string_view, std::string_view)>& check);
  // The value of a key; an error is a finding, and the value then is missing.
  std::optional<std::string> Get(Table table, std::string_view key);
  void Report(Table table, std::string_view key, std::string what);
  void CheckOwnerOf(Table table, std::string_view key, SessionNumber session);
  [[nodiscard]] bool Dead(SessionNumber session) const;
  [[nodiscard]] bool Unfinished(const Owner& owner) const;

  RocksStore& store_;
  const std::string path_;
  const Survey survey_;
  const Found& found_;
  const Progress& progress_;

  FinishedTable finished_;
  std::vector<std::uint64_t> dead_;  // in order
  std::uint64_t records_ = 0;
  std::uint64_t expected_records_ = 1;
};

}  // namespace tallymq::storage
