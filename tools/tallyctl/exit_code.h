// How tallyctl ends. Part of its interface: scripts decide by it.

#pragma once

namespace tallymq::tallyctl {

enum class ExitCode : int {
  kOk = 0,
  kFinding = 1,      // asked and answered: something is wrong, or what was named is not there
  kUsage = 2,        // the command line is not understood
  kUnreachable = 3,  // no store there, one that a broker runs on, or of another format version
  kDamaged = 4,      // the store cannot be opened or read because it is damaged
};

}  // namespace tallymq::tallyctl
