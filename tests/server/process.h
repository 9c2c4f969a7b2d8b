// The real program, run as a child with its output in a pipe.

#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tallymq::server {

class Process {
 public:
  // A limit of the child, soft and hard. Of the size of files: writing beyond it is an error.
  struct Limit {
    __rlimit_resource resource;
    rlim_t value;
  };

  explicit Process(std::vector<std::string> arguments, std::optional<Limit> limit = std::nullopt) {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    arguments.insert(arguments.begin(), TALLYMQD);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      dup2(ends[1], STDERR_FILENO);
      signal(SIGXFSZ, SIG_IGN);
      if (limit) {
        const rlimit both{limit->value, limit->value};
        setrlimit(limit->resource, &both);
      }
      execv(argv[0], argv.data());
      _exit(127);
    }
    close(ends[1]);
    output_fd_ = ends[0];
  }
  ~Process() {
    if (pid_ > 0) {
      Signal(SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(output_fd_);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void Signal(int signal) const { kill(pid_, signal); }

  // Reads its output until it contains `text`. Returns false if it ends before, or takes too long.
  bool Says(std::string_view text) {
    while (output_.find(text) == std::string::npos) {
      if (!ReadSome()) return false;
    }
    return true;
  }

  // Reads its output to the end and returns its exit code; negative: the signal that ended it.
  int Exit() {
    while (ReadSome()) {
    }
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  // What it has said so far.
  [[nodiscard]] const std::string& output() const { return output_; }

  // The port that it listens on, after it has said so.
  std::uint16_t Port() {
    constexpr std::string_view kBefore = "listening on 127.0.0.1:";
    if (!Says("for at most")) ADD_FAILURE() << output_;
    const std::size_t at = output_.find(kBefore);
    if (at == std::string::npos) return 0;
    return static_cast<std::uint16_t>(std::stoi(output_.substr(at + kBefore.size())));
  }

 private:
  bool ReadSome() {
    pollfd ready{output_fd_, POLLIN, 0};
    if (poll(&ready, 1, 60'000) <= 0) {
      ADD_FAILURE() << "waited in vain for output";
      Signal(SIGKILL);
      return false;
    }
    std::array<char, 4096> chunk;
    const ssize_t count = read(output_fd_, chunk.data(), chunk.size());
    if (count <= 0) return false;
    output_.append(chunk.data(), static_cast<std::size_t>(count));
    return true;
  }

  pid_t pid_ = -1;
  int output_fd_ = -1;
  std::string output_;
};

}  // namespace tallymq::server
