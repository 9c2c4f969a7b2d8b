// Goal: after a write of unknown fate nothing more is acknowledged, and what was acknowledged is
// there at the next start (D7).
// Method: the same work is run again and again on a simulated disk, and call 1, 2, 3, ... that
// changes the disk fails, until a run gets by without a failure.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "machine.h"
#include "work.h"

namespace tallymq::storage {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kBatches = 4;

// When the failure comes.
enum class Phase { kMaking, kReopening, kWorking };

struct Row {
  const char* name;
  Phase phase;
  rocksdb::IOStatus (*error)();
  StoreErrorKind kind;
  const char* words;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

rocksdb::IOStatus Eio() { return rocksdb::IOStatus::IOError("no luck"); }
rocksdb::IOStatus DiskFull() { return rocksdb::IOStatus::NoSpace("no room"); }

const Row kRows[] = {
    {"EioWhileMaking", Phase::kMaking, Eio, StoreErrorKind::kIo, "no luck"},
    {"EioWhileReopening", Phase::kReopening, Eio, StoreErrorKind::kIo, "no luck"},
    {"EioWhileWorking", Phase::kWorking, Eio, StoreErrorKind::kIo, "no luck"},
    {"DiskFullWhileWorking", Phase::kWorking, DiskFull, StoreErrorKind::kNoSpace, "is full"},
};

// Every step is tried; with sanitizers, where a run takes ten times as long, every fifth.
#if defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t kStride = 5;
#else
constexpr std::uint64_t kStride = 1;
#endif

class JournalErrorTest : public testing::TestWithParam<Row> {};

void DoWork(Driver& driver) {
  const std::uint64_t first = driver.recovered.last.value() + 1;
  for (std::uint64_t i = first; i < first + kBatches; ++i) {
    if (!driver.Commit([i](Batch& batch) { FillBatch(i, batch); })) break;
  }
}

// One run in which step `step` of the phase fails. Returns false when the phase ended before that.
bool RunFails(const Row& row, std::uint64_t step) {
  Machine machine;
  std::uint64_t acknowledged = 0;
  if (row.phase == Phase::kReopening) {
    Driver driver(machine.world);
    DoWork(driver);
    acknowledged = driver.durable.value();
    EXPECT_EQ(acknowledged, kBatches);
  }
  bool reached = false;
  const auto fail = [&] { machine.disk->FailAt(machine.disk->steps() + step, row.error()); };
  if (row.phase != Phase::kWorking) fail();
  {
    Driver driver(machine.world);
    if (driver.error) {
      reached = true;
      EXPECT_EQ(driver.error->kind, row.kind) << driver.error->message;
      EXPECT_THAT(driver.error->message, HasSubstr(row.words));
    } else if (row.phase == Phase::kWorking) {
      fail();
      DoWork(driver);
      driver.journal->Close();
      driver.Collect();
      acknowledged = driver.durable.value();
      if (!driver.health.empty()) {
        reached = true;
        EXPECT_EQ(driver.health.size(), 1u);
        EXPECT_EQ(driver.health[0].health, Health::kDoubtful);
        EXPECT_EQ(driver.health[0].cause, row.kind);
        EXPECT_THAT(driver.health[0].message, HasSubstr(row.words));
        EXPECT_EQ(driver.log.back(), 'H') << "an event after the last one: " << driver.log;
      }
    }
    // What failed may have been of no account, as the deletion of a file that is not needed is.
    reached = reached || machine.disk->failed();
  }
  machine.disk->Revive();
  Driver next(machine.world);
  EXPECT_FALSE(next.error) << next.error->message;
  if (next.error) return false;
  EXPECT_GE(next.recovered.last.value(), acknowledged);
  EXPECT_EQ(Describe(next), Expected(next.recovered.last.value()));
  return reached;
}

TEST_P(JournalErrorTest, D7NothingIsAcknowledgedAfterAFailedWrite) {
  std::uint64_t step = 1;
  while (RunFails(GetParam(), step)) {
    if (HasFailure()) FAIL() << "at step " << step;
    step += kStride;
  }
  EXPECT_FALSE(HasFailure()) << "at step " << step;
  EXPECT_GT(step, 2 * kBatches) << "fewer steps than a journal can do with";
}

INSTANTIATE_TEST_SUITE_P(Errors, JournalErrorTest, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace tallymq::storage
