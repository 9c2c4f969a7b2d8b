// What tallymqd is told by its arguments.

#pragma once

#include <optional>
#include <string>

#include "tallymq/server/config.h"
#include "tallymq/server/exit_code.h"

namespace tallymq::server {

// What to do: run with `config`, or end at once with `exit`, having printed what there is to print.
struct CommandLine {
  Config config;
  std::optional<ExitCode> exit;
};

// Reads the arguments and the configuration file that they name. Prints help, version and errors.
CommandLine ParseCommandLine(int argc, const char* const* argv);

}  // namespace tallymq::server
