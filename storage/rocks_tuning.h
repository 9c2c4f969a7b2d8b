// How RocksDB is set up: every option that is not RocksDB's own default, in one place.

#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <vector>

#include "finished_table.h"
#include "tallymq/storage/rocks_journal.h"

namespace tallymq::storage {

// Options for a store that is written. `env` may be null: the real one.
rocksdb::DBOptions MakeDbOptions(const RocksOptions& options, rocksdb::Env* env);

// The column families, in the order of `Table`.
std::vector<rocksdb::ColumnFamilyDescriptor> MakeColumnFamilies(
    const RocksOptions& options, std::shared_ptr<const FinishedTable> finished);

// Options for a store that is only looked at: no file of it changes, no log is written.
rocksdb::DBOptions MakeReadOnlyDbOptions(rocksdb::Env* env);

}  // namespace tallymq::storage
