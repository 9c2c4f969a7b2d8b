// The chance that drives a simulation: one seed, the same numbers on every machine and compiler.

#pragma once

#include <cstdint>

#include "tallymq/base/assert.h"

namespace tallymq::sim {

// SplitMix64. Distributions of the standard library differ between libraries; these do not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  // 0..bound-1. Requires bound > 0.
  std::uint64_t Below(std::uint64_t bound) {
    TALLYMQ_ASSERT(bound > 0);
    return (Next() >> 11) % bound;
  }
  // first..last.
  std::uint64_t Between(std::uint64_t first, std::uint64_t last) {
    return first + Below(last - first + 1);
  }
  bool Chance(std::uint64_t percent) { return Below(100) < percent; }
  bool PerMille(std::uint64_t share) { return Below(1000) < share; }
  // A source of its own, so that one's number of choices does not change another's choices.
  Random Fork() { return Random(Next()); }

 private:
  std::uint64_t state_;
};

}  // namespace tallymq::sim
