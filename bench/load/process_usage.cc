#include "process_usage.h"

#include <fmt/format.h>
#include <time.h>

#include <fstream>
#include <string>

namespace tallymq::load {

std::optional<ProcessUsage> ReadUsage(::pid_t pid) {
  ::clockid_t clock{};
  ::timespec time{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
    return std::nullopt;
  }
  ProcessUsage usage;
  usage.cpu = std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  std::string word;
  std::uint64_t kibibytes = 0;
  while (status >> word) {
    if (word != "VmHWM:" && word != "VmRSS:") continue;
    if (status >> kibibytes) {
      (word == "VmHWM:" ? usage.peak_bytes : usage.resident_bytes) = kibibytes * 1024;
    }
  }
  return usage;
}

}  // namespace tallymq::load
