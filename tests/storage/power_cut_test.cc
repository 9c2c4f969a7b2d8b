// Goal: what is acknowledged survives a power cut at any moment, and what is recovered is exactly
// the work of some first batches (D1, D3, D4).
// Method: the RocksDB journal on a simulated disk that forgets what was not synced. The work is a
// list of batches that follows from their numbers; the same batches in a `MemoryJournal` say what
// a store that recovered to commit m has to hold. Memtables are tiny, so that cuts also fall into
// flushes and compactions.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "commit_mark.h"
#include "machine.h"
#include "work.h"

namespace tallymq::storage {
namespace {

using Survival = SimulatedDisk::Survival;

const EntryHeader kQos2{QoS::kExactlyOnce, false};
constexpr std::uint64_t kBatches = 40;

// Does the work until it ends or the disk stops. Returns the newest commit that was acknowledged.
std::uint64_t Work(Machine& machine, bool flush_between) {
  Driver driver(machine.world);
  if (driver.error) return 0;
  for (std::uint64_t i = driver.recovered.last.value() + 1; i <= kBatches; ++i) {
    if (!driver.Commit([i](Batch& batch) { FillBatch(i, batch); })) break;
    if (flush_between && i % 10 == 0) {
      RocksStore& store = StoreForTest(*driver.journal);
      store.db()
          .Flush({}, {store.handle(Table::kQ), store.handle(Table::kM)})
          .PermitUncheckedError();
    }
  }
  // A power cut is no orderly end: what the destructor would still write is written nowhere.
  machine.disk->Stop();
  return driver.durable.value();
}

// RocksDB's list of its files, cut off while a record was appended to it, with a page of zeros
// before the end: RocksDB cannot tell that from damage and refuses the store. A false alarm, rare,
// and no loss.
bool ManifestHasAHole(const Driver& driver, Survival survival) {
  return driver.error && survival == Survival::kHoles &&
         driver.error->kind == StoreErrorKind::kCorrupt &&
         driver.error->message.find("MANIFEST") != std::string::npos;
}

void ExpectPrefix(RocksWorld& world, std::uint64_t acknowledged, Survival survival) {
  Driver driver(world);
  if (ManifestHasAHole(driver, survival)) {
    std::cout << "refused: " << driver.error->message << "\n";
    return;
  }
  ASSERT_FALSE(driver.error) << driver.error->message;
  const std::uint64_t last = driver.recovered.last.value();
  EXPECT_GE(last, acknowledged) << "an acknowledged batch is lost";
  EXPECT_EQ(Describe(driver), Expected(last)) << "not the state after " << last << " batches";
}

std::uint64_t StepsOfAllWork() {
  Machine machine;
  EXPECT_EQ(Work(machine, true), kBatches);
  return machine.disk->steps();
}

class PowerCutTest : public testing::TestWithParam<Survival> {};

TEST_P(PowerCutTest, D1D3D4AcknowledgedSurvivesACutAnywhere) {
  static const std::uint64_t steps = StepsOfAllWork();
  constexpr int kCuts = 25;
  for (int cut = 0; cut < kCuts; ++cut) {
    const auto seed = static_cast<std::uint64_t>(cut) * 3 + static_cast<std::uint64_t>(GetParam());
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    Machine machine;
    machine.disk->CutAt(std::uniform_int_distribution<std::uint64_t>(1, steps)(random));
    const std::uint64_t acknowledged = Work(machine, true);
    const auto after = machine.AfterPowerCut(GetParam(), random);
    ExpectPrefix(*after, acknowledged, GetParam());
    if (HasFailure()) return;
  }
}

// A second cut while the first one is being recovered from.
TEST_P(PowerCutTest, D1RecoveryMayBeCutToo) {
  for (std::uint64_t seed = 100; seed < 110; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    Machine machine;
    machine.disk->CutAt(std::uniform_int_distribution<std::uint64_t>(150, 400)(random));
    const std::uint64_t acknowledged = Work(machine, true);
    // The process is killed, the power stays on until the recovery is under way.
    machine.disk->Revive();
    machine.disk->CutAt(machine.disk->steps() +
                        std::uniform_int_distribution<std::uint64_t>(1, 30)(random));
    {
      Driver recovering(machine.world);
      machine.disk->Stop();
    }
    const auto after = machine.AfterPowerCut(GetParam(), random);
    ExpectPrefix(*after, acknowledged, GetParam());
    if (HasFailure()) return;
  }
}

std::string SurvivalName(const testing::TestParamInfo<Survival>& survival) {
  switch (survival.param) {
    case Survival::kNothing:
      return "Nothing";
    case Survival::kPrefix:
      return "Prefix";
    case Survival::kHoles:
      return "Holes";
  }
  return {};
}

INSTANTIATE_TEST_SUITE_P(Survivals, PowerCutTest,
                         testing::Values(Survival::kNothing, Survival::kPrefix, Survival::kHoles),
                         SurvivalName);

// --- The control: without a sync, acknowledged batches are lost, and the test above would say so
// ----------

TEST(PowerCutControlTest, WithoutSyncsAcknowledgedBatchesAreLost) {
  std::mt19937_64 random(1);
  Machine machine;
  machine.world.options.sync = false;
  EXPECT_EQ(Work(machine, false), kBatches);
  const auto after = machine.AfterPowerCut(Survival::kNothing, random);
  Driver driver(*after);
  ASSERT_TRUE(driver.error);
  EXPECT_EQ(driver.error->kind, StoreErrorKind::kBehindMark) << driver.error->message;
}

// --- Kill, restart, power cut at once [design 9.16]
// --------------------------------------------------------

// The process dies in the middle of a sync: its batch is in the page cache only. The next start
// finds it, and whatever it found must last from the moment the start says so.
TEST(PowerCutRestartTest, WhatRecoveryFoundIsOnDisk) {
  std::mt19937_64 random(1);
  Machine machine;
  {
    Driver driver(machine.world);
    for (std::uint64_t i = 1; i <= 5; ++i) {
      ASSERT_TRUE(driver.Commit([i](Batch& batch) { FillBatch(i, batch); }));
    }
    machine.disk->HoldSyncs(".log");
    driver.Submit([](Batch& batch) { FillBatch(6, batch); });
    machine.disk->WaitForHeldSync();
    machine.disk->Stop();
  }
  const auto cut_at_once = machine.AfterPowerCut(Survival::kNothing, random);
  {
    Driver driver(*cut_at_once);
    EXPECT_EQ(driver.recovered.last, Lsn{5}) << "the sixth batch was not in the page cache only";
  }
  machine.disk->Revive();
  Driver restarted(machine.world);
  ASSERT_FALSE(restarted.error);
  ASSERT_EQ(restarted.recovered.last, Lsn{6});
  const auto after = machine.AfterPowerCut(Survival::kNothing, random);
  ExpectPrefix(*after, 6, Survival::kNothing);
}

// --- Compaction sees durable records only (storage study A.5 rule 1, D.3)
// -----------------------------------

std::size_t EntriesOnDisk(RocksStore& store) {
  std::size_t count = 0;
  EXPECT_TRUE(store
                  .Scan(Table::kQ,
                        [&count](std::string_view, std::string_view) {
                          ++count;
                          return true;
                        })
                  .has_value());
  return count;
}

// With bounds, because without them RocksDB flushes first, which waits for a write under way.
void CompactQueues(RocksStore& store) {
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  const std::string last(16, '\xff');
  const rocksdb::Slice begin("");
  const rocksdb::Slice end(last);
  EXPECT_TRUE(store.db().CompactRange(options, store.handle(Table::kQ), &begin, &end).ok());
}

// A hundred entries lie in a table file; the record that finishes them is written and waits for its
// sync; `q` is compacted; the power goes. Returns how many of them are left.
std::size_t EntriesLeftAfterCutBetweenWriteAndSync(bool finish_early) {
  std::mt19937_64 random(1);
  Machine machine;
  machine.world.hooks.finish_early = finish_early;
  Driver driver(machine.world);
  EXPECT_TRUE(driver.Commit([](Batch& batch) {
    batch.PutSession(SessionNumber{1}, MakeSession("a"));
    for (std::uint64_t seq = 1; seq <= 100; ++seq) {
      batch.Append(SessionNumber{1}, Seq{seq}, kQos2, MakeMessage("t", "x"));
    }
  }));
  RocksStore& store = StoreForTest(*driver.journal);
  EXPECT_TRUE(store.db().Flush({}, store.handle(Table::kQ)).ok());

  machine.disk->HoldSyncs(".log");
  const Lsn lsn = driver.Submit([](Batch& batch) {
    StateRecord state;
    state.head = Seq{101};
    batch.PutState(SessionNumber{1}, state);
  });
  machine.disk->WaitForHeldSync();
  CompactQueues(store);
  const auto after = machine.AfterPowerCut(Survival::kNothing, random);

  // Once the record is durable, nothing of them stays.
  machine.disk->ReleaseSyncs();
  EXPECT_TRUE(driver.WaitDurable(lsn));
  CompactQueues(store);
  EXPECT_EQ(EntriesOnDisk(store), 0u);

  Driver recovered(*after);
  EXPECT_FALSE(recovered.error);
  EXPECT_EQ(recovered.recovered.last, Lsn{1}) << "the state record must be gone";
  return EntriesOnDisk(StoreForTest(*recovered.journal));
}

TEST(PowerCutFilterTest, D1CompactionForgetsOnlyWhatIsDurablyFinished) {
  EXPECT_EQ(EntriesLeftAfterCutBetweenWriteAndSync(false), 100u);
}

TEST(PowerCutFilterTest, ABrokenRuleLosesEntries) {
  EXPECT_EQ(EntriesLeftAfterCutBetweenWriteAndSync(true), 0u);
}

// --- The commit mark
// -----------------------------------------------------------------------------------------

// The mark that was being written is torn; the other one is enough (design 9.15).
TEST(PowerCutMarkTest, TornMarkLeavesTheOtherOne) {
  for (int torn = 0; torn < CommitMark::kFiles; ++torn) {
    std::mt19937_64 random(1);
    Machine machine;
    EXPECT_EQ(Work(machine, false), kBatches);
    const auto after = machine.AfterPowerCut(Survival::kNothing, random);
    std::ofstream(after->path() + "/" + CommitMark::FileName(torn)) << "torn";
    ExpectPrefix(*after, kBatches, Survival::kNothing);
    // And the next process goes on with both.
    Driver driver(*after);
    EXPECT_FALSE(driver.error);
  }
}

}  // namespace
}  // namespace tallymq::storage
