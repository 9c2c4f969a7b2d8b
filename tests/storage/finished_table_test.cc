// Goal: only what durable records finish counts as finished.
// Method: a table is told what happens, and asked.

#include "finished_table.h"

#include <gtest/gtest.h>

#include "format.h"
#include "journal_world.h"

namespace tallymq::storage {
namespace {

StateRecord Head(std::uint64_t head) {
  StateRecord record;
  record.head = Seq{head};
  return record;
}

std::uint64_t Next(const FinishedTable& table, std::uint64_t session, std::uint64_t seq) {
  return table.FirstUnfinished(SessionNumber{session}, Seq{seq}).value();
}

constexpr std::uint64_t kAll = FinishedTable::kAllFinished.value();

TEST(FinishedTableTest, NothingIsFinishedBeforeAllSessionsAreKnown) {
  FinishedTable table;
  table.Add(SessionNumber{1});
  table.Advance(SessionNumber{1}, Head(100));
  EXPECT_EQ(Next(table, 1, 5), 5u);
  EXPECT_EQ(Next(table, 2, 5), 5u);
  table.SetComplete();
  EXPECT_EQ(Next(table, 1, 5), 100u);
  EXPECT_EQ(Next(table, 2, 5), kAll);
}

TEST(FinishedTableTest, HeadsNeverGoBack) {
  FinishedTable table;
  table.SetComplete();
  table.Add(SessionNumber{1});
  EXPECT_EQ(Next(table, 1, 1), 1u);
  table.Advance(SessionNumber{1}, Head(10));
  table.Advance(SessionNumber{1}, Head(7));
  table.Add(SessionNumber{1});
  EXPECT_EQ(Next(table, 1, 1), 10u);
  EXPECT_EQ(Next(table, 1, 10), 10u);
  EXPECT_EQ(Next(table, 1, 11), 11u);
}

// A range counts from 1,024 entries on; shorter ones are not worth the memory.
TEST(FinishedTableTest, LongRangesAreSkipped) {
  FinishedTable table;
  table.SetComplete();
  table.Add(SessionNumber{1});
  StateRecord record = Head(10);
  record.finished.InsertRange(20, 20 + 1022);      // 1,023
  record.finished.InsertRange(3000, 3000 + 1023);  // 1,024
  record.finished.InsertRange(9000, 19'000);
  table.Advance(SessionNumber{1}, record);
  EXPECT_EQ(Next(table, 1, 1), 10u);
  EXPECT_EQ(Next(table, 1, 20), 20u);
  EXPECT_EQ(Next(table, 1, 2999), 2999u);
  EXPECT_EQ(Next(table, 1, 3000), 4024u);
  EXPECT_EQ(Next(table, 1, 4023), 4024u);
  EXPECT_EQ(Next(table, 1, 9500), 19'001u);
  table.Advance(SessionNumber{1}, Head(9000));
  EXPECT_EQ(Next(table, 1, 1), 9000u);
}

// A session is known from before its first record is written until its deletion is durable.
TEST(FinishedTableTest, BatchesMoveItInTwoSteps) {
  FinishedTable table;
  table.SetComplete();
  Batch making;
  making.PutSession(SessionNumber{3}, MakeSession("a"));
  making.PutState(SessionNumber{3}, Head(50));
  table.BeforeCommit(making);
  EXPECT_EQ(Next(table, 3, 1), 1u);
  table.AfterCommit(making);
  EXPECT_EQ(Next(table, 3, 1), 50u);

  Batch ending;
  ending.EraseSession(SessionNumber{3}, "a");
  ending.PutState(SessionNumber{3}, Head(60));
  table.BeforeCommit(ending);
  EXPECT_EQ(Next(table, 3, 70), 70u);
  table.AfterCommit(ending);
  EXPECT_EQ(Next(table, 3, 70), kAll);
  EXPECT_FALSE(table.Known(SessionNumber{3}));
}

TEST(FinishedTableTest, ManySessionsKeepApart) {
  FinishedTable table;
  table.SetComplete();
  for (std::uint64_t s = 1; s <= 1000; ++s) {
    table.Add(SessionNumber{s});
    table.Advance(SessionNumber{s}, Head(s * 10));
  }
  for (std::uint64_t s = 2; s <= 1000; s += 2) table.Remove(SessionNumber{s});
  for (std::uint64_t s = 1; s <= 1000; ++s)
    EXPECT_EQ(Next(table, s, 1), s % 2 == 0 ? kAll : s * 10);
}

TEST(FinishedTableTest, BodyIsFinishedWithItsLastOwner) {
  FinishedTable table;
  table.SetComplete();
  table.Add(SessionNumber{1});
  table.Add(SessionNumber{2});
  const Owner owners[] = {
      {SessionNumber{1}, Seq{5}}, {SessionNumber{2}, Seq{6}}, {SessionNumber{9}, Seq{1}}};
  std::string body;
  const MessagePtr message = MakeMessage("t", "x");
  EncodeBodyHead(owners, *message, body);
  body += MessageBytes(*message);
  EXPECT_FALSE(table.BodyFinished(body));
  table.Advance(SessionNumber{1}, Head(6));
  EXPECT_FALSE(table.BodyFinished(body));
  table.Advance(SessionNumber{2}, Head(7));
  EXPECT_TRUE(table.BodyFinished(body));
  EXPECT_FALSE(table.BodyFinished("?")) << "what does not decode is kept for verification";
}

}  // namespace
}  // namespace tallymq::storage
