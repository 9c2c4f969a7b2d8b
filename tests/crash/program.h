// Child processes: a broker to kill, and commands to run to their end.

#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace tallymq::crash {

// How a process ended.
struct Ending {
  int code = 0;    // exit code, if it was not killed
  int signal = 0;  // 0: it exited by itself
};

// A process that dies with this one.
class Program {
 public:
  // Starts `arguments`, the first of which is a path, with both outputs appended to file `log`, and
  // `environment`
  // ("NAME=value") added. Throws std::system_error.
  Program(const std::vector<std::string>& arguments, const std::string& log,
          const std::vector<std::string>& environment = {});
  // The same with a socket as input and output, and errors appended to `log`.
  Program(const std::vector<std::string>& arguments, int socket, const std::string& log);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Sends `signal` and waits until it is gone.
  Ending Stop(int signal);
  // Its end, if it has ended by itself.
  std::optional<Ending> Ended();
  [[nodiscard]] ::pid_t pid() const { return pid_; }

 private:
  ::pid_t pid_ = -1;
  std::optional<Ending> ending_;
};

struct Answer {
  int code = 0;  // exit code; 128 + signal if killed
  std::string output;
  std::string errors;
};

// Runs `arguments` to the end.
Answer Ask(const std::vector<std::string>& arguments);

// A TCP port of the loopback interface that nobody listens on.
std::uint16_t FreePort();

// How many TCP connections the listener on `port` of the loopback interface has not closed yet: it
// may not have read all that came over them.
std::size_t OpenConnections(std::uint16_t port);

}  // namespace tallymq::crash
