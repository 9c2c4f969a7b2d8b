// tallymqd: the broker.

#include <cstdlib>
#include <exception>

#include "command_line.h"
#include "log.h"
#include "server.h"

int main(int argc, char** argv) {
  using namespace tallymq::server;
  const CommandLine line = ParseCommandLine(argc, argv);
  if (line.exit) return static_cast<int>(*line.exit);
  Log log{line.config.log_form, line.config.log_level};
  ExitCode code = ExitCode::kInternal;
  try {
    Server server{line.config, log};
    code = server.Run();
    // After a failure of the journal its destructor must not write a thing (D7).
    if (server.journal_failed()) std::_Exit(static_cast<int>(code));
  } catch (const std::exception& error) {
    log.Write(LogLevel::kError, error.what());
  }
  return static_cast<int>(code);
}
