// `tallyctl store`: the store as a whole.

#pragma once

#include "exit_code.h"
#include "output.h"
#include "tallymq/storage/store_reader.h"

namespace tallymq::tallyctl {

// What the store says of itself. kFinding if it is behind its commit mark.
ExitCode StoreInfo(storage::StoreReader& store, Output& output);

// Checks all of it, with a bar on a terminal. kFinding if something is wrong, each thing listed.
ExitCode StoreVerify(storage::StoreReader& store, Output& output);

}  // namespace tallymq::tallyctl
