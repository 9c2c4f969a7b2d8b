// `tallyctl queue`: what waits for a session.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "exit_code.h"
#include "output.h"
#include "tallymq/storage/store_reader.h"

namespace tallymq::tallyctl {

struct QueueLsOptions {
  std::string client_id;
  std::optional<std::uint64_t> from;  // first entry; the head if not given
  std::uint64_t limit = 0;            // entries listed at most; 0: all
  bool payload = false;
  bool finished = false;  // also entries that are done with and still on disk
};

// One row or object for each entry of the session's queue, in order.
ExitCode QueueLs(storage::StoreReader& store, const QueueLsOptions& options, Output& output);

}  // namespace tallymq::tallyctl
