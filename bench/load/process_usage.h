// What a process has taken of the machine.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>

namespace tallymq::load {

struct ProcessUsage {
  std::chrono::nanoseconds cpu{};    // of all its threads since its start, in user mode and kernel
  std::uint64_t resident_bytes = 0;  // now
  std::uint64_t peak_bytes = 0;      // resident, since its start
};

// Reads the clock of process `pid`, and /proc. Nothing if there is no such process.
std::optional<ProcessUsage> ReadUsage(::pid_t pid);

}  // namespace tallymq::load
