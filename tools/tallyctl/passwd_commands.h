// `tallyctl passwd`: the file that says who may log in. Knows nothing of stores.

#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <optional>
#include <string>
#include <string_view>

#include "exit_code.h"
#include "output.h"
#include "tallymq/auth/scram_verifier.h"

namespace tallymq::tallyctl {

struct PasswdOptions {
  std::string file;
  std::string user;  // empty: list those that are there
  bool remove = false;
  bool from_stdin = false;
  std::uint32_t iterations = auth::kIterationsDefault;
};

// Where a password comes from.
struct PasswordSource {
  // Asks a person for a line that is not shown. Nothing if there is no terminal, or no line.
  std::function<std::optional<std::string>(std::string_view prompt)> ask;
  std::istream* in = nullptr;  // for --stdin
};

// Lists the users of the file, or sets the password of one, or removes one.
// kFinding: the file has lines that are wrong (each is told, nothing is changed), the user to be
// removed is not there, or the password was refused. kUnreachable: it cannot be read or written.
ExitCode Passwd(const PasswdOptions& options, const PasswordSource& source, Output& output);

}  // namespace tallymq::tallyctl
