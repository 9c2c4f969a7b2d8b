// Which journal a store's name stands for.

#pragma once

#include <memory>
#include <string>

#include "tallymq/base/result.h"
#include "tallymq/server/config.h"
#include "tallymq/server/exit_code.h"
#include "tallymq/storage/journal.h"

namespace tallymq::server {

// Opens or makes the store that `config` names. `wake` as for every journal.
//
// A build without RocksDB, which the thread sanitizer needs, knows one store, "memory:"; it forgets
// everything at its end and is for tests of this program only.
Result<std::unique_ptr<storage::Journal>, storage::StoreError> OpenStore(const Config& config,
                                                                         storage::Wake wake);

// The line that says what a power cut can lose.
struct LossContract {
  std::string sentence;
  bool loses = false;  // what was acknowledged
};
LossContract LossContractOf(const Config& config);

ExitCode ExitCodeOf(storage::StoreErrorKind kind);

}  // namespace tallymq::server
