// Goal: a credentials file is replaced whole or not at all, and keeps its mode and its place.
// Method: real files in a folder of the test.

#include "tallymq/auth/credentials_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace tallymq::auth {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class CredentialsFileTest : public testing::Test {
 protected:
  CredentialsFileTest() {
    std::string pattern = testing::TempDir() + "credentials-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    path_ = (folder_ / "users").string();
  }
  ~CredentialsFileTest() override { fs::remove_all(folder_); }

  void Write(const std::string& text) const { std::ofstream{path_} << text; }
  std::string Read() const {
    std::ifstream file{path_};
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static unsigned Mode(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(stat(path.c_str(), &status), 0);
    return status.st_mode & 07777;
  }

  fs::path folder_;
  std::string path_;
};

TEST_F(CredentialsFileTest, ANewFileIsItsOwnersOnly) {
  const mode_t before = umask(0);
  auto edit = CredentialsEdit::Begin(path_);
  umask(before);
  ASSERT_TRUE(edit) << edit.error();
  EXPECT_TRUE(edit->fresh());
  EXPECT_EQ(edit->text(), "");
  EXPECT_EQ(Mode(path_ + ".new"), 0600u) << "from the start";
  ASSERT_TRUE(edit->Commit("anna:x\n"));
  EXPECT_EQ(Read(), "anna:x\n");
  EXPECT_EQ(Mode(path_), 0600u);
  EXPECT_FALSE(fs::exists(path_ + ".new"));
  EXPECT_FALSE(ReadCredentialsFile(path_)->open_to_others);
}

TEST_F(CredentialsFileTest, AReplacedFileKeepsItsMode) {
  Write("old");
  fs::permissions(path_, fs::perms{0640});
  auto edit = CredentialsEdit::Begin(path_);
  ASSERT_TRUE(edit) << edit.error();
  EXPECT_FALSE(edit->fresh());
  EXPECT_EQ(edit->text(), "old");
  EXPECT_EQ(Read(), "old") << "until the commit";
  ASSERT_TRUE(edit->Commit("new"));
  EXPECT_EQ(Read(), "new");
  EXPECT_EQ(Mode(path_), 0640u);
}

TEST_F(CredentialsFileTest, WhatIsNotCommittedLeavesNothing) {
  Write("old");
  { const auto edit = CredentialsEdit::Begin(path_); }
  EXPECT_EQ(Read(), "old");
  EXPECT_FALSE(fs::exists(path_ + ".new"));
}

TEST_F(CredentialsFileTest, TwoEditsAtOnceAreRefused) {
  Write("old");
  {
    const auto first = CredentialsEdit::Begin(path_);
    const auto second = CredentialsEdit::Begin(path_);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error(), HasSubstr(path_ + ".new is there: somebody else changes"));
  }
  EXPECT_TRUE(CredentialsEdit::Begin(path_));
}

TEST_F(CredentialsFileTest, ALinkIsFollowed) {
  Write("old");
  const std::string link = (folder_ / "link").string();
  fs::create_symlink("users", link);
  auto edit = CredentialsEdit::Begin(link);
  ASSERT_TRUE(edit) << edit.error();
  ASSERT_TRUE(edit->Commit("new"));
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(Read(), "new");
}

TEST_F(CredentialsFileTest, SaysWhoMayRead) {
  Write("old");
  for (const auto& [mode, others] : {std::pair{0600u, false}, {0640u, false}, {0644u, true}}) {
    fs::permissions(path_, fs::perms{mode});
    EXPECT_EQ(ReadCredentialsFile(path_)->open_to_others, others) << mode;
  }
}

TEST_F(CredentialsFileTest, ErrorsHavePathAndReason) {
  EXPECT_EQ(ReadCredentialsFile(path_).error(),
            path_ + ": cannot be read: No such file or directory");
  EXPECT_EQ(ReadCredentialsFile(folder_).error(),
            folder_.string() + ": cannot be read: Is a directory");
  const auto nowhere = CredentialsEdit::Begin(folder_ / "no" / "users");
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error(), HasSubstr("no/users.new: cannot be made: No such file"));
  EXPECT_FALSE(CredentialsEdit::Begin(folder_));
  EXPECT_FALSE(fs::exists(folder_.string() + ".new"));
}

}  // namespace
}  // namespace tallymq::auth
