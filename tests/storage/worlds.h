// The implementations of `Journal` that this build has.

#pragma once

#include <memory>
#include <ostream>
#include <vector>

#include "journal_world.h"

namespace tallymq::storage {

struct WorldKind {
  const char* name;
  std::unique_ptr<World> (*make)();
};

inline void PrintTo(const WorldKind& kind, std::ostream* out) { *out << kind.name; }

std::vector<WorldKind> WorldKinds();

}  // namespace tallymq::storage
