// The real broker as a child process, for tests: started on a free port, stopped, killed, started
// again.

#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tallymq::test {

// A folder that goes with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// One `tallymqd` with a store of its own, which in a build without RocksDB is in memory and ends
// with the process. The process never outlives the object, nor the test program.
class TallymqdProcess {
 public:
  // `arguments` beside --store and --listen.
  explicit TallymqdProcess(std::vector<std::string> arguments = {});
  ~TallymqdProcess();

  // Starts it on its store, which is empty the first time, and waits until it listens. Returns
  // false if it ended instead; `log` says why.
  bool Start();
  void Signal(int signal);
  // Waits for the end. Returns the exit code, or -N if signal N ended it.
  int Wait();
  // Both. A broker that stops in order waits a while for clients that do not close their side.
  int End(int signal);

  [[nodiscard]] bool running() const { return pid_ > 0; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::filesystem::path store() const { return folder_.path() / "store"; }
  // All that it has written so far, over all starts.
  [[nodiscard]] std::string log();

 private:
  void ReadLog(int fd);

  TemporaryFolder folder_;
  const std::vector<std::string> arguments_;
  pid_t pid_ = 0;
  std::uint16_t port_ = 0;
  std::thread log_reader_;

  std::mutex mutex_;  // guards what follows; `log_reader_` writes it
  std::condition_variable changed_;
  std::string log_;
  std::size_t start_of_log_ = 0;  // of this start, in `log_`
  bool log_ended_ = false;
};

}  // namespace tallymq::test
