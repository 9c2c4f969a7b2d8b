// Reads retained messages one by one, however many there are.

#pragma once

#include <functional>
#include <string>

#include "tallymq/base/result.h"
#include "tallymq/storage/store_reader.h"

namespace tallymq::tallyctl {

// Calls `visit` for each retained message that `filter`, a well-formed one, matches, in the order
// of the store, until it returns false. With `dollar_topics` a wildcard in the first level matches
// topics that begin with "$" too. Holds one page in memory.
// Errors: those of the reader; kCorrupt for one that cannot be read, all before it visited.
Result<Void, storage::StoreError> WalkRetained(
    storage::StoreReader& store, const std::string& filter, bool dollar_topics,
    const std::function<bool(const storage::RetainedEntry&)>& visit);

}  // namespace tallymq::tallyctl
