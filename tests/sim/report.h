// What many seeds came to, added up and in words.

#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "run.h"

namespace tallymq::sim {

// A plain value: workers keep theirs in shared memory.
struct Tally {
  std::uint64_t seeds = 0;
  std::uint64_t clients = 0;
  std::uint64_t packets = 0;
  std::uint64_t crashes = 0;
  std::uint64_t open_exchanges = 0;
  std::array<std::uint64_t, kFaultCount> faults{};  // how often
  std::array<std::uint64_t, kFaultCount> fired{};   // in how many seeds

  void Add(const Figures& figures);
  void Add(const Tally& other);
};

// Averages, and each fault with its count. `seconds` that it took, 0 if it does not matter.
std::string Print(const Tally& tally, double seconds);

// The faults that fired in less than one seed of a hundred, or nothing.
std::string Missing(const Tally& tally);

}  // namespace tallymq::sim
