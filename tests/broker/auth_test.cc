// Goal: a client is what it says once the answer is there, and until then nobody notices it.
// Method: a `World` that asks who clients are; the test gives the answers. What a client hears is
// compared as words. Whether an answer is right is not the core's matter: tests/auth.

#include <gtest/gtest.h>

#include <string>

#include "world.h"

namespace tallymq::broker {
namespace {

using mqtt::PropertyId;
using mqtt::ReasonCode;
using mqtt::Version;
using Verdict = AuthAnswer::Verdict;

constexpr QoS k1 = QoS::kAtLeastOnce;

World Asking(Limits limits = {}) {
  limits.authenticate = true;
  return World(World::Completion::kAutomatic, limits);
}

AuthAnswer Accepted(std::string user = "anna", std::string data = "") {
  return {.verdict = Verdict::kAccepted,
          .data = std::move(data),
          .user_name = std::move(user),
          .why = {},
          .exchange = nullptr};
}
AuthAnswer Refused(ReasonCode reason) {
  return {.data = {}, .user_name = {}, .reason = reason, .why = "no", .exchange = nullptr};
}
struct Exchange : AuthExchange {};
AuthAnswer More(std::string data, std::shared_ptr<AuthExchange> exchange = nullptr) {
  if (!exchange) exchange = std::make_shared<Exchange>();
  return {.verdict = Verdict::kContinue,
          .data = std::move(data),
          .user_name = {},
          .why = {},
          .exchange = std::move(exchange)};
}

// Properties that name a method and have data, unless they are empty.
std::string Properties(std::string_view method, std::string_view data) {
  std::string properties;
  mqtt::PropertyWriter out(properties);
  if (!method.empty()) out.Add(PropertyId::kAuthenticationMethod, method);
  if (!data.empty()) out.Add(PropertyId::kAuthenticationData, data);
  return properties;
}

// A CONNECT of 5.0 with a method, on a connection of its own that is called as the client is.
void Hello(World& world, std::string_view name, std::string_view method = "M",
           std::string_view data = "hello", std::string more = "") {
  more += Properties(method, data);
  mqtt::Connect connect;
  connect.version = Version::k50;
  connect.client_id = name;
  connect.properties = more;
  world.Open(name);
  world.Send(name, connect);
}

void Auth(World& world, std::string_view name, ReasonCode reason, std::string_view method = "M",
          std::string_view data = "") {
  const std::string properties = Properties(method, data);
  world.Send(name, mqtt::Auth{reason, properties});
}

// A client that was authenticated by a method.
void Enter(World& world, std::string_view name) {
  Hello(world, name);
  world.Answer(name, Accepted());
  world.Heard(name);
}

void Login(World& world, std::string_view connection, std::string_view id, bool clean,
           Version version = Version::k311) {
  mqtt::Connect connect;
  connect.version = version;
  connect.clean_start = clean;
  connect.client_id = id;
  connect.user_name = "anna";
  connect.password = "secret";
  world.Open(connection);
  world.Send(connection, connect);
}

// ---- User name and password.

TEST(LoginTest, IsAskedAndWaitsForTheAnswer) {
  for (const Version version : {Version::k31, Version::k311, Version::k50}) {
    World world = Asking();
    Login(world, "a", "a", true, version);
    EXPECT_EQ(world.Heard("a"), "PAUSE ASK");
    const AuthQuestion& question = world.Question("a");
    EXPECT_EQ(question.method, "");
    EXPECT_EQ(question.user_name, "anna");
    EXPECT_EQ(question.password, "secret");
    EXPECT_EQ(question.exchange, nullptr);
    world.Answer("a", Accepted());
    EXPECT_EQ(world.Heard("a"), "RESUME CONNACK0");
    world.Send("a", mqtt::Pingreq{});
    EXPECT_EQ(world.Heard("a"), "PINGRESP");
    EXPECT_EQ(world.counters().authentications_accepted, 1u);
  }
}

TEST(LoginTest, WhoSaysNothingIsAskedToo) {
  World world = Asking();
  world.Connect("a", true);
  EXPECT_EQ(world.Heard("a"), "PAUSE ASK");
  EXPECT_FALSE(world.Question("a").user_name.has_value());
  EXPECT_FALSE(world.Question("a").password.has_value());
  world.Answer("a", Accepted(""));
  EXPECT_EQ(world.Heard("a"), "RESUME CONNACK0");
}

// [MQTT-3.1.4-2], [MQTT3-3.2.2-5]: told in the words of the version, and closed.
TEST(LoginTest, ARefusalIsTold) {
  const struct {
    ReasonCode reason;
    int code;  // of 3.x
  } rows[] = {{ReasonCode::kBadUserNameOrPassword, 4},
              {ReasonCode::kNotAuthorized, 5},
              {ReasonCode::kServerBusy, 3}};
  for (const auto& row : rows) {
    for (const Version version : {Version::k31, Version::k311, Version::k50}) {
      World world = Asking();
      Login(world, "a", "a", false, version);
      world.Heard("a");
      world.Answer("a", Refused(row.reason));
      const int code = version == Version::k50 ? static_cast<int>(row.reason) : row.code;
      EXPECT_EQ(world.Heard("a"), "CONNACK" + std::to_string(code) + " CLOSE");
      const bool busy = row.reason == ReasonCode::kServerBusy;
      EXPECT_EQ(world.counters().authentications_busy, busy ? 1u : 0u);
      EXPECT_EQ(world.counters().authentications_refused, busy ? 0u : 1u);
      EXPECT_EQ(world.counters().connections, 0u);
      EXPECT_EQ(world.counters().sessions, 0u);
    }
  }
}

// [design 9.10]: takeover comes after authentication.
TEST(LoginTest, TakesOverOnlyWhenItIsAccepted) {
  World world = Asking();
  mqtt::Connect connect;
  connect.version = Version::k50;
  connect.client_id = "a";
  connect.will = mqtt::Will{.topic = *mqtt::TopicName::Parse("gone"), .payload = "a"};
  world.Open("a");
  world.Send("a", connect);
  world.Answer("a", Accepted());
  world.Connect("w", true);
  world.Answer("w", Accepted());
  world.Subscribe("w", "gone", k1);
  world.Heard("w");
  world.Heard("a");

  Login(world, "thief", "a", true, Version::k50);
  EXPECT_EQ(world.Heard("thief"), "PAUSE ASK");
  world.Send("a", mqtt::Pingreq{});
  EXPECT_EQ(world.Heard("a"), "PINGRESP");
  world.Answer("thief", Refused(ReasonCode::kBadUserNameOrPassword));
  EXPECT_EQ(world.Heard("thief"), "CONNACK134 CLOSE");
  world.Send("a", mqtt::Pingreq{});
  EXPECT_EQ(world.Heard("a"), "PINGRESP") << "nothing happened";
  EXPECT_EQ(world.Heard("w"), "");

  Login(world, "again", "a", true, Version::k50);
  world.Answer("again", Accepted());
  EXPECT_EQ(world.Heard("a"), "DISCONNECT=142 CLOSE");
  EXPECT_EQ(world.Heard("again"), "PAUSE ASK RESUME CONNACK0");
  EXPECT_EQ(world.Heard("w"), "PUBLISH0::a");
}

TEST(LoginTest, ARefusedCleanStartEndsNoSession) {
  World world = Asking();
  Login(world, "s", "s", false);
  world.Answer("s", Accepted());
  world.Subscribe("s", "t", k1);
  world.Drop("s");
  world.Connect("p", true);
  world.Answer("p", Accepted());
  world.Publish("p", "t", "one", k1, 1);
  Login(world, "thief", "s", true);
  world.Answer("thief", Refused(ReasonCode::kBadUserNameOrPassword));
  Login(world, "s", "s", false);
  world.Heard("s");
  world.Answer("s", Accepted());
  EXPECT_EQ(world.Heard("s"), "RESUME CONNACK0+ PUBLISH1:1:one");
}

TEST(LoginTest, StaleAnswersAreIgnored) {
  World world = Asking();
  Login(world, "a", "a", false);
  const ConnId gone = world.Conn("a");
  const AuthRequest request = world.Request("a");
  world.Drop("a");
  world.Answer(gone, request, Accepted());
  EXPECT_EQ(world.counters().sessions, 0u);

  Login(world, "b", "b", false);
  world.Heard("b");
  const ConnId conn = world.Conn("b");
  world.Answer(conn, request, Accepted());
  world.Answer(conn, AuthRequest{0}, Accepted());
  world.Answer(conn, AuthRequest{world.Request("b").value() + 1}, Accepted());
  world.Answer(ConnId{conn.value() + 1}, world.Request("b"), Accepted());
  EXPECT_EQ(world.Heard("b"), "");
  world.Answer("b", Accepted());
  EXPECT_EQ(world.Heard("b"), "RESUME CONNACK0");
  world.Answer("b", Refused(ReasonCode::kNotAuthorized));
  world.Answer("b", Accepted());
  EXPECT_EQ(world.Heard("b"), "") << "a question has one answer";
  EXPECT_EQ(world.counters().sessions, 1u);
}

// D1, D5: nothing of a client is kept before it is accepted, and all of it after.
TEST(LoginTest, ACrashBeforeTheAnswerLeavesNothing) {
  World world = Asking();
  Login(world, "a", "a", false);
  world.Crash();
  EXPECT_EQ(world.counters().sessions, 0u);
  Login(world, "a", "a", false);
  world.Answer("a", Accepted());
  EXPECT_EQ(world.Heard("a"), "PAUSE ASK RESUME CONNACK0");
  world.Crash();
  EXPECT_EQ(world.counters().sessions, 1u);
  Login(world, "a", "a", false);
  world.Answer("a", Accepted());
  EXPECT_EQ(world.Heard("a"), "PAUSE ASK RESUME CONNACK0+");
}

TEST(LoginTest, TheTimeForConnectGoesOn) {
  World world = Asking({.connect_timeout_ms = 1000});
  Hello(world, "a");
  world.Wait(600);
  world.Answer("a", More("1"));
  Auth(world, "a", ReasonCode::kContinueAuthentication);
  EXPECT_EQ(world.Heard("a"), "PAUSE ASK AUTH24:M:1 RESUME PAUSE ASK");
  world.Wait(399);
  EXPECT_EQ(world.Heard("a"), "");
  world.Wait(1);
  EXPECT_EQ(world.Heard("a"), "CLOSE");
  world.Answer("a", Accepted());
  EXPECT_EQ(world.Heard("a"), "");
}

TEST(LoginTest, OneTooManyIsRefusedAfterItsAnswer) {
  World world = Asking({.connections_max = 1});
  Login(world, "a", "a", true);
  Login(world, "b", "b", true);
  world.Answer("b", Accepted());
  world.Answer("a", Accepted());
  EXPECT_EQ(world.Heard("b"), "PAUSE ASK RESUME CONNACK0");
  EXPECT_EQ(world.Heard("a"), "PAUSE ASK RESUME CONNACK3 CLOSE");
}

TEST(LoginTest, WhoIsRefusedAnywayIsNotAsked) {
  World world = Asking({.client_id_bytes_max = 3});
  Login(world, "abcd", "abcd", true);
  EXPECT_EQ(world.Heard("abcd"), "CONNACK2 CLOSE");
}

// ---- An exchange by a method. Spec: section 4.12.

// [MQTT-4.12.0-2], [MQTT-4.12.0-5]. AUTH says nothing else that could make it too large for its
// client: [MQTT-3.15.2-2], [MQTT-3.15.2-3].
TEST(ExchangeTest, GoesOnUntilItIsDecided) {
  World world = Asking();
  Hello(world, "a", "M", "first");
  EXPECT_EQ(world.Heard("a"), "PAUSE ASK");
  EXPECT_EQ(world.Question("a").method, "M");
  EXPECT_EQ(world.Question("a").data, "first");
  const auto exchange = std::make_shared<Exchange>();
  for (const char* data : {"1", "2", ""}) {
    world.Answer("a", More(data, exchange));
    EXPECT_EQ(world.Heard("a"), std::string("AUTH24:M") + (*data ? ":" : "") + data + " RESUME");
    Auth(world, "a", ReasonCode::kContinueAuthentication, "M", "next");
    EXPECT_EQ(world.Heard("a"), "PAUSE ASK");
    EXPECT_EQ(world.Question("a").method, "M");
    EXPECT_EQ(world.Question("a").data, "next");
    EXPECT_EQ(world.Question("a").exchange, exchange);
  }
  world.Answer("a", Accepted("anna", "last"));
  EXPECT_EQ(world.Heard("a"), "RESUME CONNACK0:M:last");
}

// [MQTT-4.12.0-1], [MQTT-4.12.0-4]
TEST(ExchangeTest, MayBeRefusedAtAnyStep) {
  World world = Asking();
  Hello(world, "a");
  world.Answer("a", Refused(ReasonCode::kBadAuthenticationMethod));
  EXPECT_EQ(world.Heard("a"), "PAUSE ASK CONNACK140 CLOSE");
  Hello(world, "a");
  world.Answer("a", More("1"));
  Auth(world, "a", ReasonCode::kContinueAuthentication);
  world.Heard("a");
  world.Answer("a", Refused(ReasonCode::kNotAuthorized));
  EXPECT_EQ(world.Heard("a"), "CONNACK135 CLOSE");
}

// [MQTT-4.12.0-6]: without a method in CONNECT, none in CONNACK.
TEST(ExchangeTest, NobodyHearsOfAMethodUnasked) {
  World world = Asking();
  Login(world, "a", "a", true, Version::k50);
  world.Answer("a", Accepted("anna", "data"));
  EXPECT_EQ(world.Heard("a"), "PAUSE ASK RESUME CONNACK0");
}

// A row is what a client sends when it is to go on, and is a violation.
struct Row {
  const char* name;
  const char* spec;
  void (*send)(World& world);
};
void PrintTo(const Row& row, std::ostream* os) { *os << row.spec; }

class ExchangeErrorTest : public testing::TestWithParam<Row> {};

const Row kDuring[] = {
    {"Publish", "[MQTT-3.1.2-30]", [](World& w) { w.Publish("a", "t", "", QoS::kAtMostOnce); }},
    {"Subscribe", "[MQTT-3.1.2-30]", [](World& w) { w.Subscribe("a", "t", k1); }},
    {"Pingreq", "[MQTT-3.1.2-30]", [](World& w) { w.Send("a", mqtt::Pingreq{}); }},
    {"Puback", "[MQTT-3.1.2-30]", [](World& w) { w.Puback("a", 1); }},
    {"Connect", "[MQTT-3.1.2-30]", [](World& w) { w.Send("a", mqtt::Connect{}); }},
    {"AnotherMethod", "[MQTT-4.12.0-5]",
     [](World& w) { Auth(w, "a", ReasonCode::kContinueAuthentication, "N"); }},
    {"NoMethod", "[MQTT-4.12.0-5]",
     [](World& w) { Auth(w, "a", ReasonCode::kContinueAuthentication, ""); }},
    {"ReAuthenticate", "[MQTT-4.12.0-3]",
     [](World& w) { Auth(w, "a", ReasonCode::kReAuthenticate); }},
    {"Success", "[MQTT-4.12.0-3]", [](World& w) { Auth(w, "a", ReasonCode::kSuccess); }},
};

TEST_P(ExchangeErrorTest, IsToldWithConnack) {
  World world = Asking();
  Hello(world, "a");
  world.Answer("a", More("1"));
  world.Heard("a");
  GetParam().send(world);
  EXPECT_EQ(world.Heard("a"), "CONNACK130 CLOSE");
  EXPECT_EQ(world.counters().protocol_errors, 1u);
}

INSTANTIATE_TEST_SUITE_P(Rows, ExchangeErrorTest, testing::ValuesIn(kDuring),
                         [](const auto& row) { return row.param.name; });

// [MQTT-3.1.2-30]: a DISCONNECT is allowed; there is no will yet that it could take back.
TEST(ExchangeTest, MayBeGivenUp) {
  World world = Asking();
  Hello(world, "a");
  world.Answer("a", More("1"));
  world.Heard("a");
  world.Send("a", mqtt::Disconnect{});
  EXPECT_EQ(world.Heard("a"), "CLOSE");
  EXPECT_EQ(world.counters().protocol_errors, 0u);
}

// [MQTT-3.1.2-24]
TEST(ExchangeTest, EndsWhereTheClientTakesNoSuchPacket) {
  World world = Asking();
  std::string small;
  mqtt::PropertyWriter(small).Add(PropertyId::kMaximumPacketSize, 64);
  Hello(world, "a", "M", "", small);
  world.Heard("a");
  world.Answer("a", More(std::string(64, 'x')));
  EXPECT_EQ(world.Heard("a"), "CONNACK149 CLOSE");
}

// [MQTT-4.12.0-1]: where nobody is asked, no method is known.
TEST(ExchangeTest, NeedsSomebodyWhoKnowsTheMethod) {
  World world;
  Hello(world, "a");
  EXPECT_EQ(world.Heard("a"), "CONNACK140 CLOSE");
}

// ---- Re-authentication. Spec: section 4.12.1.

TEST(ReAuthenticationTest, GoesOnBesideEverythingElse) {
  World world = Asking();
  Enter(world, "a");
  Auth(world, "a", ReasonCode::kReAuthenticate, "M", "again");
  EXPECT_EQ(world.Heard("a"), "ASK");
  EXPECT_EQ(world.Question("a").data, "again");
  EXPECT_EQ(world.Question("a").exchange, nullptr);
  world.Subscribe("a", "t", k1);
  world.Publish("a", "t", "1", k1, 1);
  EXPECT_EQ(world.Heard("a"), "SUBACK PUBLISH1:1:1 PUBACK:1");
  world.Answer("a", More("1"));
  EXPECT_EQ(world.Heard("a"), "AUTH24:M:1");
  Auth(world, "a", ReasonCode::kContinueAuthentication, "M", "2");
  EXPECT_EQ(world.Heard("a"), "ASK");
  EXPECT_NE(world.Question("a").exchange, nullptr);
  world.Answer("a", Accepted("anna", "3"));
  EXPECT_EQ(world.Heard("a"), "AUTH0:M:3");
  Auth(world, "a", ReasonCode::kReAuthenticate);
  world.Answer("a", Accepted());
  EXPECT_EQ(world.Heard("a"), "ASK AUTH0:M") << "as often as it likes";
  EXPECT_EQ(world.counters().authentications_accepted, 3u);
}

// [MQTT-4.12.1-2]: and the will is published.
TEST(ReAuthenticationTest, AFailureEndsTheConnection) {
  const std::pair<AuthAnswer, int> rows[] = {
      {Refused(ReasonCode::kNotAuthorized), 135},
      {Refused(ReasonCode::kServerBusy), 137},
      {Accepted("bert"), 135},  // another user than before
  };
  for (const auto& [answer, code] : rows) {
    World world = Asking();
    world.Connect("w", true);
    world.Answer("w", Accepted());
    world.Subscribe("w", "gone", k1);
    world.Heard("w");
    const std::string properties = Properties("M", "");
    mqtt::Connect connect;
    connect.version = Version::k50;
    connect.client_id = "a";
    connect.properties = properties;
    connect.will = mqtt::Will{.topic = *mqtt::TopicName::Parse("gone"), .payload = "a"};
    world.Open("a");
    world.Send("a", connect);
    world.Answer("a", Accepted());
    world.Heard("a");
    Auth(world, "a", ReasonCode::kReAuthenticate);
    world.Answer("a", answer);
    EXPECT_EQ(world.Heard("a"), "ASK DISCONNECT=" + std::to_string(code) + " CLOSE");
    EXPECT_EQ(world.Heard("w"), "PUBLISH0::a");
  }
}

const Row kLive[] = {
    {"ByPassword", "[MQTT-4.12.0-7]",
     [](World& w) {
       Login(w, "a", "a", true, Version::k50);
       w.Answer("a", Accepted());
       w.Heard("a");
       Auth(w, "a", ReasonCode::kReAuthenticate);
     }},
    {"AnotherMethod", "[MQTT-4.12.1-1]",
     [](World& w) {
       Enter(w, "a");
       Auth(w, "a", ReasonCode::kReAuthenticate, "N");
     }},
    {"NothingToContinue", "[MQTT-4.12.1-1]",
     [](World& w) {
       Enter(w, "a");
       Auth(w, "a", ReasonCode::kContinueAuthentication);
     }},
    {"Success", "[MQTT-4.12.1-1]",
     [](World& w) {
       Enter(w, "a");
       Auth(w, "a", ReasonCode::kSuccess);
     }},
    {"BeginsTwice", "[MQTT-4.12.0-3]",
     [](World& w) {
       Enter(w, "a");
       Auth(w, "a", ReasonCode::kReAuthenticate);
       w.Answer("a", More("1"));
       w.Heard("a");
       Auth(w, "a", ReasonCode::kReAuthenticate);
     }},
    {"DoesNotWait", "[MQTT-4.12.0-3]",
     [](World& w) {
       Enter(w, "a");
       Auth(w, "a", ReasonCode::kReAuthenticate);
       w.Heard("a");
       Auth(w, "a", ReasonCode::kContinueAuthentication);
     }},
};

class ReAuthenticationErrorTest : public testing::TestWithParam<Row> {};

TEST_P(ReAuthenticationErrorTest, IsToldWithDisconnect) {
  World world = Asking();
  GetParam().send(world);
  EXPECT_EQ(world.Heard("a"), "DISCONNECT=130 CLOSE");
  EXPECT_EQ(world.counters().protocol_errors, 1u);
}

INSTANTIATE_TEST_SUITE_P(Rows, ReAuthenticationErrorTest, testing::ValuesIn(kLive),
                         [](const auto& row) { return row.param.name; });

// An answer to a client that is connected and has been taken over meanwhile is nobody's.
TEST(ReAuthenticationTest, EndsWithItsConnection) {
  World world = Asking();
  Enter(world, "a");
  Auth(world, "a", ReasonCode::kReAuthenticate);
  const ConnId old = world.Conn("a");
  const AuthRequest request = world.Request("a");
  Hello(world, "a");
  world.Heard("a");
  world.Answer("a", Accepted());
  EXPECT_EQ(world.Heard("old-a"), "DISCONNECT=142 CLOSE");
  world.Answer(old, request, Refused(ReasonCode::kNotAuthorized));
  EXPECT_EQ(world.Heard("a"), "RESUME CONNACK0:M:");
  world.Send("a", mqtt::Pingreq{});
  EXPECT_EQ(world.Heard("a"), "PINGRESP");
}

}  // namespace
}  // namespace tallymq::broker
