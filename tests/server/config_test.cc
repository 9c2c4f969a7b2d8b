// Goal: a configuration says exactly what is wrong with it and where; a right one is taken as it is
// written. Method: a row is a TOML text and all that is said about it, or the value that a setting
// then has.

#include "tallymq/server/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "settings.h"

namespace tallymq::server {
namespace {

struct Wrong {
  const char* name;
  const char* text;
  std::vector<std::string> errors;
};

const Wrong kWrong[] = {
    {"UnknownKey",
     "\nlisen = [\"127.0.0.1:1883\"]",
     {"t.toml:2: unknown key \"lisen\"; known here: listen, store, password_file, allow_anonymous, "
      "[limits], "
      "[log], "
      "[rocksdb]"}},
    {"UnknownKeyInTable",
     "[log]\nlevel = \"info\"\n\nfile = \"/x\"",
     {"t.toml:4: unknown key \"log.file\"; known in [log]: level, form"}},
    {"UnknownTable",
     "[auth]\nx = 1",
     {"t.toml:1: unknown key \"auth\"; known here: listen, store, password_file, allow_anonymous, "
      "[limits], "
      "[log], "
      "[rocksdb]"}},
    {"TableExpected", "log = \"info\"", {"t.toml:1: \"log\" is a table: [log]"}},
    {"Address",
     "listen = [\n  \"127.0.0.1:1883\",\n  \"localhost:1883\"]",
     {"t.toml:3: listen: expected a numeric address and a port, such as 127.0.0.1:1883 or "
      "[::1]:1883"}},
    {"ListExpected",
     "listen = \"127.0.0.1:1883\"",
     {"t.toml:1: listen: expected a list of texts in brackets, with at least one"}},
    {"ListNotEmpty",
     "listen = []",
     {"t.toml:1: listen: expected a list of texts in brackets, with at least one"}},
    {"ListOfTexts", "listen = [1883]", {"t.toml:1: listen: expected a text in quotation marks"}},
    {"TextExpected", "store = 1", {"t.toml:1: store: expected a text in quotation marks"}},
    {"PathExpected", "store = \"\"", {"t.toml:1: store: expected the path of a folder"}},
    {"BooleanExpected",
     "allow_anonymous = \"true\"",
     {"t.toml:1: allow_anonymous: expected true or false"}},
    {"Unit",
     "[limits]\npacket_size_max = \"1MB\"",
     {"t.toml:2: limits.packet_size_max: expected a value from 1KiB to 256MiB, such as \"16MiB\""}},
    {"NegativeNumber",
     "[limits]\npacket_size_max = -1",
     {"t.toml:2: limits.packet_size_max: expected a value from 1KiB to 256MiB, such as \"16MiB\""}},
    {"WholeNumber",
     "[limits]\npacket_size_max = 1.5",
     {"t.toml:2: limits.packet_size_max: expected a whole number, or a number with a unit in "
      "quotation marks"}},
    {"Overflow",
     "[rocksdb]\nmemtable_size = \"99999999999999GiB\"",
     {"t.toml:2: rocksdb.memtable_size: expected a value from 1MiB to 1024GiB, such as \"16MiB\""}},
    {"TimeTooShort",
     "[limits]\nconnect_timeout = \"99ms\"",
     {"t.toml:2: limits.connect_timeout: expected a value from 100ms to 1h, such as \"10s\""}},
    {"KeepAliveIsInSeconds",
     "[limits]\nkeep_alive_max = \"1500ms\"",
     {"t.toml:2: limits.keep_alive_max: expected whole seconds"}},
    {"KeepAliveHas16Bits",
     "[limits]\nkeep_alive_max = 65536",
     {"t.toml:2: limits.keep_alive_max: expected a value from 0 to 65535s, such as \"10min\""}},
    {"SessionExpiry",
     "[limits]\nsession_expiry = \"0s\"",
     {"t.toml:2: limits.session_expiry: expected \"never\" or a value from 1s to 4294967294s, "
      "such as "
      "\"168h\""}},
    {"Inflight",
     "[limits]\ninflight_max = 0",
     {"t.toml:2: limits.inflight_max: expected a whole number from 1 to 4096"}},
    {"InflightHasNoUnit",
     "[limits]\ninflight_max = \"100\"",
     {"t.toml:2: limits.inflight_max: expected a whole number"}},
    {"Choice",
     "[log]\nlevel = \"loud\"\nform = \"xml\"",
     {"t.toml:2: log.level: expected one of debug, info, warning, error",
      "t.toml:3: log.form: expected one of text, json"}},
    {"AllAreSaidInOrderOfLines",
     "zzz = 1\nstore = 1\n[limits]\ninflight_max = 5000\naaa = 1",
     {"t.toml:1: unknown key \"zzz\"; known here: listen, store, password_file, allow_anonymous, "
      "[limits], [log], "
      "[rocksdb]",
      "t.toml:2: store: expected a text in quotation marks",
      "t.toml:4: limits.inflight_max: expected a whole number from 1 to 4096",
      "t.toml:5: unknown key \"limits.aaa\"; known in [limits]: packet_size_max, connect_timeout, "
      "keep_alive_max, session_expiry, inflight_max, receive_max, topic_aliases_max, "
      "validate_payload_format, connections_max, client_id_size_max, "
      "topic_size_max, topic_levels_max, subscriptions_max, queue_messages_max, queue_size_max, "
      "queue_policy, retained_max, retained_size_max, refused_close, output_size_max, "
      "buffers_size_max"}},
};

void PrintTo(const Wrong& row, std::ostream* out) { *out << row.name; }

class WrongConfigTest : public testing::TestWithParam<Wrong> {};

TEST_P(WrongConfigTest, SaysWhereAndWhatWasExpected) {
  Config config;
  EXPECT_EQ(ApplyToml(GetParam().text, "t.toml", config), GetParam().errors);
}

INSTANTIATE_TEST_SUITE_P(Rows, WrongConfigTest, testing::ValuesIn(kWrong),
                         [](const auto& row) { return std::string{row.param.name}; });

struct Right {
  const char* name;
  const char* text;
  const char* key;
  const char* value;
};

const Right kRight[] = {
    {"Nothing", "", "listen", "127.0.0.1:1883"},
    {"ListenReplacesTheDefault", "listen = [\"[::1]:1\", \"127.0.0.2:2\"]", "listen",
     "[::1]:1 127.0.0.2:2"},
    {"Store", "store = \"/var/tmp/t\"", "store", "/var/tmp/t"},
    {"PasswordFile", "password_file = \"/etc/users\"", "password_file", "/etc/users"},
    {"Anonymous", "allow_anonymous = true", "allow_anonymous", "true"},
    {"Bytes", "[limits]\npacket_size_max = 65_536", "limits.packet_size_max", "64KiB"},
    {"BytesWithUnit", "[limits]\npacket_size_max = \"1 MiB\"", "limits.packet_size_max", "1MiB"},
    {"Seconds", "[limits]\nconnect_timeout = 30", "limits.connect_timeout", "30s"},
    {"TimeWithUnit", "[limits]\nconnect_timeout = \"2min\"", "limits.connect_timeout", "2min"},
    {"KeepAlive", "limits.keep_alive_max = \"1h\"", "limits.keep_alive_max", "1h"},
    {"SessionExpiry", "limits.session_expiry = \"48h\"", "limits.session_expiry", "48h"},
    {"SessionsNeverExpire", "limits.session_expiry = \"never\"", "limits.session_expiry", "never"},
    {"Inflight", "limits = { inflight_max = 20 }", "limits.inflight_max", "20"},
    {"QueuePolicy", "limits.queue_policy = \"drop-oldest\"", "limits.queue_policy", "drop-oldest"},
    {"QueueSize", "limits.queue_size_max = \"2GiB\"", "limits.queue_size_max", "2GiB"},
    {"Level", "log.level = \"debug\"", "log.level", "debug"},
    {"Form", "log.form = \"json\"", "log.form", "json"},
    {"RocksDb", "rocksdb.wal_size_max = \"1GiB\"", "rocksdb.wal_size_max", "1GiB"},
};

void PrintTo(const Right& row, std::ostream* out) { *out << row.name; }

class RightConfigTest : public testing::TestWithParam<Right> {};

const Setting& Find(std::string_view key) {
  return *std::ranges::find(Settings(), key, &Setting::key);
}

TEST_P(RightConfigTest, IsTaken) {
  Config config;
  EXPECT_THAT(ApplyToml(GetParam().text, "t.toml", config), testing::IsEmpty());
  EXPECT_EQ(Find(GetParam().key).get(config), GetParam().value);
}

INSTANTIATE_TEST_SUITE_P(Rows, RightConfigTest, testing::ValuesIn(kRight),
                         [](const auto& row) { return std::string{row.param.name}; });

TEST(ConfigTest, SyntaxErrorsHaveALine) {
  Config config;
  const ConfigErrors errors = ApplyToml("store = \"a\"\nlisten == 1\n", "t.toml", config);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].rfind("t.toml:2: ", 0), 0u) << errors[0];
}

TEST(ConfigTest, FilesThatCannotBeReadAreSaid) {
  Config config;
  EXPECT_THAT(ApplyFile("/nowhere/t.toml", config),
              testing::ElementsAre("/nowhere/t.toml: cannot be read: No such file or directory"));
  EXPECT_THAT(ApplyFile("/", config), testing::ElementsAre("/: cannot be read: Is a directory"));
}

// The sample is the reference: every key with its default, and the flag of each.
TEST(ConfigTest, TheSampleSaysTheDefaultOfEverySetting) {
  Config config;
  ASSERT_THAT(ApplyFile(TALLYMQ_SAMPLE, config), testing::IsEmpty());
  std::ifstream stream{TALLYMQ_SAMPLE};
  const std::string text{std::istreambuf_iterator<char>{stream}, {}};
  for (const Setting& setting : Settings()) {
    EXPECT_EQ(setting.get(config), setting.get(Config{})) << setting.key;
    const std::string key{setting.key.substr(setting.key.rfind('.') + 1)};
    EXPECT_NE(text.find("\n" + key + " = "), std::string::npos) << setting.key;
    EXPECT_NE(text.find(setting.flag), std::string::npos) << setting.flag;
  }
}

TEST(ConfigTest, OnlyLoopbackIsSafeWithoutAuthentication) {
  Config config;
  EXPECT_THAT(CheckSafety(config), testing::IsEmpty());
  config.listen = {*net::Address::Parse("[::1]:1"), *net::Address::Parse("0.0.0.0:2"),
                   *net::Address::Parse("[::]:3")};
  const ConfigErrors errors = CheckSafety(config);
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_EQ(errors[0].rfind("refused to listen on 0.0.0.0:2: ", 0), 0u) << errors[0];
  config.allow_anonymous = true;
  EXPECT_THAT(CheckSafety(config), testing::IsEmpty());
  config.allow_anonymous = false;
  config.password_file = "users";
  EXPECT_THAT(CheckSafety(config), testing::IsEmpty());
}

}  // namespace
}  // namespace tallymq::server
