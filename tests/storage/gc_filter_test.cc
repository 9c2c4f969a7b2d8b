// Goal: compaction forgets what is finished, on flush too, and nothing else.
// Method: queues and bodies in a RocksDB store; the column families are flushed and compacted, and
// what is left is listed.

#include <gtest/gtest.h>

#include "recovery.h"
#include "rocks_world.h"

namespace tallymq::storage {
namespace {

const EntryHeader kQos2{QoS::kExactlyOnce, false};

class GcFilterTest : public testing::Test {
 protected:
  void SetUp() override { Restart(); }

  void Restart() {
    driver_.reset();
    driver_ = std::make_unique<Driver>(world_);
    ASSERT_FALSE(driver_->error);
  }

  RocksStore& store() { return StoreForTest(*driver_->journal); }

  void Flush() {
    for (const Table table : {Table::kQ, Table::kM}) {
      ASSERT_TRUE(store().db().Flush({}, store().handle(table)).ok());
    }
  }
  void Compact() {
    rocksdb::CompactRangeOptions options;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    for (const Table table : {Table::kQ, Table::kM}) {
      ASSERT_TRUE(store().db().CompactRange(options, store().handle(table), nullptr, nullptr).ok());
    }
  }

  // "q 1/1 q 1/2 m 7".
  std::string Left() {
    std::string text;
    for (const Table table : {Table::kQ, Table::kM}) {
      EXPECT_TRUE(store()
                      .Scan(table,
                            [&](std::string_view key, std::string_view) {
                              if (!text.empty()) text += ' ';
                              text += KeyText(table, key);
                              return true;
                            })
                      .has_value());
    }
    return text;
  }

  std::uint64_t Tombstones() {
    std::uint64_t deletions = 0;
    for (const Table table : {Table::kQ, Table::kM}) {
      rocksdb::TablePropertiesCollection tables;
      EXPECT_TRUE(store().db().GetPropertiesOfAllTables(store().handle(table), &tables).ok());
      for (const auto& [name, properties] : tables) deletions += properties->num_deletions;
    }
    return deletions;
  }

  void Fill() {
    ASSERT_TRUE(driver_->Commit([](Batch& batch) {
      batch.PutSession(SessionNumber{1}, MakeSession("a"));
      batch.PutSession(SessionNumber{2}, MakeSession("b"));
      for (std::uint64_t seq = 1; seq <= 3; ++seq) {
        batch.Append(SessionNumber{1}, Seq{seq}, kQos2, MakeMessage("t", "x"));
      }
      const Owner owners[] = {{SessionNumber{1}, Seq{4}}, {SessionNumber{2}, Seq{1}}};
      batch.PutMessage(MessageNumber{7}, owners, MakeMessage("t", "shared"));
      batch.AppendReference(SessionNumber{1}, Seq{4}, kQos2, MessageNumber{7});
      batch.AppendReference(SessionNumber{2}, Seq{1}, kQos2, MessageNumber{7});
    }));
  }

  void Acknowledge(std::uint64_t session, std::uint64_t head) {
    ASSERT_TRUE(driver_->Commit([&](Batch& batch) {
      StateRecord state;
      state.head = Seq{head};
      batch.PutState(SessionNumber{session}, state);
    }));
  }

  RocksWorld world_;
  std::unique_ptr<Driver> driver_;
};

TEST_F(GcFilterTest, FlushForgetsWhatIsFinished) {
  Fill();
  Acknowledge(1, 3);
  Flush();
  EXPECT_EQ(Left(), "q 1/3 q 1/4 q 2/1 m 7");
  EXPECT_EQ(Tombstones(), 0u);
}

TEST_F(GcFilterTest, CompactionForgetsWhatIsFinished) {
  Fill();
  Flush();
  EXPECT_EQ(Left(), "q 1/1 q 1/2 q 1/3 q 1/4 q 2/1 m 7");
  Acknowledge(1, 5);
  Compact();
  EXPECT_EQ(Left(), "q 2/1 m 7") << "the body has an owner left";
  Acknowledge(2, 2);
  Compact();
  EXPECT_EQ(Left(), "");
  EXPECT_EQ(Tombstones(), 0u);
}

TEST_F(GcFilterTest, EndedSessionIsForgotten) {
  Fill();
  ASSERT_TRUE(driver_->Commit([](Batch& batch) { batch.EraseSession(SessionNumber{1}, "a"); }));
  Compact();
  EXPECT_EQ(Left(), "q 2/1 m 7");
}

TEST_F(GcFilterTest, LongFinishedRangeIsForgotten) {
  ASSERT_TRUE(driver_->Commit([](Batch& batch) {
    batch.PutSession(SessionNumber{1}, MakeSession("a"));
    for (std::uint64_t seq = 1; seq <= 1100; ++seq) {
      batch.Append(SessionNumber{1}, Seq{seq}, kQos2, MakeMessage("t", "x"));
    }
  }));
  ASSERT_TRUE(driver_->Commit([](Batch& batch) {
    StateRecord state;
    state.finished.InsertRange(3, 1026);
    state.finished.InsertRange(1030, 1098);
    batch.PutState(SessionNumber{1}, state);
  }));
  Compact();
  const std::string left = Left();
  EXPECT_EQ(left.substr(0, 26), "q 1/1 q 1/2 q 1/1027 q 1/1");
  EXPECT_NE(left.find("q 1/1030 "), std::string::npos) << "69 are no long range";
}

// After a restart nothing is forgotten until all heads are known; then what the records say.
TEST_F(GcFilterTest, NothingIsForgottenBeforeRecovery) {
  Fill();
  Acknowledge(1, 3);
  driver_.reset();
  auto opened = world_.Open({});
  ASSERT_TRUE(opened.has_value());
  driver_ = std::make_unique<Driver>();
  driver_->journal = std::move(*opened);
  Compact();
  EXPECT_EQ(Left(), "q 1/1 q 1/2 q 1/3 q 1/4 q 2/1 m 7");
  RecordingSink sink;
  ASSERT_TRUE(driver_->journal->Recover(sink).has_value());
  Compact();
  EXPECT_EQ(Left(), "q 1/3 q 1/4 q 2/1 m 7");
}

// Pages are read while compactions forget what is finished under them.
TEST_F(GcFilterTest, PagesMissFinishedEntriesOnly) {
  Fill();
  Acknowledge(1, 4);
  Compact();
  const Page page = driver_->Read(1, 1);
  EXPECT_FALSE(page.corrupt);
  EXPECT_EQ(SeqsOf(page), "4");
  EXPECT_EQ(page.entries[0].message->payload(), "shared");
}

}  // namespace
}  // namespace tallymq::storage
