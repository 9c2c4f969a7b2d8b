// Goal: the program itself on stores of the real journal: it shows what was made durable, changes
// not a byte, and knows a store that runs, is damaged or is none.
// Method: a store is made through `Journal` and crashed; `tallyctl` is run as a command on it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tallymq/storage/rocks_journal.h"

namespace tallymq::tallyctl {
namespace {

namespace fs = std::filesystem;
using storage::Seq;
using storage::SessionNumber;
using testing::HasSubstr;
using testing::IsEmpty;

struct Ran {
  int code;
  std::string out;
  std::string err;
};

std::string Slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class NoSink : public storage::RecoverySink {
  void OnSession(SessionNumber, const storage::SessionRecord&) override {}
  void OnDeadSession(SessionNumber) override {}
  void OnWill(SessionNumber, std::uint32_t, storage::MessagePtr) override {}
  void OnSubscription(SessionNumber, std::string_view,
                      const storage::SubscriptionRecord&) override {}
  void OnState(SessionNumber, const storage::StateRecord&) override {}
};

class BinaryTest : public testing::Test {
 protected:
  BinaryTest() {
    std::string pattern = (fs::temp_directory_path() / "tallyctl-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    store_ = folder_ / "store";
  }
  ~BinaryTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  Ran Tallyctl(const std::string& arguments) {
    const std::string out = folder_ / "out";
    const std::string err = folder_ / "err";
    const std::string command = std::string(TALLYCTL) + " --store " + store_.string() + " " +
                                arguments + " >" + out + " 2>" + err;
    const int status = std::system(command.c_str());
    EXPECT_TRUE(WIFEXITED(status)) << command;
    return {WEXITSTATUS(status), Slurp(out), Slurp(err)};
  }

  std::unique_ptr<storage::Journal> OpenJournal() {
    storage::RocksOptions options;
    options.path = store_;
    auto journal = storage::OpenRocksJournal(options, [] {});
    EXPECT_TRUE(journal.has_value());
    NoSink sink;
    EXPECT_TRUE((*journal)->Recover(sink).has_value());
    return std::move(*journal);
  }

  // A session "anna" (1) with an exchange in each state and a shared body, and "bert" (2). The
  // process ends by `Close` or, without, as if killed.
  void MakeStore(bool close) {
    auto journal = OpenJournal();
    auto batch = std::make_unique<storage::Batch>();
    batch->Reserve(SessionNumber{100}, storage::MessageNumber{1000});
    batch->set_times({.broker_ms = 60'000, .wall_ms = 1'764'490'504'250});
    for (const auto& [number, name] : {std::pair(1u, "anna"), std::pair(2u, "bert")}) {
      storage::SessionRecord record;
      record.client_id = name;
      record.start = 1;
      record.connected = number == 1;
      batch->PutSession(SessionNumber{number}, record);
      batch->PutSubscription(SessionNumber{number}, "bill/#", {.qos = QoS::kExactlyOnce});
    }
    storage::StateRecord state;
    state.head = Seq{2};
    state.reserved_tail = Seq{1025};
    state.send_mark = Seq{3};
    state.awaiting_pubcomp.Insert(1);
    state.inbound.Insert(77);
    batch->PutState(SessionNumber{1}, state);
    const auto message = [](std::string_view payload) {
      return storage::Message::Make({.qos = QoS::kExactlyOnce}, "bill/1", "", payload);
    };
    storage::StateRecord nothing_sent;
    nothing_sent.reserved_tail = Seq{1025};
    batch->PutState(SessionNumber{2}, nothing_sent);
    const storage::EntryHeader qos1{.qos = QoS::kAtLeastOnce};
    const storage::EntryHeader qos2{.qos = QoS::kExactlyOnce};
    batch->Append(SessionNumber{1}, Seq{1}, qos2, message("one"));
    batch->Append(SessionNumber{1}, Seq{2}, qos2, message("two"));
    batch->Append(SessionNumber{1}, Seq{3}, qos1, message("three"));
    const storage::Owner owners[] = {{SessionNumber{1}, Seq{4}}, {SessionNumber{2}, Seq{1}}};
    batch->PutMessage(storage::MessageNumber{7}, owners, message("shared"));
    batch->AppendReference(SessionNumber{1}, Seq{4}, qos2, storage::MessageNumber{7});
    batch->AppendReference(SessionNumber{2}, Seq{1}, qos2, storage::MessageNumber{7});
    const auto retained = [](const char* topic, std::string_view payload) {
      return storage::Message::Make({.qos = QoS::kAtLeastOnce, .retain = true}, topic, "", payload);
    };
    batch->PutWill(SessionNumber{1}, 0, retained("state/anna", "gone"));
    batch->PutRetained(storage::MessageNumber{8}, retained("state/anna", "here"));
    batch->PutRetained(storage::MessageNumber{9}, retained("$SYS/x", std::string_view("\0\n", 2)));
    for (std::uint64_t i = 0; i < 300; ++i) {  // more than a page
      batch->PutRetained(storage::MessageNumber{10 + i},
                         retained(("site/" + std::to_string(i)).c_str(), "on"));
    }
    const Lsn lsn = journal->Submit(std::move(batch));
    for (bool durable = false; !durable;) {
      std::vector<storage::JournalEvent> events;
      journal->Collect(events);
      for (const auto& event : events) {
        const auto* done = std::get_if<storage::Durable>(&event);
        durable = durable || (done != nullptr && done->lsn == lsn);
      }
    }
    if (close) journal->Close();
  }

  fs::path folder_;
  fs::path store_;
};

// D1, D4: what was durable is shown, exchange by exchange.
TEST_F(BinaryTest, ShowsWhatACrashLeft) {
  MakeStore(false);
  const Ran show = Tallyctl("session show anna -o json --payload");
  ASSERT_EQ(show.code, 0) << show.err;
  const auto anna = nlohmann::json::parse(show.out)["sessions"][0];
  EXPECT_EQ(anna["connected"], true);
  EXPECT_EQ(anna["subscriptions"][0]["filter"], "bill/#");
  EXPECT_EQ(anna["incoming"]["packet_ids"], nlohmann::json({77}));
  const auto out = anna["outgoing"];
  EXPECT_EQ(out["head"], 2);
  EXPECT_EQ(out["floor"], 1);
  EXPECT_EQ(out["waiting"], 1);
  ASSERT_EQ(out["in_flight"].size(), 3u);
  EXPECT_EQ(out["in_flight"][0]["state"], "awaiting_pubcomp");
  EXPECT_EQ(out["in_flight"][1]["state"], "awaiting_pubrec");
  EXPECT_EQ(out["in_flight"][1]["payload"], "two");
  EXPECT_EQ(out["in_flight"][2]["state"], "awaiting_puback");

  const auto queue = nlohmann::json::parse(Tallyctl("queue ls bert --payload -o json").out);
  ASSERT_EQ(queue["entries"].size(), 1u);
  EXPECT_EQ(queue["entries"][0]["payload"], "shared");

  const auto info = nlohmann::json::parse(Tallyctl("store info -o json").out);
  EXPECT_EQ(info["sessions"], 2);
  EXPECT_EQ(info["subscriptions"], 2);
  EXPECT_EQ(info["clean_shutdown"], false);
  EXPECT_EQ(info["last_commit_at"], "2025-11-30T08:15:04.250Z");
  EXPECT_EQ(info["commit_mark"], info["last_commit"]);
  EXPECT_EQ(Tallyctl("store verify").code, 0);
}

// What is retained and which will waits, as a crash left it.
TEST_F(BinaryTest, ShowsRetainedMessagesAndWills) {
  MakeStore(false);
  const auto listed = nlohmann::json::parse(Tallyctl("retained ls -o json").out);
  EXPECT_EQ(listed["count"], 301);
  EXPECT_EQ(listed["retained"].size(), 301u);
  EXPECT_THAT(Tallyctl("retained ls --all --count").out, testing::StartsWith("302 retained"));
  EXPECT_THAT(Tallyctl("retained ls 'site/+' --count").out, testing::StartsWith("300 retained"));
  EXPECT_EQ(Tallyctl("retained get state/anna").out, "here");
  EXPECT_EQ(Tallyctl("retained get '$SYS/x'").out, std::string("\0\n", 2));
  EXPECT_EQ(Tallyctl("retained get state/bert").code, 1);
  const auto show = nlohmann::json::parse(Tallyctl("session show --all --payload -o json").out);
  EXPECT_EQ(show["sessions"][0]["will"]["topic"], "state/anna");
  EXPECT_EQ(show["sessions"][0]["will"]["payload"], "gone");
  EXPECT_TRUE(show["sessions"][1]["will"].is_null());
  const auto info = nlohmann::json::parse(Tallyctl("store info -o json").out);
  EXPECT_EQ(info["retained_messages"], 302);
  EXPECT_GT(info["retained_bytes"], 302 * 6);
  EXPECT_EQ(Tallyctl("store verify").code, 0);
}

TEST_F(BinaryTest, ChangesNotAByte) {
  for (const bool close : {false, true}) {
    fs::remove_all(store_);
    MakeStore(close);
    const auto contents = [&] {
      std::map<std::string, std::string> files;
      for (const auto& entry : fs::recursive_directory_iterator(store_)) {
        files[entry.path()] = entry.is_regular_file() ? Slurp(entry.path()) : "";
      }
      return files;
    };
    const auto before = contents();
    for (const char* command :
         {"store info", "session ls --count", "session show --all", "queue ls anna --payload",
          "retained ls --all --payload", "retained get state/anna", "store verify"}) {
      const Ran ran = Tallyctl(command);
      EXPECT_EQ(ran.code, 0) << command << ": " << ran.err;
      EXPECT_THAT(ran.err, IsEmpty());
    }
    EXPECT_EQ(contents(), before);
  }
}

TEST_F(BinaryTest, AStoreInUseIsUnreachable) {
  MakeStore(true);
  const auto journal = OpenJournal();
  for (const char* command : {"store info", "session ls", "session show anna", "queue ls anna",
                              "retained ls", "retained get state/anna", "store verify"}) {
    const Ran ran = Tallyctl(command);
    EXPECT_EQ(ran.code, 3) << command << ": " << ran.err;
    EXPECT_THAT(ran.out, IsEmpty());
    EXPECT_THAT(ran.err, HasSubstr(store_.string()));
    EXPECT_THAT(ran.err, HasSubstr("in use by another process; stop the broker"));
  }
}

TEST_F(BinaryTest, AFolderWithoutAStoreIsUnreachable) {
  EXPECT_EQ(Tallyctl("store info").code, 3);
  fs::create_directory(store_);
  const Ran ran = Tallyctl("store info");
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("there is no store in"));
}

// D7: a store that cannot be opened is not passed over.
TEST_F(BinaryTest, AStoreThatCannotBeOpenedIsDamaged) {
  MakeStore(true);
  std::ofstream(store_ / "rocksdb" / "CURRENT") << "MANIFEST-999999\n";
  for (const char* command : {"store info", "session show anna", "store verify"}) {
    const Ran ran = Tallyctl(command);
    EXPECT_EQ(ran.code, 4) << command << ": " << ran.err;
    EXPECT_THAT(ran.out, IsEmpty());
  }
}

// D7: every byte counts; what does not hold is listed.
TEST_F(BinaryTest, DamageIsFound) {
  MakeStore(true);
  { const auto journal = OpenJournal(); }  // a start puts the log into tables
  fs::path table;
  for (const auto& entry : fs::directory_iterator(store_ / "rocksdb")) {
    if (entry.path().extension() == ".sst") table = entry.path();
  }
  ASSERT_FALSE(table.empty());
  std::string bytes = Slurp(table);
  bytes[bytes.size() / 3] = static_cast<char>(bytes[bytes.size() / 3] ^ 1);
  std::ofstream(table, std::ios::binary) << bytes;
  const Ran ran = Tallyctl("store verify -o json");
  EXPECT_THAT(ran.code, testing::AnyOf(1, 4)) << ran.err;
  EXPECT_THAT(ran.out + ran.err, HasSubstr(table.filename().string()));
}

TEST_F(BinaryTest, OutputThatCannotBeWrittenIsToldOf) {
  MakeStore(true);
  const std::string command =
      std::string(TALLYCTL) + " --store " + store_.string() + " store info >/dev/full 2>&1";
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 3);
}

}  // namespace
}  // namespace tallymq::tallyctl
