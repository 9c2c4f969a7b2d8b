#include "signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

#include "tallymq/base/assert.h"
#include "tallymq/server/exit_code.h"

namespace tallymq::server {
namespace {

sigset_t StopSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

void EndAtOnce(int) {
  constexpr std::string_view kLine = "tallymqd: second signal, ends at once\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kLine.data(), kLine.size());
  _exit(static_cast<int>(ExitCode::kInterrupted));
}

}  // namespace

Signals::Signals() {
  // A peer that is gone is an error of the write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t set = StopSignals();
  sigaddset(&set, SIGUSR2);
  sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  fd_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  TALLYMQ_ASSERT(fd_ >= 0);
}

Signals::~Signals() { close(fd_); }

std::string_view Signals::Take() {
  signalfd_siginfo info{};
  TALLYMQ_ASSERT(read(fd_, &info, sizeof info) == sizeof info);
  if (info.ssi_signo == SIGUSR2) return kStatusSignal;
  if (info.ssi_signo == SIGHUP) return kReloadSignal;
  const sigset_t set = StopSignals();
  for (const int signal : {SIGTERM, SIGINT}) std::signal(signal, EndAtOnce);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  return info.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM";
}

}  // namespace tallymq::server
