// SIGTERM, SIGINT, SIGUSR2 and SIGHUP, as something that the loop can wait for.

#pragma once

#include <string_view>

namespace tallymq::server {

// Asks for a line with the counters.
inline constexpr std::string_view kStatusSignal = "SIGUSR2";
// Asks for the password file to be read again.
inline constexpr std::string_view kReloadSignal = "SIGHUP";

// The first SIGTERM or SIGINT is read from `fd`; the next one ends the process at once, whatever it
// is doing. SIGUSR2 and SIGHUP may come any number of times. Made before any thread is: they
// inherit that the signals are blocked.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Readable when a signal has come.
  [[nodiscard]] int fd() const { return fd_; }

  // Returns the name of the signal that has come. Requires that one has.
  std::string_view Take();

 private:
  int fd_;
};

}  // namespace tallymq::server
