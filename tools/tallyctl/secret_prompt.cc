// See secret_prompt.h.

#include "secret_prompt.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace tallymq::tallyctl {
namespace {

constexpr std::array kEndings = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

volatile std::sig_atomic_t ended_by = 0;

void Remember(int signal) { ended_by = signal; }

// A line without its end; nothing at the end of the input or a signal.
std::optional<std::string> ReadLine(int fd) {
  std::string line;
  char c = 0;
  while (read(fd, &c, 1) == 1) {
    if (c == '\n') return line;
    line += c;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> AskSecret(std::string_view prompt) {
  const int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  termios shown{};
  if (fd < 0 || tcgetattr(fd, &shown) != 0) {
    if (fd >= 0) close(fd);
    return std::nullopt;
  }
  // Without SA_RESTART: the read ends.
  std::array<struct sigaction, kEndings.size()> before{};
  struct sigaction remember {};
  remember.sa_handler = Remember;
  for (std::size_t i = 0; i < kEndings.size(); ++i) sigaction(kEndings[i], &remember, &before[i]);

  termios hidden = shown;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  tcsetattr(fd, TCSAFLUSH, &hidden);
  std::optional<std::string> line;
  if (write(fd, prompt.data(), prompt.size()) >= 0) line = ReadLine(fd);
  tcsetattr(fd, TCSAFLUSH, &shown);
  if (write(fd, "\n", 1) < 0) line.reset();
  close(fd);

  for (std::size_t i = 0; i < kEndings.size(); ++i) sigaction(kEndings[i], &before[i], nullptr);
  if (ended_by != 0) raise(ended_by);
  return line;
}

}  // namespace tallymq::tallyctl
