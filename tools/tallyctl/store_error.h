// How an error of the store reaches the caller: one sentence and an exit code.

#pragma once

#include <ostream>
#include <string_view>

#include "exit_code.h"
#include "tallymq/storage/journal.h"

namespace tallymq::tallyctl {

ExitCode ExitCodeOf(storage::StoreErrorKind kind);

// Writes "tallyctl: <sentence>" to `err` and returns how to end.
ExitCode Fail(std::ostream& err, const storage::StoreError& error);

// The same for a session that the store does not have.
ExitCode FailUnknownSession(std::ostream& err, std::string_view client_id);

}  // namespace tallymq::tallyctl
