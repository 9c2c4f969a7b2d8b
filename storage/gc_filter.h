// The compaction filters of `q` and `m`: finished entries and bodies are never deleted, they are
// forgotten when a table file is written. Their only source is the `FinishedTable`, so only what
// durable records finish is ever dropped (storage study A.5, rule 1).
//
// Both answer "remove and skip until": no tombstone stays behind, and since each key is written
// once no older value can come to light. Iterators opened before may miss finished entries; nobody
// asks for them.

#pragma once

#include <rocksdb/compaction_filter.h>

#include <memory>

#include "finished_table.h"

namespace tallymq::storage {

// For column family `q`, also on flush.
std::shared_ptr<rocksdb::CompactionFilterFactory> MakeQueueFilterFactory(
    std::shared_ptr<const FinishedTable> finished);
// For column family `m`, also on flush.
std::shared_ptr<rocksdb::CompactionFilterFactory> MakeBodyFilterFactory(
    std::shared_ptr<const FinishedTable> finished);

}  // namespace tallymq::storage
