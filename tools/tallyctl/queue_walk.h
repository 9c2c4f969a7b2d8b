// Reads a queue entry by entry, however long it is.

#pragma once

#include <functional>

#include "tallymq/base/result.h"
#include "tallymq/storage/store_reader.h"

namespace tallymq::tallyctl {

// Calls `visit` for each entry of `queue` from `from` on, in order, until it returns false or the
// queue ends. Holds one page in memory.
// Errors: those of the reader; kCorrupt for an entry that cannot be read, all before it visited.
Result<Void, storage::StoreError> WalkQueue(
    storage::StoreReader& store, storage::SessionNumber queue, storage::Seq from,
    const std::function<bool(const storage::PageEntry&)>& visit);

}  // namespace tallymq::tallyctl
