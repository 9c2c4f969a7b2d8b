// `tallyctl retained`: the messages that new subscriptions get at once.

#pragma once

#include <string>

#include "exit_code.h"
#include "output.h"
#include "tallymq/storage/store_reader.h"

namespace tallymq::tallyctl {

struct RetainedLsOptions {
  std::string filter = "#";  // a well-formed one
  bool all = false;  // a wildcard in the first level also matches topics that begin with "$"
  bool payload = false;
  bool count = false;  // count them, list none
};

struct RetainedGetOptions {
  std::string topic;
  bool raw = false;  // the payload's bytes, and nothing else
};

// One row or object for each retained message, in the order of the levels of their topics.
ExitCode RetainedLs(storage::StoreReader& store, const RetainedLsOptions& options, Output& output);

// The retained message of one topic. kFinding if it has none.
ExitCode RetainedGet(storage::StoreReader& store, const RetainedGetOptions& options,
                     Output& output);

}  // namespace tallymq::tallyctl
