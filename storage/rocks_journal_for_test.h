// Opening a RocksDB journal with what only tests set.

#pragma once

#include "rocks_open.h"
#include "tallymq/storage/rocks_journal.h"

namespace tallymq::storage {

Result<std::unique_ptr<Journal>, StoreError> OpenRocksJournal(const RocksOptions& options,
                                                              Wake wake, const RocksHooks& hooks);

// The database under `journal`, which `OpenRocksJournal` made: to flush and compact at a chosen
// moment.
RocksStore& StoreForTest(Journal& journal);

}  // namespace tallymq::storage
