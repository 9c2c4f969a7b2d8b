// `tallyctl session`: who has a session, and how far each exchange with it has come.

#pragma once

#include <string>
#include <vector>

#include "exit_code.h"
#include "output.h"
#include "tallymq/storage/store_reader.h"

namespace tallymq::tallyctl {

struct SessionLsOptions {
  bool count = false;  // read the queues to count what is in them
};

struct SessionShowOptions {
  std::vector<std::string> client_ids;
  bool all = false;      // every session instead
  bool count = false;    // count waiting entries to the end, not only up to `kWaitingMax`
  bool payload = false;  // with the payloads of messages in flight
};

// `session show` stops counting here unless asked to go on: a queue may have millions of entries.
constexpr std::uint64_t kWaitingMax = 10'000;

// One row or object for each session, in ascending order of number.
ExitCode SessionLs(storage::StoreReader& store, const SessionLsOptions& options, Output& output);

// All about the sessions named, in that order. One that is not there is a sentence on `err` and
// kFinding; the others are shown.
ExitCode SessionShow(storage::StoreReader& store, const SessionShowOptions& options,
                     Output& output);

}  // namespace tallymq::tallyctl
