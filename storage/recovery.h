// Recovery: from records to what the core has to know, the same for every journal.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "finished_table.h"
#include "format.h"
#include "tallymq/base/result.h"
#include "tallymq/storage/journal.h"

namespace tallymq::storage {

// The records of a store, to be read in order.
class RecordSource {
 public:
  virtual ~RecordSource() = default;

  // The value of one key, or nullopt. Errors: kCorrupt, kIo.
  virtual Result<std::optional<std::string>, StoreError> Get(Table table, std::string_view key) = 0;

  // Calls `visit(key, value)` for the records of `table` in the order of their keys until it
  // returns false. Errors: kCorrupt, kIo. A scan that ends early without an error is one that
  // `visit` ended.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;
  virtual Result<Void, StoreError> Scan(Table table, const Visit& visit) = 0;
};

// What meta says.
struct Meta {
  std::optional<std::uint32_t> format;  // none in a store whose making was cut off
  Identity identity;
  CommitRecord commit;
  NumbersRecord numbers;
  StartRecord start;
  RetainedTotals retained;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> start_times;
};

// Reads meta. Another format version is no error here: then only `format` is set. Errors: kCorrupt,
// kIo.
Result<Meta, StoreError> LoadMeta(RecordSource& source);

// Hands sessions, wills, subscriptions and state records to `sink`, those of ended sessions apart,
// and makes `finished` complete. What belongs to no session is left to compaction and to `tallyctl
// store verify`. Errors: kCorrupt, kIo.
Result<Void, StoreError> LoadSessions(RecordSource& source, FinishedTable& finished,
                                      RecoverySink& sink);

// `meta` as a start of the broker wants it; `start` is the one in meta.
Recovered MakeRecovered(const Meta& meta);

// A record of `table` that does not decode.
StoreError UndecodableError(Table table, std::string_view key);

// "q 7/1024", "sess 01 7", for people.
std::string KeyText(Table table, std::string_view key);

}  // namespace tallymq::storage
