// One seed, from its number to what is to be said about it.

#pragma once

#include <cstdint>
#include <optional>

#include "checkers/violation.h"
#include "world.h"

namespace tallymq::sim {

struct Outcome {
  std::uint64_t seed = 0;
  std::uint64_t hash = 0;  // of the whole history
  Figures figures;
  std::optional<Violation> violation;
};

Outcome RunSeed(std::uint64_t seed);

}  // namespace tallymq::sim
