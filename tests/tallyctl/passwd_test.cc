// Goal: `tallyctl passwd` keeps a file that the broker reads, and touches only the line it is
// about. Method: a file in a folder of the test; what was written is checked by the module that
// reads it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "example_store.h"
#include "tallymq/auth/credentials.h"

namespace tallymq::tallyctl {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class PasswdTest : public testing::Test {
 protected:
  PasswdTest() {
    std::string pattern = testing::TempDir() + "passwd-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    file_ = (folder_ / "users").string();
  }
  ~PasswdTest() override { fs::remove_all(folder_); }

  // tallyctl passwd FILE `arguments`.
  Ran Passwd(std::vector<std::string> arguments, Screen screen = {}) const {
    arguments.insert(arguments.begin(), {"passwd", file_});
    return RunOn(FakeStore(), std::move(arguments), screen);
  }
  // Sets a password through a pipe.
  void Set(const std::string& user, const std::string& password) const {
    const Ran ran = Passwd({user, "--stdin", "--iterations", "4096"}, {.piped = password + "\n"});
    EXPECT_EQ(ran.code, 0) << ran.err;
  }
  std::string Text() const {
    std::ifstream file{file_};
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void Write(const std::string& text) const { std::ofstream{file_} << text; }
  bool Check(std::string_view user, std::string_view password) const {
    const auto users = auth::Credentials::Parse(Text(), file_);
    return users && auth::Credentials(*users, "secret").Check(user, password);
  }

  fs::path folder_;
  std::string file_;
};

TEST_F(PasswdTest, AsksTwiceAndMakesTheFile) {
  const Ran ran = Passwd({"anna"}, {.typed = {"one coffee", "one coffee"}});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "anna added.\n");
  EXPECT_EQ(ran.err, "Password of anna: The same again: ");
  EXPECT_TRUE(Check("anna", "one coffee"));
  EXPECT_THAT(Text(), testing::StartsWith("anna:SCRAM-SHA-256$15000:"));
  struct stat status {};
  ASSERT_EQ(stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(PasswdTest, TouchesNoOtherLine) {
  Set("anna", "a");
  Set("bert", "b");
  const std::string lines = Text();
  Write("# first\n\n" + lines + "# last, without an end");
  Set("anna", "another");
  Set("ann", "c");
  EXPECT_TRUE(Check("anna", "another"));
  EXPECT_TRUE(Check("bert", "b"));
  EXPECT_TRUE(Check("ann", "c"));
  EXPECT_THAT(Text(), testing::StartsWith("# first\n\nanna:"));
  EXPECT_THAT(Text(), HasSubstr(lines.substr(lines.find("bert")) + "# last, without an end\nann:"));

  EXPECT_EQ(Passwd({"anna", "--delete"}).out, "anna removed.\n");
  EXPECT_FALSE(Check("anna", "another"));
  EXPECT_TRUE(Check("ann", "c"));
  EXPECT_THAT(Text(), testing::StartsWith("# first\n\nbert:"));
}

TEST_F(PasswdTest, SaysWhatChangedToProgramsToo) {
  Set("anna", "a");
  const Ran changed = Passwd({"anna", "--stdin", "-o", "json"}, {.piped = "b"});
  EXPECT_EQ(nlohmann::json::parse(changed.out),
            (nlohmann::json{{"user", "anna"}, {"change", "changed"}}));
  EXPECT_EQ(Passwd({"anna", "--delete", "-o", "jsonl"}).out,
            "{\"user\":\"anna\",\"change\":\"removed\"}\n");
}

TEST_F(PasswdTest, ListsTheUsers) {
  EXPECT_EQ(Passwd({}).code, 3);
  Write("");
  fs::permissions(file_, fs::perms{0600});
  EXPECT_EQ(Passwd({}).out, "The file has no users.\n");
  Set("zo\u00eb", "z");
  Set("anna", "a");
  Passwd({"bert", "--stdin"}, {.piped = "b"});
  EXPECT_EQ(Passwd({}).out,
            "USER  MECHANISM      ITERATIONS\n"
            "anna  SCRAM-SHA-256        4096\n"
            "bert  SCRAM-SHA-256       15000\n"
            "zo\u00eb   SCRAM-SHA-256        4096\n");
  EXPECT_EQ(Passwd({}).err, "");
  const auto users = nlohmann::json::parse(Passwd({"-o", "json"}).out)["users"];
  ASSERT_EQ(users.size(), 3u);
  EXPECT_EQ(
      users[1],
      (nlohmann::json{{"user", "bert"}, {"mechanism", "SCRAM-SHA-256"}, {"iterations", 15000}}));
  fs::permissions(file_, fs::perms{0644});
  EXPECT_THAT(Passwd({}).err, HasSubstr("everyone on this machine may read it"));
}

// A row is what is typed or piped, and why it is refused.
TEST_F(PasswdTest, RefusedPasswordsChangeNothing) {
  Set("anna", "a");
  const std::string before = Text();
  const struct {
    Screen screen;
    bool piped;
    const char* says;
  } rows[] = {
      {{.typed = {"one", "two"}}, false, "the two passwords differ; nothing was changed"},
      {{.typed = {"one"}}, false, "there is no terminal to ask"},
      {{.typed = {"", ""}}, false, "the password is empty; nothing was changed"},
      {{.piped = ""}, true, "there is no line with a password"},
      {{.piped = "\n"}, true, "the password is empty"},
      {{.piped = "a\tb\n"}, true, "the password has a control character"},
      {{.piped = "a\r\n"}, true, "the password has a control character"},
      {{.piped = "a\xff\n"}, true, "the password is no UTF-8"},
      {{.piped = std::string(1025, 'x')}, true, "the password is longer than 1,024 bytes"},
  };
  for (const auto& row : rows) {
    std::vector<std::string> arguments{"anna"};
    if (row.piped) arguments.push_back("--stdin");
    const Ran ran = Passwd(arguments, row.screen);
    EXPECT_EQ(ran.code, 1) << row.says;
    EXPECT_THAT(ran.err, HasSubstr(row.says));
    EXPECT_EQ(Text(), before);
  }
}

TEST_F(PasswdTest, WhatIsNotThereIsNotRemoved) {
  Set("anna", "a");
  const Ran ran = Passwd({"bert", "--delete"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.err, "tallyctl: " + file_ + " has no user \"bert\"\n");
}

TEST_F(PasswdTest, AWrongFileIsToldAndNotTouched) {
  Write("anna\nbert:pencil\n");
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{}, {"anna"}, {"anna", "--delete"}}) {
    const Ran ran = Passwd(arguments, {.typed = {"a", "a"}});
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, HasSubstr("tallyctl: " + file_ + ":1: expected USER:SCRAM"));
    EXPECT_THAT(ran.err, HasSubstr(file_ + ":2: expected SCRAM-SHA-256"));
    EXPECT_THAT(ran.err, testing::Not(HasSubstr("Password"))) << "nobody types in vain";
    EXPECT_EQ(Text(), "anna\nbert:pencil\n");
  }
}

TEST_F(PasswdTest, AnotherEditIsNotDisturbed) {
  Set("anna", "a");
  std::ofstream{file_ + ".new"} << "x";
  const Ran ran = Passwd({"bert", "--stdin"}, {.piped = "b"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("users.new is there: somebody else changes the file"));
  EXPECT_TRUE(fs::exists(file_ + ".new"));
  EXPECT_FALSE(Check("bert", "b"));
}

}  // namespace
}  // namespace tallymq::tallyctl
