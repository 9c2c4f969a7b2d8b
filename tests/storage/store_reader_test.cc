// Goal: tallyctl sees what a start of the broker would see, finds what is damaged, and changes
// nothing.
// Method: stores are made by the journal and crashed or closed; damage is done to their files or,
// where a checksum would hold, by writing wrong records through RocksDB.

#include "tallymq/storage/store_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "commit_mark.h"
#include "format.h"
#include "rocks_journal_for_test.h"
#include "rocks_world.h"
#include "store_files.h"

namespace tallymq::storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace fs = std::filesystem;

StateRecord State(std::uint64_t head, std::uint64_t tail) {
  StateRecord state;
  state.head = Seq{head};
  state.reserved_tail = Seq{tail};
  return state;
}

const EntryHeader kQos2{QoS::kExactlyOnce, false};

class StoreReaderTest : public testing::Test {
 protected:
  // Two sessions "a" (1) and "b" (3), an ended one (2), entries of both kinds.
  void MakeStore(bool close) {
    Driver driver(world_);
    ASSERT_FALSE(driver.error);
    ASSERT_TRUE(driver.Commit([](Batch& batch) {
      batch.Reserve(SessionNumber{100}, MessageNumber{100});
      for (const auto& [number, name] :
           {std::pair(1u, "a"), std::pair(2u, "dead"), std::pair(3u, "b")}) {
        batch.PutSession(SessionNumber{number}, MakeSession(name));
        batch.PutSubscription(SessionNumber{number}, "x", {});
        batch.PutSubscription(SessionNumber{number}, "y", {});
        batch.PutState(SessionNumber{number}, State(1, 1025));
      }
    }));
    ASSERT_TRUE(driver.Commit([](Batch& batch) {
      batch.set_times({10, 20});
      batch.EraseSession(SessionNumber{2}, "dead");
      batch.Append(SessionNumber{1}, Seq{1}, kQos2, MakeMessage("x", "own"));
      const Owner owners[] = {{SessionNumber{1}, Seq{2}}, {SessionNumber{3}, Seq{1}}};
      batch.PutMessage(MessageNumber{7}, owners, MakeMessage("x", "shared"));
      batch.AppendReference(SessionNumber{1}, Seq{2}, kQos2, MessageNumber{7});
      batch.AppendReference(SessionNumber{3}, Seq{1}, kQos2, MessageNumber{7});
    }));
    if (close) driver.journal->Close();
  }

  std::vector<std::string> Findings() {
    auto reader = OpenStoreReader(world_.path());
    if (!reader) return {"not opened: " + reader.error().message};
    std::vector<std::string> findings;
    double last = 0;
    auto verified = (*reader)->Verify(
        [&](const Finding& finding) { findings.push_back(finding.where + ": " + finding.what); },
        [&](double share) {
          EXPECT_GE(share, last);
          EXPECT_LE(share, 1.0);
          last = share;
        });
    EXPECT_EQ(last, 1.0);
    EXPECT_TRUE(verified.has_value());
    records_ = verified ? *verified : 0;
    return findings;
  }

  // Writes a record as no batch would, or removes one (`value` empty), and closes the store.
  void Tamper(Table table, std::string_view key, std::string_view value) {
    Driver driver(world_);
    ASSERT_FALSE(driver.error);
    RocksStore& store = StoreForTest(*driver.journal);
    rocksdb::WriteOptions options;
    options.sync = true;
    const rocksdb::Status status =
        value.empty() ? store.db().Delete(options, store.handle(table), rocksdb::Slice(key))
                      : store.db().Put(options, store.handle(table), key, value);
    ASSERT_TRUE(status.ok());
    driver.journal->Close();
  }

  RocksWorld world_;
  std::uint64_t records_ = 0;
};

// Crashed or closed: the same is seen, and not a byte, name or time of the folder changes.
TEST_F(StoreReaderTest, ReadsWithoutATrace) {
  for (const bool close : {false, true}) {
    world_.Clear();
    MakeStore(close);
    const auto before = Contents(world_.path());
    const auto time_before = fs::last_write_time(world_.path() + "/rocksdb");
    {
      auto reader = OpenStoreReader(world_.path());
      ASSERT_TRUE(reader.has_value()) << reader.error().message;
      auto info = (*reader)->Info();
      ASSERT_TRUE(info.has_value());
      EXPECT_EQ(info->format_version, kFormatVersion);
      EXPECT_EQ(info->uuid.size(), 36u);
      EXPECT_EQ(info->incarnation, 1u);
      EXPECT_EQ(info->recovered.clean_shutdown, close);
      EXPECT_EQ(info->recovered.start, 1u);
      EXPECT_EQ(info->recovered.times.wall_ms, 20u);
      EXPECT_EQ(info->mark, info->recovered.last);
      EXPECT_EQ(info->sessions, 2u);
      EXPECT_EQ(info->dead_sessions, 1u);
      EXPECT_EQ(info->subscriptions, 4u);
      EXPECT_GT(info->bytes_on_disk, 8192u);
      EXPECT_EQ((*reader)->Meta()->next_session, SessionNumber{100});

      RecordingSink sink;
      EXPECT_TRUE((*reader)->Load(sink).has_value());
      EXPECT_EQ(sink.order, "ssdfffftt");

      std::vector<StoredSession> sessions;
      EXPECT_TRUE((*reader)
                      ->ReadSessions([&](const StoredSession& session) {
                        sessions.push_back(session);
                        return true;
                      })
                      .has_value());
      ASSERT_EQ(sessions.size(), 2u);
      EXPECT_EQ(sessions[1].number, SessionNumber{3});
      EXPECT_EQ(sessions[1].record.client_id, "b");
      ASSERT_EQ(sessions[1].subscriptions.size(), 2u);
      EXPECT_EQ(sessions[1].subscriptions[1].filter, "y");
      EXPECT_EQ(sessions[1].state, State(1, 1025));

      auto found = (*reader)->FindSession("b");
      ASSERT_TRUE(found.has_value() && found->has_value());
      EXPECT_EQ(**found, sessions[1]);
      EXPECT_FALSE((*reader)->FindSession("dead")->has_value());

      auto page = (*reader)->ReadQueue(SessionNumber{1}, Seq{1}, {});
      ASSERT_TRUE(page.has_value());
      EXPECT_EQ(SeqsOf(*page), "1 2");
      EXPECT_EQ(page->entries[1].message->payload(), "shared");
      EXPECT_TRUE(page->complete);
    }
    EXPECT_THAT(Findings(), IsEmpty());
    EXPECT_GT(records_, 20u);
    EXPECT_EQ(Contents(world_.path()), before);
    EXPECT_EQ(fs::last_write_time(world_.path() + "/rocksdb"), time_before);
  }
}

TEST_F(StoreReaderTest, RunningBrokerAndReaderExcludeEachOther) {
  MakeStore(true);
  {
    auto reader = OpenStoreReader(world_.path());
    ASSERT_TRUE(reader.has_value());
    Driver driver(world_);
    ASSERT_TRUE(driver.error);
    EXPECT_EQ(driver.error->kind, StoreErrorKind::kLocked);
  }
  Driver driver(world_);
  ASSERT_FALSE(driver.error);
  auto reader = OpenStoreReader(world_.path());
  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error().kind, StoreErrorKind::kLocked);
}

TEST_F(StoreReaderTest, NoStoreIsNoStore) {
  world_.Clear();
  auto reader = OpenStoreReader(world_.path());
  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error().kind, StoreErrorKind::kFormat);
  EXPECT_THAT(reader.error().message, HasSubstr("there is no store"));
  EXPECT_TRUE(fs::is_empty(world_.path()));
}

// One byte of a table file, wherever it lies.
TEST_F(StoreReaderTest, VerifyFindsABitFlipInATableFile) {
  MakeStore(true);
  fs::path table;
  for (const auto& entry : fs::directory_iterator(world_.path() + "/rocksdb")) {
    if (entry.path().extension() == ".sst") table = entry.path();
  }
  ASSERT_FALSE(table.empty());
  // The footer at the end is read when the store is opened; the rest is not.
  for (const std::uintmax_t at : {std::uintmax_t{3}, fs::file_size(table) / 2}) {
    FlipBit(table, at);
    EXPECT_THAT(Findings(), testing::Contains(HasSubstr(table.filename().string()))) << at;
    FlipBit(table, at);
  }
  EXPECT_THAT(Findings(), IsEmpty());
}

struct Damage {
  const char* name;
  Table table;
  std::string key;
  std::string value;  // empty: the record goes
  std::vector<const char*> findings;
};

std::string StateValue(const StateRecord& state) {
  std::string value;
  EncodeState(state, value);
  return value;
}
std::string SessionValue(const char* client_id) {
  std::string value;
  EncodeSession(MakeSession(client_id), value);
  return value;
}
std::string EntryOf(const Message& message) {
  std::string value;
  EncodeInlineHead(kQos2, message, value);
  return value;
}
std::string Reference(MessageNumber number) {
  std::string value;
  EncodeReference(kQos2, number, value);
  return value;
}
std::string SubscriptionValue() {
  std::string value;
  EncodeSubscription({}, value);
  return value;
}

const Damage kDamages[] = {
    {"EntryDoesNotDecode",
     Table::kQ,
     std::string(MakeEntryKey(SessionNumber{1}, Seq{1}).view()),
     "?",
     {"q 1/1: does not decode"}},
    {"EntryWithoutBody",
     Table::kM,
     std::string(MakeNumberKey(7).view()),
     "",
     {"q 1/2: its body 7 is not there", "q 3/1: its body 7 is not there"}},
    {"BodyWithoutEntry",
     Table::kQ,
     std::string(MakeEntryKey(SessionNumber{3}, Seq{1}).view()),
     "",
     {"m 7: its owner 3/1 is not there"}},
    {"EntryIsNotAnOwner",
     Table::kQ,
     std::string(MakeEntryKey(SessionNumber{3}, Seq{5}).view()),
     Reference(MessageNumber{7}),
     {"q 3/5: its body 7 does not name it as an owner"}},
    {"EntryBeyondTail",
     Table::kQ,
     std::string(MakeEntryKey(SessionNumber{3}, Seq{5000}).view()),
     EntryOf(*MakeMessage("", "")),
     {"q 3/5000: its number would be given away again: the reserved tail is 1025"}},
    {"EntryOfUnknownSessionIsDead",
     Table::kQ,
     std::string(MakeEntryKey(SessionNumber{99}, Seq{1}).view()),
     Reference(MessageNumber{55}),
     {}},
    {"StateDoesNotDecode",
     Table::kSt,
     std::string(MakeNumberKey(3).view()),
     "?",
     {"st 3: does not decode", "q 3/1: its number would be given away again"}},
    {"StateOfNobody",
     Table::kSt,
     std::string(MakeNumberKey(9).view()),
     StateValue(State(1, 1)),
     {"st 9: belongs to session 9, which is not there"}},
    {"StateOfDeadSession",
     Table::kSt,
     std::string(MakeNumberKey(2).view()),
     StateValue(State(1, 1)),
     {}},
    {"SubscriptionOfNobody",
     Table::kSub,
     MakeSubscriptionKey(SessionNumber{9}, "f"),
     SubscriptionValue(),
     {"sub 9 \"f\": belongs to session 9"}},
    {"SubscriptionDoesNotDecode",
     Table::kSub,
     MakeSubscriptionKey(SessionNumber{1}, "x"),
     "?",
     {"sub 1 \"x\": does not decode"}},
    {"SessionWithoutName",
     Table::kSess,
     MakeClientIdKey("a"),
     "",
     {"sess 01 1: its client identifier \"a\" does not name it"}},
    {"NameWithoutSession",
     Table::kSess,
     MakeClientIdKey("z"),
     std::string(EncodeSessionName(SessionNumber{50}).view()),
     {"sess 02 \"z\": names session 50, which is not there"}},
    {"SessionBeyondNextNumber",
     Table::kSess,
     std::string(MakeSessionKey(SessTag::kSession, SessionNumber{100}).view()),
     SessionValue("a"),
     {"sess 01 100: the number of the session would be given away again",
      "sess 01 100: its client"}},
    {"WillDoesNotDecode",
     Table::kSess,
     std::string(MakeSessionKey(SessTag::kWill, SessionNumber{1}).view()),
     "?",
     {"sess 03 1: does not decode"}},
    {"WillOfNobody",
     Table::kSess,
     std::string(MakeSessionKey(SessTag::kWill, SessionNumber{50}).view()),
     std::string(EncodeWillHead(0, *MakeMessage("t", "")).view()) + "t",
     {"sess 03 50: is the will of a session that is not there"}},
    {"RetainedDoesNotDecode",
     Table::kRet,
     MakeRetainedKey("a/b"),
     "?",
     {"ret \"a/b\": does not decode", "meta 07: counts 0 retained messages"}},
    {"RetainedBeyondNextNumber",
     Table::kRet,
     MakeRetainedKey("a/b"),
     std::string(EncodeRetainedHead(MessageNumber{1'000'000}, *MakeMessage("", "")).view()),
     {"ret \"a/b\": its number would be given away again", "meta 07: counts 0"}},
    {"UnknownMeta", Table::kMeta, "\x77", "?", {"meta 77: does not decode"}},
};

TEST_F(StoreReaderTest, VerifyFindsWhatDoesNotHold) {
  for (const Damage& damage : kDamages) {
    SCOPED_TRACE(damage.name);
    MakeStore(true);
    Tamper(damage.table, damage.key, damage.value);
    std::vector<testing::Matcher<std::string>> expected;
    for (const char* finding : damage.findings) expected.emplace_back(HasSubstr(finding));
    EXPECT_THAT(Findings(), testing::UnorderedElementsAreArray(expected));
    world_.Clear();
  }
}

// A store behind its mark is refused by a start, but not by who has to look into it.
TEST_F(StoreReaderTest, VerifyTellsOfTheCommitMark) {
  MakeStore(true);
  for (int i = 0; i < CommitMark::kFiles; ++i) {
    fs::remove(world_.path() + "/" + CommitMark::FileName(i));
  }
  EXPECT_THAT(Findings(), ElementsAre(HasSubstr("commit-mark: ")));
}

}  // namespace
}  // namespace tallymq::storage
