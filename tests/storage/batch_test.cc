// Goal: what a batch counts is what it writes, and a batch is used again without growing for ever.
// Method: every operation through `WriteRecords` into a sink that counts and prints.

#include "tallymq/storage/batch.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "journal_world.h"
#include "records.h"

namespace tallymq::storage {
namespace {

struct PrintingSink {
  void Put(Table table, std::string_view key, std::string_view head, std::string_view rest = {}) {
    Line(table, " += ", key);
    bytes += key.size() + head.size() + rest.size();
  }
  void Delete(Table table, std::string_view key) {
    Line(table, " -= ", key);
    bytes += key.size();
  }
  void DeleteRange(Table table, std::string_view begin, std::string_view end) {
    Line(table, " -- ", begin);
    bytes += begin.size() + end.size();
  }
  void Line(Table table, const char* what, std::string_view key) {
    text += std::string(TableName(table)) + what;
    for (const char c : key) {
      const char digits[] = {"0123456789abcdef"[static_cast<unsigned char>(c) >> 4],
                             "0123456789abcdef"[static_cast<unsigned char>(c) & 15], 0};
      if (std::string_view(digits) != "00") text += digits;
    }
    text += '\n';
    ++records;
  }
  std::string text;
  std::size_t records = 0;
  std::size_t bytes = 0;
};

struct Row {
  const char* name;
  std::function<void(Batch&)> fill;
  const char* records;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

const Owner kOwners[] = {{SessionNumber{1}, Seq{2}}, {SessionNumber{2}, Seq{9}}};

const Row kRows[] = {
    {"PutSession", [](Batch& b) { b.PutSession(SessionNumber{5}, MakeSession("ab")); },
     "sess += 0105\nsess += 026162\n"},
    {"EraseSession", [](Batch& b) { b.EraseSession(SessionNumber{5}, "ab"); },
     "sess -= 0105\nsess -= 026162\nsess += 0405\n"},
    {"PutWill", [](Batch& b) { b.PutWill(SessionNumber{5}, 3, MakeMessage("gone", "bye")); },
     "sess += 0305\n"},
    {"EraseWill", [](Batch& b) { b.EraseWill(SessionNumber{5}); }, "sess -= 0305\n"},
    {"PutRetained", [](Batch& b) { b.PutRetained(MessageNumber{7}, MakeMessage("a/b", "x")); },
     "ret += 6162\n"},
    {"EraseRetained", [](Batch& b) { b.EraseRetained("a/b"); }, "ret -= 6162\n"},
    {"ReapSession", [](Batch& b) { b.ReapSession(SessionNumber{5}); },
     "sub -- 05\nst -= 05\nsess -= 0405\n"},
    {"PutSubscription", [](Batch& b) { b.PutSubscription(SessionNumber{5}, "a", {}); },
     "sub += 0561\n"},
    {"EraseSubscription", [](Batch& b) { b.EraseSubscription(SessionNumber{5}, "a"); },
     "sub -= 0561\n"},
    {"PutState", [](Batch& b) { b.PutState(SessionNumber{5}, {}); }, "st += 05\n"},
    {"Append",
     [](Batch& b) { b.Append(SessionNumber{5}, Seq{6}, {}, MakeMessage("topic", "payload")); },
     "q += 0506\n"},
    {"AppendReference",
     [](Batch& b) { b.AppendReference(SessionNumber{5}, Seq{6}, {}, MessageNumber{7}); },
     "q += 0506\n"},
    {"PutMessage",
     [](Batch& b) { b.PutMessage(MessageNumber{7}, kOwners, MakeMessage("topic", "payload")); },
     "m += 07\n"},
    {"Reserve", [](Batch& b) { b.Reserve(SessionNumber{5}, MessageNumber{6}); }, "default += 04\n"},
};

class BatchTest : public testing::TestWithParam<Row> {};

TEST_P(BatchTest, CountsTheRecordsItWrites) {
  Batch batch;
  EXPECT_TRUE(batch.empty());
  GetParam().fill(batch);
  EXPECT_FALSE(batch.empty());
  PrintingSink sink;
  std::string scratch;
  WriteRecords(batch, scratch, sink);
  EXPECT_EQ(sink.text, GetParam().records);
  EXPECT_EQ(batch.records(), sink.records);
  EXPECT_GT(batch.bytes(), 0u);
  EXPECT_LT(batch.bytes(), sink.bytes + 32);
  EXPECT_GT(batch.bytes() + 32, sink.bytes);
}

INSTANTIATE_TEST_SUITE_P(Operations, BatchTest, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(BatchMemoryTest, ClearedBatchIsEmptyAndLetsMessagesGo) {
  Batch batch;
  for (const Row& row : kRows) row.fill(batch);
  batch.set_times({1, 2});
  batch.Clear();
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.records(), 0u);
  EXPECT_EQ(batch.bytes(), 0u);
  EXPECT_EQ(batch.times().wall_ms, 0u);
  // Filled again, positions begin anew.
  batch.PutSubscription(SessionNumber{1}, "again", {});
  EXPECT_EQ(batch.first(batch.ops()[0]), "again");
}

// The commit record comes with every batch; the first of a start also keeps the time of the start.
TEST(CommitRecordTest, FirstCommitKeepsTheTimeOfTheStart) {
  PrintingSink sink;
  WriteCommit({Lsn{1}, {5, 6}}, 3, sink);
  WriteCommit({Lsn{2}, {5, 6}}, 0, sink);
  EXPECT_EQ(sink.text, "default += 0603\ndefault += 03\ndefault += 03\n");
}

}  // namespace
}  // namespace tallymq::storage
