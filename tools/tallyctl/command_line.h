// The command line of tallyctl: what it accepts, and which command that is.

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "exit_code.h"
#include "passwd_commands.h"
#include "tallymq/base/result.h"
#include "tallymq/storage/store_reader.h"

namespace tallymq::tallyctl {

// What `main` knows of its surroundings, and tests make up. Outlives the run.
struct Environment {
  using Open = std::function<Result<std::unique_ptr<storage::StoreReader>, storage::StoreError>(
      const std::string& path)>;

  std::ostream& out;
  std::ostream& err;
  Open open;  // opens the store in an existing folder
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  std::size_t columns = 0;  // of the terminal that `out` is; 0: not known
  bool no_colour = false;   // NO_COLOR is set
  PasswordSource passwords{};
};

// Does what `arguments`, without the program's name, ask for.
ExitCode Run(std::vector<std::string> arguments, const Environment& environment);

}  // namespace tallymq::tallyctl
