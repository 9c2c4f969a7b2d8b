// Choices that a seed repeats.

#pragma once

#include <cstdint>
#include <random>

#include "tallymq/base/assert.h"

namespace tallymq::crash {

// The same seed gives the same choices with every compiler and library.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  // 0..bound-1. Requires bound > 0.
  std::uint64_t Below(std::uint64_t bound) {
    TALLYMQ_ASSERT(bound > 0);
    return engine_() % bound;
  }
  // first..last.
  std::uint64_t Between(std::uint64_t first, std::uint64_t last) {
    return first + Below(last - first + 1);
  }
  bool Chance(std::uint64_t percent) { return Below(100) < percent; }
  // A source of its own, so that one's number of choices does not change another's choices.
  Random Fork() { return Random(engine_()); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace tallymq::crash
