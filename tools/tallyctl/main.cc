// tallyctl: where the command line meets a real terminal and a real store.

#include <sys/ioctl.h>
#include <unistd.h>

#include <clocale>
#include <cstdlib>
#include <iostream>

#include "command_line.h"
#include "secret_prompt.h"

namespace {

// Width of the terminal, or 0.
std::size_t Columns() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) return size.ws_col;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "C.UTF-8");  // for the width of characters
  std::ios::sync_with_stdio(false);
  const char* no_color = std::getenv("NO_COLOR");
  const tallymq::tallyctl::Environment environment{
      .out = std::cout,
      .err = std::cerr,
      .open = tallymq::storage::OpenStoreReader,
      .out_is_terminal = ::isatty(STDOUT_FILENO) == 1,
      .err_is_terminal = ::isatty(STDERR_FILENO) == 1,
      .columns = Columns(),
      .no_colour = no_color != nullptr && *no_color != '\0',
      .passwords = {tallymq::tallyctl::AskSecret, &std::cin},
  };
  return static_cast<int>(tallymq::tallyctl::Run({argv + 1, argv + argc}, environment));
}
