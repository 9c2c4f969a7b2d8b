// Goal: what each command prints, to the letter: programs rely on the JSON, people on the words.
// Method: a row is a command line on the example store and a file of tests/tallyctl/golden/ with
// its output. Changing such a file changes the interface: docs/reference/tallyctl.md with it.

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "example_store.h"

namespace tallymq::tallyctl {
namespace {

struct Row {
  const char* name;
  const char* command;
  int code = 0;
  std::size_t columns = 0;
  bool no_colour = true;
};

void PrintTo(const Row& row, std::ostream* os) { *os << "tallyctl " << row.command; }

const Row kRows[] = {
    {"store_info.txt", "store info"},
    {"store_info.json", "store info -o json"},
    {"store_info.jsonl", "store info -o jsonl"},
    {"store_verify.txt", "store verify", 1},
    {"store_verify.json", "store verify -o json", 1},
    {"store_verify.jsonl", "store verify -o jsonl", 1},
    {"session_ls.txt", "session ls"},
    {"session_ls.json", "session ls -o json"},
    {"session_ls.jsonl", "session ls -o jsonl"},
    {"session_ls_count.txt", "session ls --count"},
    {"session_ls_count.jsonl", "session ls --count -o jsonl"},
    {"session_show.txt", "session show anna"},
    {"session_show.json", "session show anna -o json"},
    {"session_show.jsonl", "session show anna bert --payload -o jsonl"},
    {"session_show_all.txt", "session show --all --payload"},
    {"session_show_narrow_colour.txt", "session show anna --payload", 0, 70, false},
    {"queue_ls.txt", "queue ls anna"},
    {"queue_ls.json", "queue ls anna --payload --limit 4 -o json"},
    {"queue_ls.jsonl", "queue ls anna -o jsonl"},
    {"queue_ls_limit.txt", "queue ls anna --payload --limit 2"},
    {"queue_ls_finished.txt", "queue ls anna --from 1 --finished"},
    {"queue_ls_narrow.txt", "queue ls anna --payload", 0, 64},
    {"queue_ls_empty.txt", "queue ls bert"},
    {"retained_ls.txt", "retained ls"},
    {"retained_ls.json", "retained ls --all -o json"},
    {"retained_ls.jsonl", "retained ls news/# --payload -o jsonl"},
    {"retained_ls_all.txt", "retained ls --all --payload"},
    {"retained_ls_narrow.txt", "retained ls --payload", 0, 64},
    {"retained_ls_none.txt", "retained ls +"},
    {"retained_ls_count.txt", "retained ls --count"},
    {"retained_ls_count.json", "retained ls $SYS/# --count -o json"},
    {"retained_get.txt", "retained get state/anna", 0, 80},
    {"retained_get.json", "retained get news/y/today -o json"},
    {"retained_get.jsonl", "retained get $SYS/version -o jsonl"},
    {"retained_get_properties.txt", "retained get news/x/today", 0, 80},
    {"retained_get_properties.json", "retained get news/x/today -o json"},
};

std::vector<std::string> Words(const char* command) {
  std::istringstream in(command);
  return {std::istream_iterator<std::string>(in), std::istream_iterator<std::string>()};
}

class GoldenTest : public testing::TestWithParam<Row> {};

TEST_P(GoldenTest, PrintsThis) {
  const Row& row = GetParam();
  FakeStore store = ExampleStore();
  store.findings = {{"q 7/65541", "The value does not decode."},
                    {"000012.sst", "The checksum of the file does not hold."}};
  const Ran ran =
      RunOn(store, Words(row.command), {.columns = row.columns, .no_colour = row.no_colour});
  EXPECT_EQ(ran.code, row.code);
  EXPECT_EQ(ran.err, "");
  std::ifstream file(std::string(TALLYCTL_GOLDEN) + "/" + row.name);
  ASSERT_TRUE(file) << row.name;
  std::ostringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(ran.out, golden.str());
}

// Whatever a command prints for programs, a parser takes.
TEST_P(GoldenTest, IsWellFormed) {
  const Row& row = GetParam();
  const std::string_view command = row.command;
  const Ran ran = RunOn(ExampleStore(), Words(row.command));
  if (command.ends_with("-o json")) {
    EXPECT_TRUE(nlohmann::json::accept(ran.out)) << ran.out;
  } else if (command.ends_with("-o jsonl")) {
    std::istringstream lines(ran.out);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_TRUE(nlohmann::json::accept(line)) << line;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Commands, GoldenTest, testing::ValuesIn(kRows), [](const auto& row) {
  std::string name = row.param.name;
  for (char& c : name) c = c == '.' ? '_' : c;
  return name;
});

}  // namespace
}  // namespace tallymq::tallyctl
