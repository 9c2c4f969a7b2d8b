#include "run.h"

namespace tallymq::sim {

Outcome RunSeed(std::uint64_t seed) {
  World world(seed, History::Keep::kHash);
  world.Run();
  return Outcome{seed, world.history().hash(), world.figures(), world.violation()};
}

}  // namespace tallymq::sim
