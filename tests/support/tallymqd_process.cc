// Its log comes through a pipe: what it says at its start tells the port, the end of the pipe its
// death.

#include "tallymqd_process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <regex>
#include <stdexcept>

namespace tallymq::test {
namespace {

// Generous: a machine may be busy, and a sanitizer slow.
constexpr std::chrono::seconds kStartLimit{60};

std::optional<std::uint16_t> FindPort(std::string_view log) {
  static const std::regex kListening(R"([Ll]istening on 127\.0\.0\.1:(\d+))");
  std::match_results<std::string_view::const_iterator> match;
  if (!std::regex_search(log.begin(), log.end(), match, kListening)) return std::nullopt;
  return static_cast<std::uint16_t>(std::stoi(match[1].str()));
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "tallymq-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

TallymqdProcess::TallymqdProcess(std::vector<std::string> arguments)
    : arguments_(std::move(arguments)) {}

TallymqdProcess::~TallymqdProcess() {
  if (running()) End(SIGKILL);
}

bool TallymqdProcess::Start() {
#ifdef TALLYMQ_ROCKSDB
  const std::string where = store().string();
#else
  const std::string where = "memory:";
#endif
  std::vector<std::string> words{TALLYMQD, "--listen", "127.0.0.1:0", "--store", where};
  words.insert(words.end(), arguments_.begin(), arguments_.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  int pipe_fds[2];
  if (pipe2(pipe_fds, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(pipe_fds[1], STDOUT_FILENO);
    dup2(pipe_fds[1], STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(pipe_fds[1]);
  if (pid_ < 0) throw std::runtime_error("no child process");

  std::unique_lock lock(mutex_);
  start_of_log_ = log_.size();
  log_ended_ = false;
  log_reader_ = std::thread([this, fd = pipe_fds[0]] { ReadLog(fd); });
  std::optional<std::uint16_t> port;
  changed_.wait_for(lock, kStartLimit, [&] {
    port = FindPort(std::string_view(log_).substr(start_of_log_));
    return port.has_value() || log_ended_;
  });
  lock.unlock();
  if (!port) {
    End(SIGKILL);
    return false;
  }
  port_ = *port;
  return true;
}

void TallymqdProcess::ReadLog(int fd) {
  char buffer[4096];
  ssize_t size = 0;
  while ((size = read(fd, buffer, sizeof buffer)) > 0) {
    const std::lock_guard lock(mutex_);
    log_.append(buffer, static_cast<std::size_t>(size));
    changed_.notify_all();
  }
  close(fd);
  const std::lock_guard lock(mutex_);
  log_ended_ = true;
  changed_.notify_all();
}

void TallymqdProcess::Signal(int signal) { kill(pid_, signal); }

int TallymqdProcess::End(int signal) {
  Signal(signal);
  return Wait();
}

int TallymqdProcess::Wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = 0;
  log_reader_.join();
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

std::string TallymqdProcess::log() {
  const std::lock_guard lock(mutex_);
  return log_;
}

}  // namespace tallymq::test
