// The implementations of `Journal` that this build has.

#pragma once

#include <memory>
#include <vector>

#include "journal_world.h"

namespace tallymq::storage {

struct WorldKind {
  const char* name;
  std::unique_ptr<World> (*make)();
};

std::vector<WorldKind> WorldKinds();

}  // namespace tallymq::storage
