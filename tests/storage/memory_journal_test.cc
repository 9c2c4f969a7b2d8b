// Goal: the journal in memory lets a test decide when a batch is durable and what a crash leaves.
// Method: manual completions, crashes between them, copies of the disk.

#include "tallymq/storage/memory_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "journal_world.h"
#include "memory_disk.h"

namespace tallymq::storage {
namespace {

class MemoryJournalTest : public testing::Test {
 protected:
  std::unique_ptr<MemoryJournal> Start(std::shared_ptr<MemoryDisk> disk) {
    auto journal = std::make_unique<MemoryJournal>(
        std::move(disk), MemoryJournal::Completion::kManual, [this] { ++wakes_; });
    found_ = {};
    EXPECT_TRUE((recovered_ = *journal->Recover(found_)).start > 0);
    return journal;
  }

  static Lsn Append(MemoryJournal& journal, std::uint64_t seq) {
    auto batch = std::make_unique<Batch>();
    batch->PutSession(SessionNumber{1}, MakeSession("a"));
    batch->Append(SessionNumber{1}, Seq{seq}, {}, MakeMessage("t", "x"));
    return journal.Submit(std::move(batch));
  }

  static std::vector<JournalEvent> Collect(MemoryJournal& journal) {
    std::vector<JournalEvent> events;
    journal.Collect(events);
    return events;
  }

  std::shared_ptr<MemoryDisk> disk_ = MakeMemoryDisk();
  RecordingSink found_;
  Recovered recovered_;
  int wakes_ = 0;
};

TEST_F(MemoryJournalTest, NothingIsDurableBeforeItsStep) {
  auto journal = Start(disk_);
  Append(*journal, 1);
  Append(*journal, 2);
  EXPECT_EQ(journal->pending_batches(), 2u);
  EXPECT_TRUE(Collect(*journal).empty());
  EXPECT_EQ(wakes_, 0);
  EXPECT_TRUE(journal->CommitNext());
  EXPECT_EQ(wakes_, 1);
  const auto events = Collect(*journal);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(std::get<Durable>(events[0]).lsn, Lsn{1});
}

// D3: a crash leaves the commits up to one, whole, and none behind it.
TEST_F(MemoryJournalTest, D3CrashLeavesAPrefix) {
  for (std::uint64_t commits = 0; commits <= 3; ++commits) {
    disk_ = MakeMemoryDisk();
    auto journal = Start(disk_);
    for (std::uint64_t seq = 1; seq <= 3; ++seq) Append(*journal, seq);
    for (std::uint64_t i = 0; i < commits; ++i) EXPECT_TRUE(journal->CommitNext());
    journal.reset();
    Start(disk_);
    EXPECT_EQ(recovered_.last, Lsn{commits});
    EXPECT_EQ(disk_->records(Table::kQ).size(), commits);
  }
}

TEST_F(MemoryJournalTest, ReadsAreAnsweredAsOfTheirStep) {
  auto journal = Start(disk_);
  journal->ReadQueue(SessionNumber{1}, Seq{1}, {}, RequestNumber{9});
  Append(*journal, 1);
  EXPECT_TRUE(journal->CommitNext());
  EXPECT_EQ(journal->pending_reads(), 1u);
  EXPECT_TRUE(journal->AnswerNextRead());
  EXPECT_FALSE(journal->AnswerNextRead());
  auto events = Collect(*journal);
  ASSERT_EQ(events.size(), 2u);
  const Page& page = std::get<Page>(events[1]);
  EXPECT_EQ(page.request, RequestNumber{9});
  EXPECT_EQ(page.as_of, Lsn{1});
  EXPECT_EQ(page.entries.size(), 1u);
}

// D7: the failure is the last that is heard.
TEST_F(MemoryJournalTest, D7NothingFollowsADoubtfulWrite) {
  auto journal = Start(disk_);
  Append(*journal, 1);
  Append(*journal, 2);
  EXPECT_TRUE(journal->CommitNext());
  journal->FailNext();
  EXPECT_TRUE(journal->CommitNext());
  journal->ReadQueue(SessionNumber{1}, Seq{1}, {}, RequestNumber{1});
  EXPECT_FALSE(journal->CommitNext());
  EXPECT_FALSE(journal->AnswerNextRead());
  const auto events = Collect(*journal);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(std::get<JournalHealth>(events[1]).health, Health::kDoubtful);
  journal->Close();
  journal.reset();
  Start(disk_);
  EXPECT_EQ(recovered_.last, Lsn{1});
  EXPECT_FALSE(recovered_.clean_shutdown);
}

// What is finished is gone from the disk, at once and with its body: nobody may rely on it.
TEST_F(MemoryJournalTest, FinishedEntriesAreForgotten) {
  auto journal = Start(disk_);
  auto batch = std::make_unique<Batch>();
  const Owner owners[] = {{SessionNumber{1}, Seq{2}}, {SessionNumber{2}, Seq{1}}};
  batch->PutSession(SessionNumber{1}, MakeSession("a"));
  batch->PutSession(SessionNumber{2}, MakeSession("b"));
  batch->Append(SessionNumber{1}, Seq{1}, {}, MakeMessage("t", "x"));
  batch->PutMessage(MessageNumber{4}, owners, MakeMessage("t", "shared"));
  batch->AppendReference(SessionNumber{1}, Seq{2}, {}, MessageNumber{4});
  batch->AppendReference(SessionNumber{2}, Seq{1}, {}, MessageNumber{4});
  batch->Append(SessionNumber{1}, Seq{3}, {}, MakeMessage("t", "x"));
  journal->Submit(std::move(batch));
  journal->CommitNext();
  EXPECT_EQ(disk_->records(Table::kQ).size(), 4u);

  batch = std::make_unique<Batch>();
  StateRecord state;
  state.head = Seq{3};
  batch->PutState(SessionNumber{1}, state);
  journal->Submit(std::move(batch));
  EXPECT_EQ(disk_->records(Table::kQ).size(), 4u) << "not before it is durable";
  journal->CommitNext();
  EXPECT_EQ(disk_->records(Table::kQ).size(), 2u);
  EXPECT_EQ(disk_->records(Table::kM).size(), 1u);

  batch = std::make_unique<Batch>();
  batch->EraseSession(SessionNumber{2}, "b");
  journal->Submit(std::move(batch));
  journal->CommitNext();
  EXPECT_EQ(disk_->records(Table::kQ).size(), 1u);
  EXPECT_EQ(disk_->records(Table::kM).size(), 0u);
}

TEST_F(MemoryJournalTest, CopyOfADiskGoesItsOwnWay) {
  auto journal = Start(disk_);
  Append(*journal, 1);
  Append(*journal, 2);
  journal->CommitNext();
  const auto copy = CopyMemoryDisk(*disk_);
  journal->CommitNext();
  Start(copy);
  EXPECT_EQ(recovered_.last, Lsn{1});
  EXPECT_EQ(disk_->records(Table::kQ).size(), 2u);
}

TEST_F(MemoryJournalTest, AutomaticCompletionComesWithCollect) {
  MemoryJournal journal(disk_, MemoryJournal::Completion::kAutomatic, [this] { ++wakes_; });
  ASSERT_TRUE(journal.Recover(found_).has_value());
  Append(journal, 1);
  EXPECT_EQ(wakes_, 1);
  EXPECT_EQ(Collect(journal).size(), 1u);
}

}  // namespace
}  // namespace tallymq::storage
