// Goal: a store that cannot be trusted is refused with a sentence that says what to do, and is left
// as it was; one whose making was cut off is made.
// Method: stores are made, crashed and damaged from outside; bytes are compared before and after.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "commit_mark.h"
#include "format.h"
#include "rocks_world.h"
#include "store_files.h"

namespace tallymq::storage {
namespace {

using testing::HasSubstr;

namespace fs = std::filesystem;

const EntryHeader kQos2{QoS::kExactlyOnce, false};
constexpr std::uint64_t kCommits = 20;

class RocksOpenTest : public testing::Test {
 protected:
  // A store of `kCommits` commits whose process crashed: all of it is in the log.
  void MakeCrashedStore() {
    Driver driver(world_);
    ASSERT_FALSE(driver.error);
    for (std::uint64_t i = 1; i <= kCommits; ++i) {
      ASSERT_TRUE(driver.Commit([i](Batch& batch) {
        if (i == 1) batch.PutSession(SessionNumber{1}, MakeSession("a"));
        batch.Append(SessionNumber{1}, Seq{i}, kQos2, MakeMessage("t", std::string(500, 'x')));
      }));
    }
  }

  fs::path NewestLog() {
    fs::path newest;
    for (const auto& entry : fs::directory_iterator(world_.path() + "/rocksdb")) {
      if (entry.path().extension() == ".log") newest = std::max(newest, entry.path());
    }
    return newest;
  }

  // The store is refused, and nothing in it changes.
  StoreError ExpectRefused(StoreErrorKind kind) {
    const auto before = Contents(world_.path());
    Driver driver(world_);
    EXPECT_TRUE(driver.error.has_value());
    if (!driver.error) return {StoreErrorKind::kIo, "it was not refused"};
    EXPECT_EQ(driver.error->kind, kind) << driver.error->message;
    EXPECT_EQ(Contents(world_.path()), before) << "a store that is refused is left as it was";
    return *driver.error;
  }

  RocksWorld world_;
};

// --- The commit mark [design 9.15]
// -----------------------------------------------------------------

TEST_F(RocksOpenTest, D7TruncatedNewestLogIsNoticed) {
  MakeCrashedStore();
  fs::resize_file(NewestLog(), fs::file_size(NewestLog()) - 1000);
  const StoreError error = ExpectRefused(StoreErrorKind::kBehindMark);
  EXPECT_THAT(error.message,
              HasSubstr("ends at commit 18, but had certainly come to 20: 2 commits"));
  EXPECT_THAT(error.message, HasSubstr("tallyctl store verify"));
}

TEST_F(RocksOpenTest, D7MissingNewestLogIsNoticed) {
  MakeCrashedStore();
  fs::remove(NewestLog());
  ExpectRefused(StoreErrorKind::kBehindMark);
}

TEST_F(RocksOpenTest, D7BitFlipInTheNewestLogIsNoticed) {
  MakeCrashedStore();
  FlipBit(NewestLog(), fs::file_size(NewestLog()) / 2);
  ExpectRefused(StoreErrorKind::kBehindMark);
}

// A tail that nobody was promised does not keep the broker from starting.
TEST_F(RocksOpenTest, GarbageBehindTheLastCommitIsNoDamage) {
  MakeCrashedStore();
  std::ofstream(NewestLog(), std::ios::binary | std::ios::app) << std::string(3000, '\x5A');
  Driver driver(world_);
  ASSERT_FALSE(driver.error) << driver.error->message;
  EXPECT_EQ(driver.recovered.last, Lsn{kCommits});
}

TEST_F(RocksOpenTest, LostMarksAreNoticed) {
  MakeCrashedStore();
  const std::string marks[] = {world_.path() + "/" + CommitMark::FileName(0),
                               world_.path() + "/" + CommitMark::FileName(1)};
  const std::string kept = Slurp(marks[0]);
  fs::remove(marks[0]);
  std::ofstream(marks[1]) << "something else";
  const StoreError error = ExpectRefused(StoreErrorKind::kCorrupt);
  EXPECT_THAT(error.message, HasSubstr("commit marks"));
  EXPECT_THAT(error.message, HasSubstr("tallyctl store verify"));
  // One is enough.
  std::ofstream(marks[0], std::ios::binary) << kept;
  Driver driver(world_);
  EXPECT_FALSE(driver.error);
}

// Marks of another store, as a mixed-up copy would have them, are none.
TEST_F(RocksOpenTest, MarksOfAnotherStoreAreNoMarks) {
  MakeCrashedStore();
  RocksWorld other;
  { Driver driver(other); }
  for (int i = 0; i < CommitMark::kFiles; ++i) {
    fs::copy_file(other.path() + "/" + CommitMark::FileName(i),
                  world_.path() + "/" + CommitMark::FileName(i),
                  fs::copy_options::overwrite_existing);
  }
  ExpectRefused(StoreErrorKind::kCorrupt);
}

// `kill -9` after any commit leaves exactly that commit in the mark.
TEST_F(RocksOpenTest, MarkFollowsEveryCommit) {
  MakeCrashedStore();
  Identity identity;
  {
    auto survey = LookAtStore(world_.path(), {});
    ASSERT_TRUE(survey.has_value());
    EXPECT_EQ(survey->mark, Lsn{kCommits});
    EXPECT_EQ(survey->meta.commit.lsn, Lsn{kCommits});
    identity = survey->meta.identity;
  }
  Driver driver(world_);
  ASSERT_TRUE(driver.Commit([](Batch&) {}));
  EXPECT_EQ(CommitMark::Read(world_.path(), identity), Lsn{kCommits + 1});
}

// The two files take turns: while one is written, the other one keeps what was synced last.
TEST_F(RocksOpenTest, MarksAlternate) {
  Identity identity;
  identity.uuid[3] = 7;
  TempFolder folder;
  const auto in_file = [&](int which) {
    TempFolder single;
    fs::copy_file(folder.path() + "/" + CommitMark::FileName(which),
                  single.path() + "/" + CommitMark::FileName(which));
    return CommitMark::Read(single.path(), identity)->value();
  };
  auto mark = CommitMark::Create(folder.path(), identity, Lsn{0});
  ASSERT_TRUE(mark.has_value());
  EXPECT_TRUE(mark->Write(Lsn{1}).has_value());
  EXPECT_TRUE(mark->Write(Lsn{2}).has_value());
  EXPECT_EQ(std::pair(in_file(0), in_file(1)), std::pair(2ul, 0ul));
  EXPECT_TRUE(mark->Sync().has_value());
  EXPECT_TRUE(mark->Write(Lsn{3}).has_value());
  EXPECT_EQ(std::pair(in_file(0), in_file(1)), std::pair(2ul, 3ul));
  // The next process overwrites the older one.
  auto next = CommitMark::Open(folder.path(), identity);
  ASSERT_TRUE(next.has_value());
  EXPECT_TRUE(next->Write(Lsn{4}).has_value());
  EXPECT_EQ(std::pair(in_file(0), in_file(1)), std::pair(4ul, 3ul));
  identity.incarnation = 2;
  EXPECT_EQ(CommitMark::Read(folder.path(), identity), std::nullopt);
}

// --- Damage
// ------------------------------------------------------------------------------------------

TEST_F(RocksOpenTest, MissingCurrentFileIsNoticed) {
  MakeCrashedStore();
  fs::remove(world_.path() + "/rocksdb/CURRENT");
  EXPECT_THAT(ExpectRefused(StoreErrorKind::kCorrupt).message, HasSubstr("tallyctl store verify"));
}

TEST_F(RocksOpenTest, DamagedManifestIsNoticed) {
  MakeCrashedStore();
  std::string manifest = Slurp(world_.path() + "/rocksdb/CURRENT");
  manifest.pop_back();
  FlipBit(world_.path() + "/rocksdb/" + manifest, 20);
  EXPECT_THAT(ExpectRefused(StoreErrorKind::kCorrupt).message, HasSubstr("tallyctl store verify"));
}

// Damage in a table is met by whoever reads it: recovery refuses, a page says so.
TEST_F(RocksOpenTest, D7DamagedTablesAreNeverServed) {
  for (const Table table : {Table::kSess, Table::kQ}) {
    SCOPED_TRACE(TableName(table));
    world_.Clear();
    MakeCrashedStore();
    fs::path file;
    {
      Driver driver(world_);
      driver.journal->Close();
    }
    {
      // The table files are those of the families in turn; find the one of this table.
      Driver driver(world_);
      std::vector<rocksdb::LiveFileMetaData> files;
      StoreForTest(*driver.journal).db().GetLiveFilesMetaData(&files);
      for (const auto& live : files) {
        if (live.column_family_name == TableName(table)) {
          file = live.directory + "/" + live.relative_filename;
        }
      }
      driver.journal->Close();
    }
    ASSERT_FALSE(file.empty());
    FlipBit(file, 10);
    Driver driver(world_);
    if (table == Table::kSess) {
      ASSERT_TRUE(driver.error);
      EXPECT_EQ(driver.error->kind, StoreErrorKind::kCorrupt);
      EXPECT_THAT(driver.error->message, HasSubstr("tallyctl store verify"));
    } else {
      ASSERT_FALSE(driver.error);
      const Page page = driver.Read(1, 1);
      EXPECT_TRUE(page.corrupt);
      EXPECT_FALSE(page.complete);
    }
  }
}

// --- What is no store, or not for us
// -----------------------------------------------------------------

TEST_F(RocksOpenTest, FolderWithOtherFilesIsRefused) {
  fs::create_directory(world_.path());
  std::ofstream(world_.path() + "/letter.txt") << "Dear Ada";
  EXPECT_THAT(ExpectRefused(StoreErrorKind::kFormat).message, HasSubstr("letter.txt"));
}

TEST_F(RocksOpenTest, FileIsNoFolder) {
  std::ofstream(world_.path()) << "Dear Ada";
  Driver driver(world_);
  ASSERT_TRUE(driver.error);
  EXPECT_EQ(driver.error->kind, StoreErrorKind::kFormat);
  EXPECT_EQ(Slurp(world_.path()), "Dear Ada");
}

TEST_F(RocksOpenTest, FolderIsMadeWithItsParents) {
  world_.options.path += "/deeper/still";
  Driver driver(world_);
  EXPECT_FALSE(driver.error);
  EXPECT_TRUE(driver.recovered.fresh);
}

TEST_F(RocksOpenTest, MessagesAreTheOwnersOnly) {
  Driver driver(world_);
  ASSERT_FALSE(driver.error);
  EXPECT_EQ(fs::status(world_.path() + "/rocksdb").permissions(), fs::perms::owner_all);
}

TEST_F(RocksOpenTest, EmptyFolderOfANewDiskIsTaken) {
  fs::create_directories(world_.path() + "/lost+found");
  Driver driver(world_);
  EXPECT_FALSE(driver.error);
}

TEST_F(RocksOpenTest, LaterFormatVersionIsRefused) {
  {
    Driver driver(world_);
    RocksStore& store = StoreForTest(*driver.journal);
    rocksdb::WriteOptions options;
    options.sync = true;
    ASSERT_TRUE(store.db()
                    .Put(options, store.handle(Table::kMeta),
                         rocksdb::Slice(MakeMetaKey(MetaTag::kFormat).view()),
                         EncodeFormat(kFormatVersion + 1))
                    .ok());
  }
  EXPECT_THAT(ExpectRefused(StoreErrorKind::kFormat).message, HasSubstr("format version 4"));
}

TEST_F(RocksOpenTest, SecondProcessIsRefused) {
  Driver driver(world_);
  ASSERT_FALSE(driver.error);
  const pid_t child = ::fork();
  if (child == 0) {
    auto opened = OpenRocksJournal(world_.options, {});
    ::_exit(!opened && opened.error().kind == StoreErrorKind::kLocked ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(driver.Commit([](Batch&) {}));
}

}  // namespace
}  // namespace tallymq::storage
