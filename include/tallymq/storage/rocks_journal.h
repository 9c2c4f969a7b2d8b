// The journal on RocksDB.

#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "tallymq/base/result.h"
#include "tallymq/storage/journal.h"

namespace tallymq::storage {

struct RocksOptions {
  std::string path;                          // folder of the store; made if it is not there
  std::size_t memtable_bytes = 16u << 20;    // all column families together
  std::size_t block_cache_bytes = 8u << 20;  // index and filter blocks inside
  std::size_t wal_bytes_max = 64u << 20;     // bounds replay at a start
  // For the crash test's self-test only: acknowledges without a sync. Never set by configuration.
  bool sync = true;
};

// Opens or makes the store. `wake` is called by the journal's threads (see `Wake`).
// Errors: kLocked, kFormat, kBehindMark, kCorrupt, kNoSpace, kIo; the store is left as it was.
Result<std::unique_ptr<Journal>, StoreError> OpenRocksJournal(const RocksOptions& options,
                                                              Wake wake);

}  // namespace tallymq::storage
