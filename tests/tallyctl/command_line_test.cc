// Goal: what the command line accepts, and what whoever mistypes it is told.
// Method: a row is a command line, its exit code and a part of what it writes to standard error.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "example_store.h"

namespace tallymq::tallyctl {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

struct Row {
  const char* name;
  std::vector<std::string> arguments;
  int code;
  const char* says;
};

void PrintTo(const Row& row, std::ostream* os) { *os << testing::PrintToString(row.arguments); }

const Row kRows[] = {
    {"NoCommand", {}, 2, "`tallyctl` needs a command (see `tallyctl --help`)"},
    {"GroupOnly", {"store"}, 2, "`tallyctl store` needs a command (see `tallyctl store --help`)"},
    {"UnknownGroup", {"sesion", "ls"}, 2, "no command \"sesion\", did you mean session?"},
    {"UnknownCommand", {"session", "shwo"}, 2, "`tallyctl session` has no command \"shwo\", did"},
    {"NothingNear", {"frobnicate"}, 2, "`tallyctl` has no command \"frobnicate\" (see"},
    {"UnknownOption", {"queue", "ls", "a", "--limt", "3"}, 2, "--limt, did you mean --limit?"},
    {"OneTooMany", {"store", "info", "x"}, 2, "\"x\" is one argument too many"},
    {"NoSession", {"session", "show"}, 2, "a client identifier, or --all, is required"},
    {"AllAndSome", {"session", "show", "a", "--all"}, 2, "ID excludes --all"},
    {"NoQueue", {"queue", "ls"}, 2, "ID is required"},
    {"UnknownForm", {"session", "ls", "-o", "xml"}, 2, "xml not in {table,json,jsonl}"},
    {"BadNumber", {"queue", "ls", "a", "--limit", "x"}, 2, "--limit = x"},
    {"BadFilter", {"retained", "ls", "a#"}, 2, "A # is not alone in its level"},
    {"NoTopic", {"retained", "get"}, 2, "TOPIC is required"},
    {"WildcardTopic", {"retained", "get", "a/#"}, 2, "A topic name holds a wildcard"},
    {"RawForm", {"retained", "get", "a", "--raw", "-o", "json"}, 2, "--raw excludes --output"},
    {"CountedPayload", {"retained", "ls", "--count", "--payload"}, 2, "excludes"},
    {"NoneRetained",
     {"retained", "get", "no\x1b"},
     1,
     "tallyctl: the store has no retained message of topic \"no\\x1b\"; `tallyctl retained ls "
     "--all` lists those that it has\n"},
    {"NoFile", {"passwd"}, 2, "FILE is required"},
    {"NobodyToDelete", {"passwd", "f", "--delete"}, 2, "--delete requires USER"},
    {"FewIterations", {"passwd", "f", "a", "--iterations", "4095"}, 2, "4095 not in range"},
    {"DeleteWithPassword", {"passwd", "f", "a", "--delete", "--stdin"}, 2, "excludes"},
    {"ColonInUser", {"passwd", "f", "a:b"}, 2, "a user name has a colon (see `tallyctl passwd"},
    {"ControlInUser", {"passwd", "f", "a\x1b"}, 2, "a user name has a control character"},
    {"NoUsersFile", {"passwd", "/nowhere"}, 3, "/nowhere: cannot be read: No such file"},
    {"UnknownShell", {"completion", "fish"}, 2, "fish not in {bash,zsh}"},
    {"UnknownSession",
     {"session", "show", "nobody"},
     1,
     "tallyctl: the store has no session \"nobody\"; `tallyctl session ls` lists those that it "
     "has\n"},
    {"UnknownQueue", {"queue", "ls", "nobody"}, 1, "no session \"nobody\"; `tallyctl session ls`"},
    {"HarmlessInErrors", {"queue", "ls", "\x1b[3J"}, 1, "no session \"\\x1b[3J\""},
    {"NoFolder",
     {"session", "ls", "--store", "/nowhere/at/all"},
     3,
     "there is no store at \"/nowhere/at/all\"; name its folder with --store DIR"},
};

class MistypedTest : public testing::TestWithParam<Row> {};

TEST_P(MistypedTest, SaysWhatToDo) {
  const Row& row = GetParam();
  // Of options given twice the last counts.
  const Ran ran = RunOn(ExampleStore(), row.arguments);
  EXPECT_EQ(ran.code, row.code);
  EXPECT_THAT(ran.err, StartsWith("tallyctl: "));
  EXPECT_THAT(ran.err, HasSubstr(row.says));
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
}

INSTANTIATE_TEST_SUITE_P(Rows, MistypedTest, testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

TEST(CommandLineTest, OptionsCountBeforeAndBehindTheCommand) {
  const Ran before = RunOn(ExampleStore(), {"-o", "json", "session", "ls"});
  const Ran behind = RunOn(ExampleStore(), {"session", "ls", "-o", "json"});
  EXPECT_EQ(before.code, 0);
  EXPECT_EQ(before.out, behind.out);
  EXPECT_TRUE(nlohmann::json::accept(before.out));
}

TEST(CommandLineTest, AClientMayBeCalledAsACommandOrAnOption) {
  FakeStore store = ExampleStore();
  store.sessions[0].record.client_id = "queue";
  store.sessions[1].record.client_id = "--all";
  EXPECT_EQ(RunOn(store, {"session", "show", "queue", "-o", "json"}).code, 0);
  EXPECT_EQ(RunOn(store, {"queue", "ls", "queue"}).code, 0);
  const Ran dash = RunOn(store, {"session", "show", "-o", "json", "--", "--all"});
  EXPECT_EQ(dash.code, 0);
  EXPECT_EQ(nlohmann::json::parse(dash.out)["sessions"].size(), 1u);
}

TEST(CommandLineTest, HelpHasExamplesForEveryCommand) {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{},
                                             {"store", "info"},
                                             {"store", "verify"},
                                             {"session", "ls"},
                                             {"session", "show"},
                                             {"queue", "ls"},
                                             {"retained", "ls"},
                                             {"retained", "get"},
                                             {"passwd"},
                                             {"completion"}}) {
    std::vector<std::string> arguments = command;
    arguments.push_back("--help");
    const Ran ran = RunOn(ExampleStore(), arguments);
    EXPECT_EQ(ran.code, 0);
    EXPECT_THAT(ran.out, HasSubstr("Examples:\n"));
    EXPECT_THAT(ran.err, IsEmpty());
  }
}

TEST(CommandLineTest, VersionIsOneLine) {
  const Ran ran = RunOn(ExampleStore(), {"--version"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, testing::MatchesRegex("tallyctl [0-9.]+\n"));
}

TEST(CommandLineTest, ShowsTheSessionsThatAreThere) {
  const Ran ran =
      RunOn(ExampleStore(), {"session", "show", "bert", "nobody", "anna", "-o", "json"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("nobody"));
  const auto sessions = nlohmann::json::parse(ran.out)["sessions"];
  ASSERT_EQ(sessions.size(), 2u);
  EXPECT_EQ(sessions[0]["client_id"], "bert");
  EXPECT_EQ(sessions[1]["client_id"], "anna");
}

TEST(CommandLineTest, StoreErrorsHaveTheirExitCodes) {
  using Kind = storage::StoreErrorKind;
  const struct {
    Kind kind;
    int code;
  } rows[] = {{Kind::kLocked, 3},     {Kind::kIo, 3},      {Kind::kNoSpace, 3},
              {Kind::kBehindMark, 4}, {Kind::kCorrupt, 4}, {Kind::kFormat, 3}};
  for (const auto& row : rows) {
    FakeStore unopenable = ExampleStore();
    unopenable.unopenable = storage::StoreError{row.kind, "what it is"};
    FakeStore broken = ExampleStore();
    broken.broken = unopenable.unopenable;
    for (const std::vector<std::string>& command :
         std::vector<std::vector<std::string>>{{"store", "info"},
                                               {"store", "verify"},
                                               {"session", "ls"},
                                               {"session", "show", "anna"},
                                               {"session", "show", "--all"},
                                               {"queue", "ls", "anna"},
                                               {"retained", "ls"},
                                               {"retained", "get", "state/anna"}}) {
      for (const FakeStore* store : {&unopenable, &broken}) {
        const Ran ran = RunOn(*store, command);
        EXPECT_EQ(ran.code, row.code) << command[1];
        EXPECT_EQ(ran.err, "tallyctl: what it is\n");
      }
    }
  }
}

// D7: what cannot be read is not passed over.
TEST(CommandLineTest, ADamagedQueueIsToldNotShortened) {
  FakeStore store = ExampleStore();
  store.damaged_entry = storage::Seq{65'539};
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"session", "ls", "--count"}, {"session", "show", "anna"}, {"queue", "ls", "anna"}}) {
    const Ran ran = RunOn(store, command);
    EXPECT_EQ(ran.code, 4);
    EXPECT_THAT(ran.err, HasSubstr("from entry 65539 on: it is damaged; `tallyctl store verify`"));
  }
}

// D7: the same for a retained message; what comes before it is shown.
TEST(CommandLineTest, ADamagedRetainedMessageIsTold) {
  FakeStore store = ExampleStore();
  store.damaged_topic = "news/y/today";
  const Ran ran = RunOn(store, {"retained", "ls", "-o", "jsonl"});
  EXPECT_EQ(ran.code, 4);
  EXPECT_THAT(ran.out, HasSubstr("news/x/today"));
  EXPECT_THAT(ran.err,
              HasSubstr("from topic \"news/y/today\" on: the store is damaged; `tallyctl"));
  EXPECT_EQ(RunOn(store, {"retained", "ls", "--count"}).code, 4);
  EXPECT_EQ(RunOn(store, {"retained", "get", "state/anna"}).code, 4);
}

TEST(CommandLineTest, ThePayloadIsRawUnlessForATerminalOrAForm) {
  const std::string payload = "here\nand there";
  const auto out = [](std::vector<std::string> more, Screen screen = {}) {
    more.insert(more.begin(), {"retained", "get", "state/anna"});
    return RunOn(ExampleStore(), more, screen).out;
  };
  EXPECT_EQ(out({}), payload);
  EXPECT_EQ(out({"--raw"}, {.columns = 80}), payload);
  EXPECT_THAT(out({}, {.columns = 80}), HasSubstr("here\\nand there"));
  EXPECT_THAT(out({"-o", "table"}), HasSubstr("here\\nand there"));
  EXPECT_EQ(nlohmann::json::parse(out({"-o", "json"}))["payload"], payload);
  const Ran bytes = RunOn(ExampleStore(), {"retained", "get", "news/y/today"});
  EXPECT_EQ(bytes.out, std::string("\x00\xff", 2));
}

// However many there are, none is missed or told twice at the border of a page.
TEST(CommandLineTest, RetainedMessagesAreListedPageByPage) {
  FakeStore store = ExampleStore();
  store.retained.clear();
  for (std::uint64_t i = 0; i < 2'501; ++i) {
    store.Retain(1 + i, QoS::kAtLeastOnce, "t/" + std::to_string(i), "payload");
  }
  const auto listed = nlohmann::json::parse(RunOn(store, {"retained", "ls", "-o", "json"}).out);
  EXPECT_EQ(listed["count"], 2'501);
  ASSERT_EQ(listed["retained"].size(), 2'501u);
  EXPECT_EQ(listed["retained"][2'500]["topic"], "t/2500");
  EXPECT_EQ(RunOn(store, {"retained", "ls", "--count"}).out,
            "2,501 retained messages, 17.1 KiB (17,507 bytes) of payload\n");
  EXPECT_EQ(RunOn(store, {"retained", "get", "t/2499"}).out, "payload");
}

// D7: a store that lost what was acknowledged is not called sound.
TEST(CommandLineTest, InfoTellsOfLostCommits) {
  FakeStore store = ExampleStore();
  store.info.mark = Lsn{store.info.recovered.last.value() + 2};
  const Ran ran = RunOn(store, {"store", "info"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("the store lacks 2 commits that it acknowledged"));
}

TEST(CommandLineTest, VerifyOfASoundStoreFindsNothing) {
  const Ran ran = RunOn(ExampleStore(), {"store", "verify"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "1,234 records checked, nothing is wrong.\n");
}

TEST(CommandLineTest, ABarIsDrawnOnATerminalOnly) {
  EXPECT_THAT(RunOn(ExampleStore(), {"store", "verify"}).err, IsEmpty());
  const std::string bar = RunOn(ExampleStore(), {"store", "verify"}, {.err_is_terminal = true}).err;
  EXPECT_THAT(bar, HasSubstr("[##########..............................]  25 %"));
  EXPECT_TRUE(bar.ends_with("\r\x1b[K")) << "the bar goes away";
}

TEST(CommandLineTest, ColoursOnATerminalUnlessNoColorOrTold) {
  const auto coloured = [](std::vector<std::string> more, Screen screen) {
    more.insert(more.begin(), {"session", "ls"});
    return RunOn(ExampleStore(), more, screen).out.find("\x1b[") != std::string::npos;
  };
  EXPECT_FALSE(coloured({}, {}));
  EXPECT_TRUE(coloured({}, {.columns = 100}));
  EXPECT_FALSE(coloured({}, {.columns = 100, .no_colour = true}));
  EXPECT_FALSE(coloured({"--color", "never"}, {.columns = 100}));
  EXPECT_TRUE(coloured({"--color", "always"}, {.no_colour = true}));
  EXPECT_FALSE(coloured({"-o", "json", "--color", "always"}, {.columns = 100}));
}

TEST(CommandLineTest, WaitingEntriesAreCountedToABound) {
  FakeStore store = ExampleStore();
  for (std::uint64_t seq = 1; seq <= 10'001; ++seq) {
    store.Append(8, seq, QoS::kAtLeastOnce, "a", "");
  }
  const auto outgoing = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"-o", "json"});
    return nlohmann::json::parse(RunOn(store, arguments).out)["sessions"][0]["outgoing"];
  };
  const auto bounded = outgoing({"session", "show", "bert"});
  EXPECT_EQ(bounded["waiting"], 10'000);
  EXPECT_EQ(bounded["waiting_exact"], false);
  const auto counted = outgoing({"session", "show", "bert", "--count"});
  EXPECT_EQ(counted["waiting"], 10'001);
  EXPECT_EQ(counted["waiting_exact"], true);
  EXPECT_THAT(RunOn(store, {"session", "show", "bert"}).out, HasSubstr("more than 10,000 waiting"));
}

TEST(CommandLineTest, ATableOfAQueueStopsAtAHundred) {
  FakeStore store = ExampleStore();
  for (std::uint64_t seq = 1; seq <= 101; ++seq) store.Append(8, seq, QoS::kAtLeastOnce, "a", "");
  const Ran table = RunOn(store, {"queue", "ls", "bert"});
  EXPECT_THAT(table.out, HasSubstr("\nMore follow: --from 101 goes on, --limit 0 lists all.\n"));
  EXPECT_THAT(RunOn(store, {"queue", "ls", "bert", "--limit", "0"}).out, Not(HasSubstr("follow")));
  const Ran json = RunOn(store, {"queue", "ls", "bert", "-o", "json"});
  EXPECT_EQ(nlohmann::json::parse(json.out)["entries"].size(), 101u);
}

// Bash itself says which words it would offer.
TEST(CommandLineTest, BashCompletes) {
  const Ran script = RunOn(ExampleStore(), {"completion", "bash"});
  ASSERT_EQ(script.code, 0);
  const std::string folder = testing::TempDir() + "/tallyctl_completion";
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/script") << script.out;
  const auto offers = [&](const std::string& words, int at) {
    const std::string command = "bash -c 'source " + folder + "/script; COMP_WORDS=(tallyctl " +
                                words + "); COMP_CWORD=" + std::to_string(at) +
                                "; _tallyctl; echo -n \"${COMPREPLY[*]}\"' > " + folder + "/reply";
    EXPECT_EQ(std::system(command.c_str()), 0);
    std::ifstream reply(folder + "/reply");
    return std::string(std::istreambuf_iterator<char>(reply), {});
  };
  EXPECT_EQ(offers("se", 1), "session");
  EXPECT_EQ(offers("session \"\"", 2), "ls show --help --version --store --output --color");
  EXPECT_EQ(offers("--store x queue ls a --fi", 6), "--finished");
  EXPECT_EQ(offers("session ls -o j", 4), "json jsonl");
  EXPECT_EQ(offers("ret", 1), "retained");
  EXPECT_EQ(offers("retained ls --a", 3), "--all");
  EXPECT_EQ(offers("retained get --r", 3), "--raw");
  EXPECT_EQ(offers("passwd " + folder + "/scr", 2), folder + "/script");
  EXPECT_EQ(offers("passwd f a --it", 4), "--iterations");
  EXPECT_EQ(offers("completion \"\"", 2), "bash zsh");
}

}  // namespace
}  // namespace tallymq::tallyctl
