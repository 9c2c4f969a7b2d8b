// Goal: the contract holds for many clients under faults, and a seed is all that decides a history.
// Method: some seeds of `tools/sim`, which runs as many as one likes. The hashes are those of every
// compiler; a change of the core, the shape of the workload or the lines of the history changes
// them, and nothing else may: then they are to be replaced by what the test says.

#include <gtest/gtest.h>

#include "run.h"

namespace tallymq::sim {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kSeeds = 200;
#else
constexpr std::uint64_t kSeeds = 1000;
#endif

TEST(SimulationTest, TheContractHolds) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Outcome outcome = RunSeed(seed);
    ASSERT_FALSE(outcome.violation.has_value())
        << NameOf(outcome.violation->rule) << ": " << outcome.violation->text
        << "\nagain: tools/sim --seed " << seed;
  }
}

struct Replay {
  std::uint64_t seed;
  std::uint64_t hash;
};
constexpr Replay kReplays[] = {
    {1, 0x8d2024755f1bcb97},
    {2, 0xb633774f67704eb3},
    {3, 0x5c30903049cda1ed},
    {1'000'000'007, 0x69bfa2c9b7c3e59f},
};

TEST(SimulationTest, ASeedGivesTheSameHistoryWithEveryCompiler) {
  for (const Replay& replay : kReplays) {
    const Outcome outcome = RunSeed(replay.seed);
    EXPECT_EQ(outcome.hash, replay.hash)
        << "seed " << replay.seed << " has the history 0x" << std::hex << outcome.hash;
    EXPECT_EQ(RunSeed(replay.seed).hash, outcome.hash) << "a second time";
  }
}

// Seeds are neighbours, histories are not.
TEST(SimulationTest, AnotherSeedGivesAnotherHistory) {
  EXPECT_NE(RunSeed(1).hash, RunSeed(2).hash);
}

}  // namespace
}  // namespace tallymq::sim
