// Goal: what the core relies on, whatever journal it has been given.
// Method: every test runs against each implementation in `kWorlds`; a crash is a journal destroyed
// without `Close`, a restart is a new one in the same world.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "journal_world.h"
#include "tallymq/storage/memory_journal.h"
#include "worlds.h"

namespace tallymq::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const EntryHeader kQos2{QoS::kExactlyOnce, false};
const EntryHeader kQos1Retained{QoS::kAtLeastOnce, true};

StateRecord StateWithHead(std::uint64_t head) {
  StateRecord record;
  record.head = Seq{head};
  return record;
}

class JournalConformanceTest : public testing::TestWithParam<WorldKind> {
 protected:
  std::unique_ptr<World> world_ = GetParam().make();
};

TEST_P(JournalConformanceTest, FreshStoreIsEmpty) {
  Driver driver(*world_);
  ASSERT_FALSE(driver.error);
  EXPECT_TRUE(driver.recovered.fresh);
  EXPECT_FALSE(driver.recovered.clean_shutdown);
  EXPECT_EQ(driver.recovered.last, Lsn{0});
  EXPECT_EQ(driver.recovered.start, 1u);
  EXPECT_EQ(driver.recovered.next_session, SessionNumber{1});
  EXPECT_EQ(driver.recovered.next_message, MessageNumber{1});
  EXPECT_EQ(driver.found.order, "");
}

// D3: positions follow each other, completions come in that order, once each.
TEST_P(JournalConformanceTest, D3CompletionsComeInOrder) {
  Driver driver(*world_);
  ASSERT_FALSE(driver.error);
  std::vector<std::uint64_t> expected;
  for (std::uint64_t i = 1; i <= 50; ++i) {
    const Lsn lsn =
        driver.Submit([&](Batch& batch) { batch.PutState(SessionNumber{1}, StateWithHead(i)); });
    EXPECT_EQ(lsn, Lsn{i});
    expected.push_back(i);
  }
  EXPECT_TRUE(driver.WaitDurable(Lsn{50}));
  EXPECT_EQ(driver.completions, expected);
}

// The batch comes back with what it holds, to be used again on the loop thread.
TEST_P(JournalConformanceTest, BatchIsHandedBack) {
  Driver driver(*world_);
  ASSERT_FALSE(driver.error);
  auto batch = std::make_unique<Batch>();
  Batch* const address = batch.get();
  batch->Append(SessionNumber{1}, Seq{1}, kQos2, MakeMessage("t", "x"));
  ASSERT_TRUE(driver.WaitDurable(driver.journal->Submit(std::move(batch))));
  EXPECT_EQ(driver.last_batch.get(), address);
  EXPECT_EQ(driver.last_batch->ops().size(), 1u);
}

TEST_P(JournalConformanceTest, EmptyBatchIsACommit) {
  Driver driver(*world_);
  ASSERT_FALSE(driver.error);
  EXPECT_TRUE(driver.Commit([](Batch& batch) { batch.set_times({5, 6}); }));
  driver.journal.reset();
  Driver again(*world_);
  EXPECT_EQ(again.recovered.last, Lsn{1});
  EXPECT_EQ(again.recovered.times.broker_ms, 5u);
  EXPECT_EQ(again.recovered.times.wall_ms, 6u);
}

// D5: everything put comes back after a crash, in the order that `RecoverySink` promises.
TEST_P(JournalConformanceTest, D5SessionsComeBack) {
  SessionRecord a = MakeSession("a");
  a.user_name = "alice";
  a.connected = true;
  a.start = 1;
  a.epoch = 7;
  a.expiry_s = 60;
  a.disconnected_ms = 99;
  const SessionRecord b = MakeSession("b");
  const SubscriptionRecord exact{QoS::kExactlyOnce, true, true, 2, 268'435'455};
  StateRecord state;
  state.head = Seq{100};
  state.reserved_tail = Seq{1124};
  state.send_mark = Seq{164};
  state.finished.InsertRange(102, 110);
  state.awaiting_pubcomp.Insert(98);
  state.inbound.Insert(1);
  state.inbound.Insert(65'535);
  {
    Driver driver(*world_);
    ASSERT_FALSE(driver.error);
    ASSERT_TRUE(driver.Commit([&](Batch& batch) {
      batch.PutSession(SessionNumber{300}, b);
      batch.PutSession(SessionNumber{2}, a);
      batch.PutSubscription(SessionNumber{300}, "x/#", {});
      batch.PutSubscription(SessionNumber{2}, "bill/+", exact);
      batch.PutSubscription(SessionNumber{2}, "a", {});
      batch.PutState(SessionNumber{2}, state);
      batch.Reserve(SessionNumber{65'537}, MessageNumber{131'073});
    }));
  }
  Driver driver(*world_);
  ASSERT_FALSE(driver.error);
  EXPECT_EQ(driver.recovered.last, Lsn{1});
  EXPECT_EQ(driver.recovered.start, 2u);
  EXPECT_FALSE(driver.recovered.fresh);
  EXPECT_FALSE(driver.recovered.clean_shutdown);
  EXPECT_EQ(driver.recovered.next_session, SessionNumber{65'537});
  EXPECT_EQ(driver.recovered.next_message, MessageNumber{131'073});
  EXPECT_EQ(driver.found.order, "ssffft");
  EXPECT_THAT(driver.found.sessions, ElementsAre(std::pair(2u, a), std::pair(300u, b)));
  EXPECT_THAT(
      driver.found.subscriptions,
      ElementsAre(std::tuple(2u, "a", SubscriptionRecord{}), std::tuple(2u, "bill/+", exact),
                  std::tuple(300u, "x/#", SubscriptionRecord{})));
  EXPECT_THAT(driver.found.states, ElementsAre(std::pair(2u, state)));
}

TEST_P(JournalConformanceTest, LaterPutsWinWithinABatchToo) {
  SessionRecord second = MakeSession("a");
  second.epoch = 2;
  {
    Driver driver(*world_);
    ASSERT_TRUE(driver.Commit([&](Batch& batch) {
      batch.PutSession(SessionNumber{1}, MakeSession("a"));
      batch.PutSession(SessionNumber{1}, second);
      batch.PutSubscription(SessionNumber{1}, "f", {});
      batch.EraseSubscription(SessionNumber{1}, "f");
      batch.EraseSubscription(SessionNumber{1}, "g");
      batch.PutSubscription(SessionNumber{1}, "g", {});
      batch.PutState(SessionNumber{1}, StateWithHead(5));
      batch.PutState(SessionNumber{1}, StateWithHead(6));
    }));
  }
  Driver driver(*world_);
  EXPECT_THAT(driver.found.sessions, ElementsAre(std::pair(1u, second)));
  EXPECT_THAT(driver.found.subscriptions, ElementsAre(std::tuple(1u, "g", SubscriptionRecord{})));
  EXPECT_THAT(driver.found.states, ElementsAre(std::pair(1u, StateWithHead(6))));
}

// D5: a will is there until it is erased, also after a crash.
TEST_P(JournalConformanceTest, D5WillsComeBack) {
  {
    Driver driver(*world_);
    ASSERT_TRUE(driver.Commit([&](Batch& batch) {
      batch.PutSession(SessionNumber{1}, MakeSession("a"));
      batch.PutSession(SessionNumber{2}, MakeSession("b"));
      batch.PutWill(SessionNumber{1}, 0, MakeMessage("gone/a", "old"));
      batch.PutWill(SessionNumber{1}, 30, MakeMessage("gone/a", "bye"));
      batch.PutWill(SessionNumber{2}, 0, MakeMessage("gone/b", "bye"));
    }));
    ASSERT_TRUE(driver.Commit([&](Batch& batch) { batch.EraseWill(SessionNumber{2}); }));
  }
  Driver driver(*world_);
  EXPECT_EQ(driver.found.order, "ssw");
  EXPECT_THAT(driver.found.wills, ElementsAre(std::tuple(1u, 30u, MakeMessage("gone/a", "bye"))));
}

// D9: the time of each start that committed something, but for the one that asks.
TEST_P(JournalConformanceTest, D9TimesOfStartsComeBack) {
  for (const std::uint64_t broker_ms : {10u, 20u}) {
    Driver driver(*world_);
    ASSERT_TRUE(driver.Commit([&](Batch& batch) { batch.set_times({broker_ms, 0}); }));
    ASSERT_TRUE(driver.Commit([&](Batch& batch) { batch.set_times({broker_ms + 5, 0}); }));
  }
  { Driver without_a_commit(*world_); }
  Driver driver(*world_);
  EXPECT_EQ(driver.recovered.start, 4u);
  EXPECT_THAT(driver.recovered.start_times, ElementsAre(std::pair(1u, 10u), std::pair(2u, 20u)));
}

// An ended session is gone at once; what it leaves behind is named until it has been reaped.
TEST_P(JournalConformanceTest, EndedSessionIsDeadUntilReaped) {
  {
    Driver driver(*world_);
    ASSERT_TRUE(driver.Commit([&](Batch& batch) {
      batch.PutSession(SessionNumber{1}, MakeSession("a"));
      batch.PutSubscription(SessionNumber{1}, "f", {});
      batch.PutSubscription(SessionNumber{1}, "g", {});
      batch.PutState(SessionNumber{1}, StateWithHead(1));
      batch.Append(SessionNumber{1}, Seq{1}, kQos2, MakeMessage("f", "x"));
    }));
    // A clean start: the same client identifier under a new number, one batch.
    ASSERT_TRUE(driver.Commit([&](Batch& batch) {
      batch.EraseSession(SessionNumber{1}, "a");
      batch.PutSession(SessionNumber{2}, MakeSession("a"));
      batch.PutSubscription(SessionNumber{2}, "h", {});
    }));
  }
  {
    Driver driver(*world_);
    EXPECT_EQ(driver.found.order, "sdf");
    EXPECT_THAT(driver.found.sessions, ElementsAre(std::pair(2u, MakeSession("a"))));
    EXPECT_THAT(driver.found.dead, ElementsAre(1u));
    EXPECT_THAT(driver.found.subscriptions, ElementsAre(std::tuple(2u, "h", SubscriptionRecord{})));
    ASSERT_TRUE(driver.Commit([&](Batch& batch) { batch.ReapSession(SessionNumber{1}); }));
    ASSERT_TRUE(driver.Commit([&](Batch& batch) { batch.ReapSession(SessionNumber{1}); }));
  }
  Driver driver(*world_);
  EXPECT_EQ(driver.found.order, "sf");
  EXPECT_THAT(driver.found.dead, IsEmpty());
}

TEST_P(JournalConformanceTest, StartsAreCountedAndCleanOnesKnown) {
  for (std::uint32_t start = 1; start <= 4; ++start) {
    Driver driver(*world_);
    ASSERT_FALSE(driver.error);
    EXPECT_EQ(driver.recovered.start, start);
    EXPECT_EQ(driver.recovered.clean_shutdown, start % 2 == 0);
    if (start % 2 == 1) driver.journal->Close();
  }
}

TEST_P(JournalConformanceTest, CloseWritesWhatIsTaken) {
  {
    Driver driver(*world_);
    for (std::uint64_t i = 1; i <= 20; ++i) {
      driver.Submit([&](Batch& batch) {
        batch.Append(SessionNumber{1}, Seq{i}, kQos2, MakeMessage("t", "x"));
        if (i == 1) batch.PutSession(SessionNumber{1}, MakeSession("a"));
      });
    }
    driver.journal->Close();
    driver.Collect();
    EXPECT_EQ(driver.durable, Lsn{20});
  }
  Driver driver(*world_);
  EXPECT_EQ(driver.recovered.last, Lsn{20});
  EXPECT_EQ(driver.Read(1, 1).entries.size(), 20u);
}

// --- Pages
// -----------------------------------------------------------------------------------------------

TEST_P(JournalConformanceTest, EntriesComeBackWhole) {
  const auto check = [](Driver& driver) {
    const Page page = driver.Read(7, 1);
    EXPECT_EQ(page.queue, SessionNumber{7});
    EXPECT_EQ(page.as_of, Lsn{1});
    EXPECT_TRUE(page.complete);
    EXPECT_FALSE(page.corrupt);
    ASSERT_EQ(SeqsOf(page), "3 9");
    EXPECT_EQ(page.entries[0].header, kQos2);
    EXPECT_EQ(page.entries[1].header, kQos1Retained);
    const Message& message = *page.entries[0].message;
    EXPECT_EQ(message.topic(), "bill/1");
    EXPECT_EQ(message.properties(), "props");
    EXPECT_EQ(message.payload(), std::string_view("a\0b", 3));
    EXPECT_EQ(message.qos(), QoS::kExactlyOnce);
    EXPECT_TRUE(message.retain());
    EXPECT_EQ(message.published_ms(), 1ull << 40);
    EXPECT_EQ(page.entries[1].message->payload(), "");
  };
  {
    Driver driver(*world_);
    ASSERT_TRUE(driver.Commit([&](Batch& batch) {
      batch.PutSession(SessionNumber{7}, MakeSession("a"));
      batch.Append(SessionNumber{7}, Seq{3}, kQos2,
                   Message::Make({QoS::kExactlyOnce, true, 1ull << 40}, "bill/1", "props",
                                 std::string_view("a\0b", 3)));
      batch.Append(SessionNumber{7}, Seq{9}, kQos1Retained, MakeMessage("t", ""));
      batch.Append(SessionNumber{8}, Seq{1}, kQos2, MakeMessage("other", "queue"));
      batch.Append(SessionNumber{6}, Seq{1}, kQos2, MakeMessage("other", "queue"));
    }));
    check(driver);
  }
  Driver driver(*world_);
  check(driver);
}

TEST_P(JournalConformanceTest, PagesKeepTheirLimits) {
  Driver driver(*world_);
  ASSERT_TRUE(driver.Commit([&](Batch& batch) {
    batch.PutSession(SessionNumber{1}, MakeSession("a"));
    for (std::uint64_t i = 1; i <= 10; ++i) {
      batch.Append(SessionNumber{1}, Seq{i * 10}, kQos2, MakeMessage("t", std::string(1000, 'x')));
    }
  }));
  struct Row {
    std::uint64_t from;
    PageLimits limits;
    const char* seqs;
    bool complete;
  };
  const Row rows[] = {
      {1, {3, 1u << 20}, "10 20 30", false},
      {10, {3, 1u << 20}, "10 20 30", false},
      {11, {3, 1u << 20}, "20 30 40", false},
      {71, {3, 1u << 20}, "80 90 100", true},
      {71, {2, 1u << 20}, "80 90", false},
      {1, {100, 2000}, "10 20", false},
      {1, {100, 1}, "10", false},  // one at least
      {1, {0, 0}, "10", false},
      {100, {1, 1}, "100", true},
      {101, {3, 1u << 20}, "", true},
  };
  for (const Row& row : rows) {
    const Page page = driver.Read(1, row.from, row.limits);
    EXPECT_EQ(SeqsOf(page), row.seqs) << "from " << row.from << ", " << row.limits.entries
                                      << " entries, " << row.limits.bytes << " bytes";
    EXPECT_EQ(page.complete, row.complete) << "from " << row.from;
  }
  const Page none = driver.Read(99, 1);
  EXPECT_TRUE(none.complete);
  EXPECT_FALSE(none.corrupt);
}

// A page read after the completion of a batch has what that batch appended, and says so.
TEST_P(JournalConformanceTest, PagesNameThePositionTheyShow) {
  Driver driver(*world_);
  for (std::uint64_t i = 1; i <= 20; ++i) {
    ASSERT_TRUE(driver.Commit([&](Batch& batch) {
      if (i == 1) batch.PutSession(SessionNumber{1}, MakeSession("a"));
      batch.Append(SessionNumber{1}, Seq{i}, kQos2, MakeMessage("t", "x"));
    }));
    const Page page = driver.Read(1, 1);
    EXPECT_GE(page.as_of, Lsn{i});
    EXPECT_EQ(page.entries.size(), i);
  }
}

// --- Shared bodies
// ---------------------------------------------------------------------------------------

TEST_P(JournalConformanceTest, D4SharedBodyReachesEveryOwner) {
  const std::vector<Owner> owners = {{SessionNumber{1}, Seq{5}}, {SessionNumber{2}, Seq{1}}};
  {
    Driver driver(*world_);
    ASSERT_TRUE(driver.Commit([&](Batch& batch) {
      batch.PutSession(SessionNumber{1}, MakeSession("a"));
      batch.PutSession(SessionNumber{2}, MakeSession("b"));
      batch.PutMessage(MessageNumber{1}, owners, MakeMessage("t", "shared"));
      batch.AppendReference(SessionNumber{1}, Seq{5}, kQos2, MessageNumber{1});
      batch.AppendReference(SessionNumber{2}, Seq{1}, kQos1Retained, MessageNumber{1});
    }));
    // The first owner finishes; the second one still has its body.
    ASSERT_TRUE(
        driver.Commit([&](Batch& batch) { batch.PutState(SessionNumber{1}, StateWithHead(6)); }));
  }
  Driver driver(*world_);
  const Page page = driver.Read(2, 1);
  ASSERT_EQ(SeqsOf(page), "1");
  EXPECT_FALSE(page.corrupt);
  EXPECT_EQ(page.entries[0].header, kQos1Retained);
  EXPECT_EQ(page.entries[0].message->payload(), "shared");
}

// A reference without its body is damage, unless its entry is finished anyway.
TEST_P(JournalConformanceTest, MissingBodyIsCorruptUnlessFinished) {
  Driver driver(*world_);
  ASSERT_TRUE(driver.Commit([&](Batch& batch) {
    batch.PutSession(SessionNumber{1}, MakeSession("a"));
    batch.Append(SessionNumber{1}, Seq{1}, kQos2, MakeMessage("t", "x"));
    batch.AppendReference(SessionNumber{1}, Seq{2}, kQos2, MessageNumber{77});
    batch.Append(SessionNumber{1}, Seq{3}, kQos2, MakeMessage("t", "x"));
  }));
  const Page damaged = driver.Read(1, 1);
  EXPECT_TRUE(damaged.corrupt);
  EXPECT_EQ(SeqsOf(damaged), "1");
  ASSERT_TRUE(
      driver.Commit([&](Batch& batch) { batch.PutState(SessionNumber{1}, StateWithHead(3)); }));
  const Page finished = driver.Read(1, 2);
  EXPECT_FALSE(finished.corrupt);
  EXPECT_EQ(SeqsOf(finished), "3");
}

INSTANTIATE_TEST_SUITE_P(Journals, JournalConformanceTest, testing::ValuesIn(WorldKinds()),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace tallymq::storage
