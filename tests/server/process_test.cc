// Goal: what a person or a supervisor sees of tallymqd: its arguments, its lines, its signals, its
// exit codes. Method: the real binary, as a child, with its store in a folder of its own and port
// 0.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "../net/peer.h"
#include "process.h"
#include "tallymq/auth/scram_verifier.h"
#include "tallymq/mqtt/codec.h"
#include "tallymq/server/exit_code.h"

namespace tallymq::server {
namespace {

using testing::HasSubstr;

class ProcessTest : public testing::Test {
 protected:
  ProcessTest() {
    std::string pattern = testing::TempDir() + "tallymqd-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~ProcessTest() override { std::filesystem::remove_all(folder_); }

  std::string Store() const {
#ifdef TALLYMQ_ROCKSDB
    return folder_ + "/store";
#else
    return "memory:";
#endif
  }

  // Arguments of a broker of this test, and `more`.
  std::vector<std::string> Broker(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"--listen", "127.0.0.1:0", "--store", Store()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  std::string Write(const std::string& text) const {
    const std::string file = folder_ + "/tallymqd.toml";
    std::ofstream{file} << text;
    return file;
  }

  std::string folder_;
};

int Code(ExitCode code) { return static_cast<int>(code); }

net::Address Loopback(std::uint16_t port) {
  return net::Address::Parse("127.0.0.1:0")->WithPort(port);
}

const std::string kAccepted{"\x20\x02\x00\x00", 4};  // CONNACK

// What comes next from the broker.
std::string Answer(net::Peer& peer) {
  std::string answer;
  pollfd ready{peer.fd(), POLLIN, 0};
  EXPECT_EQ(poll(&ready, 1, 20'000), 1);
  peer.Receive(answer);
  return answer;
}

std::string Bytes(const mqtt::Packet& packet) {
  std::string bytes;
  mqtt::Encode(packet, mqtt::Version::k311, bytes);
  return bytes;
}

// Sends a CONNECT, of a persistent session if there is a client identifier; returns the answer.
std::string Hello(net::Peer& peer, std::string_view client_id = "") {
  mqtt::Connect hello;
  hello.client_id = client_id;
  hello.clean_start = client_id.empty();
  peer.Send(Bytes(hello));
  return Answer(peer);
}

// A connected client.
net::Peer Client(std::uint16_t port, std::string_view client_id = "") {
  net::Peer peer{Loopback(port)};
  EXPECT_EQ(Hello(peer, client_id), kAccepted);
  return peer;
}

// A CONNECT with a user name and a password; returns the code of the CONNACK that answers.
int Login(std::uint16_t port, std::string_view user, std::string_view password) {
  net::Peer peer{Loopback(port)};
  mqtt::Connect hello;
  hello.user_name = user;
  hello.password = password;
  // A client need not wait for the CONNACK: what comes behind is answered after it.
  peer.Send(Bytes(hello) + Bytes(mqtt::Pingreq{}));
  std::string answer = Answer(peer);
  while (!peer.eof() && answer.size() < 6) answer += Answer(peer);
  EXPECT_EQ(answer.substr(0, 3), kAccepted.substr(0, 3));
  EXPECT_EQ(answer.substr(4), answer[3] == 0 ? std::string("\xD0\x00", 2) : "");
  return answer[3];
}

// A row is arguments that start nothing, how that ends, and what is said.
struct Row {
  const char* name;
  std::vector<std::string> arguments;
  ExitCode code;
  const char* said;
};

const Row kRows[] = {
    {"Version", {"--version"}, ExitCode::kOk, "tallymqd 0."},
    {"HelpHasExamples",
     {"--help"},
     ExitCode::kOk,
     "tallymqd --listen 0.0.0.0:1883 --allow-anonymous"},
    {"HelpHasExitCodes", {"--help"}, ExitCode::kOk, "   5  another process has the store"},
    {"HelpHasDefaults", {"--help"}, ExitCode::kOk, "[16MiB]"},
    {"UnknownFlag", {"--lisen", "x"}, ExitCode::kUsage, "--lisen"},
    {"StrayArgument", {"tallymqd.toml"}, ExitCode::kUsage, "tallymqd.toml"},
    {"MissingValue", {"--listen"}, ExitCode::kUsage, "--listen"},
    {"BadValue",
     {"--inflight-max", "0"},
     ExitCode::kUsage,
     "--inflight-max 0: expected a whole number from 1 to 4096"},
    {"BadAddress",
     {"--listen", "1883"},
     ExitCode::kUsage,
     "--listen 1883: expected a numeric address"},
    {"NoConfigFile",
     {"--config", "/nowhere.toml"},
     ExitCode::kConfig,
     "/nowhere.toml: cannot be read: No such file or directory"},
    {"SampleIsRight", {"--config", TALLYMQ_SAMPLE, "--check-config"}, ExitCode::kOk, "is right"},
    {"CheckChecksFlags",
     {"--check-config", "--log-level", "loud"},
     ExitCode::kUsage,
     "--log-level"},
    {"NoPasswordFile",
     {"--check-config", "--password-file", "/nowhere"},
     ExitCode::kConfig,
     "/nowhere: cannot be read: No such file or directory"},
    {"WrongPasswordFile",
     {"--check-config", "--password-file", TALLYMQ_SAMPLE},
     ExitCode::kConfig,
     ".toml:12: expected SCRAM-SHA-256$iterations"},
    {"OtherMachinesAreRefused",
     {"--listen", "0.0.0.0:0"},
     ExitCode::kConfig,
     "refused to listen on 0.0.0.0:0"},
    {"OtherMachinesAreRefusedByCheckToo",
     {"--check-config", "--listen", "[::]:0"},
     ExitCode::kConfig,
     "--allow-anonymous"},
    {"EveryFlag",
     {"--check-config",
      "--listen",
      "127.0.0.1:0",
      "--listen",
      "0.0.0.0:1",
      "--store",
      "x",
      "--allow-anonymous",
      "--packet-size-max",
      "1MiB",
      "--connect-timeout",
      "500ms",
      "--keep-alive-max",
      "60",
      "--inflight-max",
      "10",
      "--log-level",
      "debug",
      "--log-form",
      "json",
      "--memtable-size",
      "32MiB",
      "--block-cache-size",
      "32MiB",
      "--wal-size-max",
      "128MiB"},
     ExitCode::kOk,
     "is right"},
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.said; }

class CommandLineTest : public testing::TestWithParam<Row> {};

TEST_P(CommandLineTest, EndsAsItShould) {
  Process process{GetParam().arguments};
  EXPECT_EQ(process.Exit(), Code(GetParam().code)) << process.output();
  EXPECT_THAT(process.output(), HasSubstr(GetParam().said));
}

INSTANTIATE_TEST_SUITE_P(Rows, CommandLineTest, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string{row.param.name}; });

TEST_F(ProcessTest, ErrorsOfTheFileStopTheStartWithFileAndLine) {
  const std::string file = Write("[log]\nlevl = \"info\"\nform = \"xml\"\n");
  for (const char* check : {"--check-config", "--log-level=info"}) {
    Process process{Broker({"--config", file, check})};
    EXPECT_EQ(process.Exit(), Code(ExitCode::kConfig));
    EXPECT_THAT(process.output(), HasSubstr(file + ":2: unknown key \"log.levl\""));
    EXPECT_THAT(process.output(), HasSubstr(file + ":3: log.form: expected one of text, json"));
  }
}

TEST_F(ProcessTest, FlagsComeBeforeTheFile) {
  const std::string file = Write(
      "listen = [\"127.0.0.2:0\", \"127.0.0.3:0\"]\nstore = \"/nowhere/at/all\"\n"
      "log.form = \"json\"\nlog.level = \"error\"\n");
  Process process{Broker({"--config", file, "--log-level", "info"})};
  EXPECT_NE(process.Port(), 0);
  EXPECT_THAT(process.output(), HasSubstr("{\"time\":"));  // as the file says
  EXPECT_THAT(process.output(), testing::Not(HasSubstr("127.0.0.2")));
}

TEST_F(ProcessTest, SaysWhatItIsAndWhatItPromises) {
  Process process{Broker({"--listen", "[::1]:0"}), Process::Limit{RLIMIT_NOFILE, 1000}};
  EXPECT_NE(process.Port(), 0);
  EXPECT_THAT(process.output(), HasSubstr("loss contract: "));
  EXPECT_THAT(process.output(), testing::ContainsRegex("tallymqd 0[^ ]+ listening on "
                                                       "127.0.0.1:[0-9]+, \\[::1\\]:[0-9]+; open "
                                                       "files: limit 1000 "));
}

TEST_F(ProcessTest, SigtermAndSigintStopCleanly) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Process process{Broker()};
    const net::Peer peer{Loopback(process.Port())};
    process.Signal(signal);
    EXPECT_EQ(process.Exit(), 0) << process.output();
    EXPECT_THAT(process.output(), HasSubstr(signal == SIGTERM ? "stopping on SIGTERM" : "SIGINT"));
    EXPECT_THAT(process.output(), HasSubstr("stopped"));
  }
}

TEST_F(ProcessTest, Sigusr2ShowsTheCounters) {
  Process process{Broker()};
  const net::Peer peer = Client(process.Port());
  for (int i = 1; i <= 2; ++i) {
    process.Signal(SIGUSR2);
    EXPECT_TRUE(process.Says("status: connections 1 sessions 0"));
  }
  EXPECT_THAT(process.output(), HasSubstr(" dropped_qos0 0 "));
}

// [MQTT-3.1.4-2], [MQTT3-3.1.4-5]
TEST_F(ProcessTest, ThosePassWhoAreInThePasswordFile) {
  const std::string users = folder_ + "/users";
  const auto line = [](const char* user, const char* password) {
    return std::string(user) + ":" +
           auth::ScramVerifier::Derive(password, "saltsaltsaltsalt", 4096).ToText() + "\n";
  };
  std::ofstream{users} << line("anna", "one coffee");
  std::filesystem::permissions(users, std::filesystem::perms{0644});
  Process process{Broker({"--password-file", users})};
  const std::uint16_t port = process.Port();
  EXPECT_THAT(process.output(), HasSubstr("1 users may connect"));
  EXPECT_THAT(process.output(), HasSubstr("everyone on this machine may read it"));
  EXPECT_EQ(Login(port, "anna", "one coffee"), 0);
  EXPECT_EQ(Login(port, "anna", "two coffees"), 4);
  EXPECT_EQ(Login(port, "bert", "one coffee"), 4);
  net::Peer nobody{Loopback(port)};
  EXPECT_EQ(Hello(nobody), (std::string{"\x20\x02\x00\x05", 4}));
  EXPECT_TRUE(process.Says("refused: no user name was given; from 127.0.0.1:"));

  std::ofstream{users} << "bert\n";
  process.Signal(SIGHUP);
  EXPECT_TRUE(process.Says("users:1: expected USER:SCRAM"));
  EXPECT_TRUE(process.Says("the users stay as they were"));
  EXPECT_EQ(Login(port, "anna", "one coffee"), 0);
  std::ofstream{users} << line("bert", "tea") << line("carl", "");
  process.Signal(SIGHUP);
  EXPECT_TRUE(process.Says("SIGHUP: 2 users may connect"));
  EXPECT_EQ(Login(port, "bert", "tea"), 0);
  EXPECT_EQ(Login(port, "carl", ""), 0);
  EXPECT_EQ(Login(port, "anna", "one coffee"), 4);
  process.Signal(SIGUSR2);
  EXPECT_TRUE(process.Says("authentications_accepted 4 authentications_refused 4 "));
}

TEST_F(ProcessTest, AnonymousClientsMayBeLetInBesideUsers) {
  const std::string users = folder_ + "/users";
  std::ofstream{users} << "";
  Process process{Broker({"--password-file", users, "--allow-anonymous"})};
  const net::Peer peer = Client(process.Port());
  EXPECT_EQ(Login(process.Port(), "anna", "one coffee"), 4);
}

TEST_F(ProcessTest, AWrongPasswordFileStopsTheStart) {
  Process process{Broker({"--password-file", folder_})};
  EXPECT_EQ(process.Exit(), Code(ExitCode::kConfig));
  EXPECT_THAT(process.output(), HasSubstr(folder_ + ": cannot be read: Is a directory"));
}

TEST_F(ProcessTest, ASecondSignalEndsAtOnce) {
  Process process{Broker()};
  // It waits a moment for this one, which does not close.
  const net::Peer peer = Client(process.Port());
  process.Signal(SIGTERM);
  EXPECT_TRUE(process.Says("stopping on SIGTERM"));
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Exit(), Code(ExitCode::kInterrupted)) << process.output();
}

TEST_F(ProcessTest, SaysWhyItCannotListen) {
  Process first{Broker()};
  const std::string address = Loopback(first.Port()).ToString();
  Process second{{"--listen", address, "--store", Store() + "2"}};
#ifdef TALLYMQ_ROCKSDB
  EXPECT_EQ(second.Exit(), Code(ExitCode::kCannotListen)) << second.output();
  EXPECT_THAT(second.output(),
              HasSubstr("cannot listen on " + address + ": Address already in use"));
#endif
}

TEST_F(ProcessTest, BeyondTheLimitOfOpenFilesConnectionsAreClosedAndTheOthersGoOn) {
  Process process{Broker(), Process::Limit{RLIMIT_NOFILE, 60}};
  const std::uint16_t port = process.Port();
  std::vector<net::Peer> peers;
  for (int i = 0; i < 60; ++i) peers.emplace_back(Loopback(port));
  EXPECT_TRUE(process.Says("were closed at once")) << process.output();
  EXPECT_EQ(Hello(peers[0]), kAccepted);
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Exit(), 0) << process.output();
}

TEST_F(ProcessTest,
       AMalformedPacketClosesThatConnectionIsLoggedWithItsClauseAndTouchesNothingElse) {
  Process process{Broker({"--packet-size-max", "1KiB"})};
  const std::uint16_t port = process.Port();
  net::Peer good = Client(port);
  for (const std::string& bytes : {std::string{"\x82\x00", 2},  // no packet identifier
                                   std::string{"\x36\x05\x00\x01t\x00\x01", 7},  // QoS 3
                                   std::string{"\x30\xFF\x7F", 3}}) {            // too large
    net::Peer bad = Client(port);
    bad.Send(bytes);
    EXPECT_EQ(Answer(bad), "");
    EXPECT_TRUE(bad.eof());
  }
  EXPECT_TRUE(process.Says("clause=MQTT3-3.3.1-4")) << process.output();
  EXPECT_TRUE(process.Says("large")) << process.output();
  good.Send(std::string{"\xC0\x00", 2});
  EXPECT_EQ(Answer(good), (std::string{"\xD0\x00", 2}));
}

TEST_F(ProcessTest, AClientHasSomeTimeForItsConnect) {
  Process process{Broker({"--connect-timeout", "100ms"})};
  const std::uint16_t port = process.Port();
  net::Peer silent{Loopback(port)};
  EXPECT_EQ(Answer(silent), "");
  EXPECT_TRUE(silent.eof());
}

#ifdef TALLYMQ_ROCKSDB

TEST_F(ProcessTest, TheSampleWorksUnchanged) {
  Process process{Broker({"--config", TALLYMQ_SAMPLE})};
  EXPECT_NE(process.Port(), 0);
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Exit(), 0) << process.output();
}

TEST_F(ProcessTest, AStoreThatAnotherProcessHasIsRefused) {
  Process first{Broker()};
  EXPECT_NE(first.Port(), 0);
  Process second{Broker()};
  EXPECT_EQ(second.Exit(), Code(ExitCode::kStoreLocked)) << second.output();
}

TEST_F(ProcessTest, WhatIsNoStoreIsRefused) {
  std::ofstream{folder_ + "/file"} << "x";
  Process process{{"--listen", "127.0.0.1:0", "--store", folder_ + "/file"}};
  EXPECT_EQ(process.Exit(), Code(ExitCode::kStoreFormat)) << process.output();
}

// D7: a write that fails ends the broker with a code of its own, and nothing is acknowledged after
// it.
TEST_F(ProcessTest, AWriteThatFailsEndsItWithoutAnAcknowledgement) {
  {
    Process process{Broker(), Process::Limit{RLIMIT_FSIZE, 1u << 20}};
    net::Peer peer = Client(process.Port(), "a");
    mqtt::Subscribe subscribe;
    subscribe.packet_id = PacketId{1};
    subscribe.requests.push_back({*mqtt::TopicFilter::Parse("t"), QoS::kAtLeastOnce});
    peer.Send(Bytes(subscribe));
    EXPECT_EQ(Answer(peer), (std::string{"\x90\x03\x00\x01\x01", 5}));

    const std::string payload(2u << 20, 'x');
    mqtt::Publish publish;
    publish.qos = QoS::kAtLeastOnce;
    publish.packet_id = PacketId{2};
    publish.topic = *mqtt::TopicName::Parse("t");
    publish.payload = payload;
    const std::string bytes = Bytes(publish);
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      pollfd ready{peer.fd(), POLLOUT, 0};
      ASSERT_EQ(poll(&ready, 1, 20'000), 1);
      sent += peer.Send(std::string_view{bytes}.substr(sent));
    }
    EXPECT_EQ(process.Exit(), Code(ExitCode::kDoubtfulSync)) << process.output();
    EXPECT_THAT(process.output(), HasSubstr("nothing is acknowledged any more"));
    std::string answer;
    peer.Receive(answer);
    EXPECT_EQ(answer, "");
  }
  Process next{Broker()};
  EXPECT_NE(next.Port(), 0);
  EXPECT_THAT(next.output(), HasSubstr("with 1 sessions"));
}

// The loss contract tells of a store that is memory.
TEST_F(ProcessTest, AStoreOnTmpfsSaysThatItLosesAll) {
  std::string pattern = "/dev/shm/tallymqd-XXXXXX";
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  {
    Process process{{"--listen", "127.0.0.1:0", "--store", pattern}};
    EXPECT_NE(process.Port(), 0);
    EXPECT_THAT(process.output(), HasSubstr("warning loss contract"));
    EXPECT_THAT(process.output(), HasSubstr("on tmpfs, which is memory"));
  }
  std::filesystem::remove_all(pattern);
}

TEST_F(ProcessTest, TheNextStartSaysHowTheLastOneEnded) {
  {
    Process process{Broker()};
    EXPECT_NE(process.Port(), 0);
    EXPECT_THAT(process.output(), HasSubstr("the store is new"));
    process.Signal(SIGTERM);
    EXPECT_EQ(process.Exit(), 0);
  }
  {
    Process process{Broker()};
    EXPECT_NE(process.Port(), 0);
    EXPECT_THAT(process.output(), HasSubstr("after a clean stop"));
    process.Signal(SIGKILL);
    EXPECT_EQ(process.Exit(), -SIGKILL);
  }
  Process process{Broker()};
  EXPECT_NE(process.Port(), 0);
  EXPECT_THAT(process.output(), HasSubstr("after a crash"));
}

#endif

}  // namespace
}  // namespace tallymq::server
