// Goal: what a client says, in every state of every exchange, whatever its server repeats, forgets
// or breaks. Method: a row is one conversation. `steps` are the caller's calls and, with `<`, the
// server's packets; `trace` is all that came of them: events by name, and with `>` the packets that
// the client sent.
//
//   connect connect_clean lost disconnect ping     calls; `restart` is lost, saved, loaded into a
//   new client p0 p1 p2       Publish with that QoS; the n-th has token and payload n sub unsub
//   Subscribe to two filters, Unsubscribe from one <pub2:7 <dup2:7 >pub2:7 >dup2:7 PUBLISH with QoS
//   2, identifier 7, without and with DUP <connack+ <connack- <connack5                  accepted
//   with and without session present, refused by 5

#include "tallymq/client/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>

namespace tallymq::client {
namespace {

using mqtt::Version;

struct Row {
  const char* name;
  const char* spec;
  const char* steps;
  const char* trace;
  IdOrder id_order = IdOrder::kLowest;
  Version version = Version::k311;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.spec << " " << row.steps; }

PacketId Id(std::string_view text) {
  std::uint16_t id = 0;
  std::from_chars(text.data(), text.data() + text.size(), id);
  return PacketId{id};
}

// The server's packet that `step` names, e.g. "pubrec7".
mqtt::Packet ServerPacket(std::string_view step) {
  const auto after = [step](std::string_view name) { return step.substr(name.size()); };
  const auto acknowledgement = [](auto packet, std::string_view id) {
    packet.packet_id = Id(id);
    return packet;
  };
  if (step.starts_with("pub") && step.size() > 4 && step[4] == ':') {
    mqtt::Publish publish;
    publish.qos = static_cast<QoS>(step[3] - '0');
    publish.topic = *mqtt::TopicName::Parse("t");
    publish.packet_id = Id(step.substr(5));
    publish.payload = "x";
    return publish;
  }
  if (step.starts_with("dup")) {
    std::string plain = "pub" + std::string(after("dup"));
    mqtt::Publish publish = std::get<mqtt::Publish>(ServerPacket(plain));
    publish.dup = true;
    return publish;
  }
  if (step == "pub0") {
    mqtt::Publish publish;
    publish.topic = *mqtt::TopicName::Parse("t");
    return publish;
  }
  if (step.starts_with("connack")) {
    mqtt::Connack connack;
    connack.session_present = step.ends_with('+');
    if (step.starts_with("connackrm")) {
      static constexpr std::string_view kReceiveMaximum[] = {{"\x21\0\1", 3}, {"\x21\0\2", 3}};
      connack.properties = kReceiveMaximum[step[9] - '1'];
    }
    if (!step.ends_with('+') && !step.ends_with('-')) {
      connack.reason = mqtt::ToReasonCode(static_cast<mqtt::ConnectCode>(step.back() - '0'));
    }
    return connack;
  }
  if (step == "disconnect") return mqtt::Disconnect{.reason = mqtt::ReasonCode::kServerBusy};
  if (step.starts_with("nopubrec")) {
    mqtt::Pubrec pubrec = acknowledgement(mqtt::Pubrec{}, after("nopubrec"));
    pubrec.reason = mqtt::ReasonCode::kQuotaExceeded;
    return pubrec;
  }
  if (step.starts_with("puback")) return acknowledgement(mqtt::Puback{}, after("puback"));
  if (step.starts_with("pubrec")) return acknowledgement(mqtt::Pubrec{}, after("pubrec"));
  if (step.starts_with("pubrel")) return acknowledgement(mqtt::Pubrel{}, after("pubrel"));
  if (step.starts_with("pubcomp")) return acknowledgement(mqtt::Pubcomp{}, after("pubcomp"));
  if (step.starts_with("unsuback")) return acknowledgement(mqtt::Unsuback{}, after("unsuback"));
  if (step.starts_with("suback")) {
    mqtt::Suback suback;
    suback.packet_id = Id(after("suback"));
    suback.codes = {mqtt::ReasonCode::kGrantedQos2, mqtt::ReasonCode::kUnspecifiedError};
    if (step.ends_with("=short")) suback.codes.pop_back();
    return suback;
  }
  EXPECT_EQ(step, "pingresp");
  return mqtt::Pingresp{};
}

// Prints events and the client's packets as the trace words them.
struct Printer {
  std::ostream& out;

  void operator()(const Connected& e) { out << (e.session_present ? "connected+" : "connected-"); }
  void operator()(const Refused& e) {
    out << "refused" << static_cast<int>(mqtt::ToConnectCode(e.reason));
  }
  void operator()(const Message& e) {
    out << "message" << static_cast<int>(e.qos) << ':' << e.packet_id.value();
  }
  void operator()(const Repeated& e) { out << "repeated:" << e.packet_id.value(); }
  void operator()(const Released& e) {
    out << (e.known ? "released:" : "unknown:") << e.packet_id.value();
  }
  void operator()(const Accepted& e) {
    out << (e.repeated ? "reaccepted=" : "accepted=") << e.token.value();
  }
  void operator()(const Acknowledged& e) {
    out << (mqtt::IsFailure(e.reason) ? "failed=" : "done=") << e.token.value();
  }
  void operator()(const Dismissed& e) { out << "dismissed" << static_cast<int>(e.reason); }
  void operator()(const Subscribed& e) {
    out << "subscribed=" << e.token.value();
    for (const mqtt::ReasonCode code : e.codes) out << ',' << static_cast<int>(code);
  }
  void operator()(const Unsubscribed& e) { out << "unsubscribed=" << e.token.value(); }
  void operator()(const Pong&) { out << "pong"; }
  void operator()(const Stray& e) { out << "stray:" << e.packet_id.value(); }
  void operator()(const ProtocolError& e) { out << '[' << e.clause << ']'; }

  void operator()(const mqtt::Connect& p) {
    out << (p.clean_start ? ">connect_clean" : ">connect");
  }
  void operator()(const mqtt::Publish& p) {
    out << (p.dup ? ">dup" : ">pub") << static_cast<int>(p.qos);
    if (p.packet_id.value() != 0) out << ':' << p.packet_id.value();
    out << '=' << p.payload;
  }
  void operator()(const mqtt::Puback& p) { out << ">puback" << p.packet_id.value(); }
  void operator()(const mqtt::Pubrec& p) { out << ">pubrec" << p.packet_id.value(); }
  void operator()(const mqtt::Pubrel& p) { out << ">pubrel" << p.packet_id.value(); }
  void operator()(const mqtt::Pubcomp& p) { out << ">pubcomp" << p.packet_id.value(); }
  void operator()(const mqtt::Subscribe& p) { out << ">sub" << p.packet_id.value(); }
  void operator()(const mqtt::Unsubscribe& p) { out << ">unsub" << p.packet_id.value(); }
  void operator()(const mqtt::Pingreq&) { out << ">ping"; }
  void operator()(const mqtt::Disconnect&) { out << ">disconnect"; }
  template <typename Other>
  void operator()(const Other&) {
    out << ">?";
  }
};

// Plays rows. `chunk` is the number of bytes handed to `Receive` at once.
class Player {
 public:
  Player(const Row& row, std::size_t chunk) : row_(row), chunk_(chunk) { Restart({}); }

  std::string Play() {
    std::istringstream steps(row_.steps);
    for (std::string step; steps >> step;) Step(step);
    std::string trace = trace_.str();
    if (!trace.empty()) trace.pop_back();
    return trace;
  }

 private:
  void Restart(Session session) {
    client_ = std::make_unique<Client>(Options{.window = 3, .id_order = row_.id_order},
                                       std::move(session));
  }

  void Step(const std::string& step) {
    if (step.front() == '<') {
      std::string bytes;
      if (step == "<junk") {
        bytes = "\xF0";
        bytes.push_back('\0');
      } else {
        mqtt::Encode(ServerPacket(std::string_view(step).substr(1)), row_.version, bytes);
      }
      for (std::size_t at = 0; at < bytes.size(); at += chunk_) {
        client_->Receive(std::string_view(bytes).substr(at, chunk_));
        Drain();
      }
      return;
    }
    if (step == "lost") {
      client_->ConnectionLost();
    } else if (step == "restart") {
      client_->ConnectionLost();
      std::string saved;
      client_->session().Save(saved);
      auto loaded = Session::Load(saved);
      ASSERT_TRUE(loaded);
      EXPECT_EQ(*loaded, client_->session());
      Restart(std::move(*loaded));
    } else if (step == "connect" || step == "connect_clean") {
      mqtt::Connect connect;
      connect.version = row_.version;
      connect.clean_start = step == "connect_clean";
      connect.client_id = "c";
      client_->Connect(connect);
    } else if (step == "ping") {
      client_->Ping();
    } else if (step == "disconnect") {
      client_->Disconnect();
    } else {
      const Token token{++calls_};
      const auto refused = [&](const auto& result) {
        if (!result) trace_ << "no" << static_cast<int>(result.error()) << ' ';
      };
      if (step == "sub") {
        const mqtt::SubscriptionRequest a{.filter = *mqtt::TopicFilter::Parse("a/#"),
                                          .qos = QoS::kExactlyOnce};
        refused(client_->Subscribe(std::vector{a, a}, token));
      } else if (step == "unsub") {
        refused(client_->Unsubscribe(std::vector{*mqtt::TopicFilter::Parse("a/#")}, token));
      } else {
        ASSERT_THAT(step, testing::AnyOf("p0", "p1", "p2"));
        refused(client_->Publish(*mqtt::TopicName::Parse("t"), std::to_string(calls_),
                                 static_cast<QoS>(step[1] - '0'), false, token));
      }
    }
    Drain();
  }

  void Drain() {
    TakeOutput();
    while (const std::optional<Event> event = client_->Next()) {
      std::visit(Printer{trace_}, *event);
      trace_ << ' ';
      TakeOutput();
    }
  }

  void TakeOutput() {
    std::string_view rest = client_->output();
    while (!rest.empty()) {
      const auto result =
          mqtt::Decode(rest, {.sender = mqtt::Sender::kClient, .version = row_.version});
      const auto* decoded = std::get_if<mqtt::Decoded>(&result);
      ASSERT_NE(decoded, nullptr) << "the client sent no packet";
      std::visit(Printer{trace_}, decoded->packet);
      trace_ << ' ';
      rest.remove_prefix(decoded->consumed);
    }
    client_->output().clear();
  }

  const Row& row_;
  const std::size_t chunk_;
  std::unique_ptr<Client> client_;
  std::uint64_t calls_ = 0;
  std::ostringstream trace_;
};

class ClientTest : public testing::TestWithParam<Row> {};

TEST_P(ClientTest, Talks) {
  EXPECT_EQ(Player(GetParam(), 65'536).Play(), GetParam().trace) << GetParam().spec;
}

TEST_P(ClientTest, TalksTheSameByteByByte) {
  EXPECT_EQ(Player(GetParam(), 1).Play(), GetParam().trace) << GetParam().spec;
}

std::string NameOf(const testing::TestParamInfo<Row>& info) { return info.param.name; }

constexpr Row kConnection[] = {
    {"NewSession", "[MQTT3-3.2.2-3]", "connect <connack-", ">connect connected-"},
    {"SessionPresent", "[MQTT3-3.2.2-2]", "connect <connack+", ">connect connected+"},
    {"Refused", "[MQTT3-3.2.2-5]", "connect <connack5 <pub0 p0", ">connect refused5 no0"},
    {"FirstPacketIsNoConnack", "[MQTT3-3.2.0-1]", "connect <pub0", ">connect [MQTT3-3.2.0-1]"},
    {"SecondConnack", "[MQTT3-3.2.0-1]", "connect <connack- <connack-",
     ">connect connected- [MQTT3-3.2.0-1]"},
    {"NothingComesOfAnErrorButItself", "[MQTT3-4.8.0-1]",
     "connect <connack- <connack- <pub1:1 ping", ">connect connected- [MQTT3-3.2.0-1]"},
    {"MalformedPacket", "[MQTT3-4.8.0-1]", "connect <connack- <junk <pub1:1",
     ">connect connected- [MQTT3-4.8.0-1]"},
    {"Ping", "[MQTT3-3.12.4-1]", "connect ping <connack- ping <pingresp",
     ">connect connected- >ping pong"},
    {"NothingBehindDisconnect", "[MQTT3-3.14.4-2]",
     "connect <connack- disconnect ping p0 <pub1:1 disconnect",
     ">connect connected- >disconnect no0"},
    {"NewConnectionAfterAnError", "[MQTT3-4.8.0-1]", "connect <pub0 lost connect <connack-",
     ">connect [MQTT3-3.2.0-1] >connect connected-"},
};
constexpr Row kMqtt5[] = {
    {"ReceiveMaximum", "[MQTT-4.9.0-2]",
     "connect <connackrm1- p2 p1 p2 <pubrec1 <pubcomp1 <puback2",
     ">connect connected- >pub2:1=1 accepted=1 >pubrel1 done=1 >pub1:2=2 done=2 >pub2:3=3",
     IdOrder::kLowest, Version::k50},
    {"ReceiveMaximumOfTheNextConnection", "[MQTT-4.9.0-2]",
     "connect <connackrm2- p1 p1 lost connect <connackrm1+ <puback1 <puback2",
     ">connect connected- >pub1:1=1 >pub1:2=2 >connect connected+ >dup1:1=1 done=1 >dup1:2=2 "
     "done=2",
     IdOrder::kLowest, Version::k50},
    {"OldExchangesGiveNothingBack", "[MQTT-4.9.0-2]",
     "connect <connackrm1- p2 p1 p1 <pubrec1 lost connect <connackrm1+ <pubcomp1",
     ">connect connected- >pub2:1=1 accepted=1 >pubrel1 >connect connected+ >pubrel1 >pub1:2=2 "
     "done=1",
     IdOrder::kLowest, Version::k50},
    {"PubrecWithAnErrorEndsIt", "[MQTT-4.3.3-4]", "connect <connackrm1- p2 p1 <nopubrec1",
     ">connect connected- >pub2:1=1 failed=1 >pub1:2=2", IdOrder::kLowest, Version::k50},
    {"TheServerGoes", "[MQTT-3.14.4-1]", "connect <connack- <disconnect p0",
     ">connect connected- dismissed137 no0", IdOrder::kLowest, Version::k50},
};
INSTANTIATE_TEST_SUITE_P(Mqtt5, ClientTest, testing::ValuesIn(kMqtt5), NameOf);

INSTANTIATE_TEST_SUITE_P(Connection, ClientTest, testing::ValuesIn(kConnection), NameOf);

constexpr Row kSending[] = {
    {"QoS0", "[MQTT3-4.3.1-1]", "connect <connack- p0", ">connect connected- >pub0=1"},
    {"QoS0NeedsAConnection", "[MQTT3-4.3.1-1]", "p0 connect p0 <connack-",
     "no0 >connect no0 connected-"},
    {"QoS1", "[MQTT3-4.3.2-1]", "connect <connack- p1 <puback1",
     ">connect connected- >pub1:1=1 done=1"},
    {"QoS2", "[MQTT3-4.3.3-1]", "connect <connack- p2 <pubrec1 <pubcomp1",
     ">connect connected- >pub2:1=1 accepted=1 >pubrel1 done=1"},
    {"UnusedIdentifiers", "[MQTT3-2.3.1-2]", "connect <connack- p1 p2 p1 <puback1 p2",
     ">connect connected- >pub1:1=1 >pub2:2=2 >pub1:3=3 done=1 >pub2:1=4"},
    {"IdentifiersRestWhenAscending", "[MQTT3-2.3.1-2]",
     "connect <connack- p1 <puback1 p1 <puback2 p1",
     ">connect connected- >pub1:1=1 done=1 >pub1:2=2 done=2 >pub1:3=3", IdOrder::kAscending},
    {"IdentifierIsInUseUntilPubcomp", "[MQTT3-2.3.1-3]",
     "connect <connack- p2 <pubrec1 p2 <pubcomp1 p2",
     ">connect connected- >pub2:1=1 accepted=1 >pubrel1 >pub2:2=2 done=1 >pub2:1=3"},
    {"WindowIsFullUntilPubcomp", "[MQTT3-4.3.3-1]",
     "connect <connack- p2 p2 p1 p1 <pubrec1 p2 <pubcomp1 p2",
     ">connect connected- >pub2:1=1 >pub2:2=2 >pub1:3=3 no1 accepted=1 >pubrel1 no1 done=1 "
     ">pub2:1=6"},
    {"KeptWithoutAConnection", "[MQTT3-4.3.3-1]", "p2 connect p1 <connack- <pubrec1 <puback2",
     ">connect connected- >pub2:1=1 >pub1:2=2 accepted=1 >pubrel1 done=2"},
    {"RepeatedPubrec", "[MQTT3-4.3.3-1]", "connect <connack- p2 <pubrec1 <pubrec1 <pubcomp1",
     ">connect connected- >pub2:1=1 accepted=1 >pubrel1 reaccepted=1 >pubrel1 done=1"},
    {"AcknowledgementsOfNothing", "[MQTT3-4.3.3-1]",
     "connect <connack- <puback1 <pubrec1 <pubcomp1",
     ">connect connected- stray:1 stray:1 >pubrel1 stray:1"},
    {"PubackToQoS2", "[MQTT3-3.3.4-1]", "connect <connack- p2 <puback1",
     ">connect connected- >pub2:1=1 [MQTT3-3.3.4-1]"},
    {"PubackToReleased", "[MQTT3-3.3.4-1]", "connect <connack- p2 <pubrec1 <puback1",
     ">connect connected- >pub2:1=1 accepted=1 >pubrel1 [MQTT3-3.3.4-1]"},
    {"PubrecToQoS1", "[MQTT3-3.3.4-1]", "connect <connack- p1 <pubrec1",
     ">connect connected- >pub1:1=1 [MQTT3-3.3.4-1]"},
    {"PubcompBeforePubrec", "[MQTT3-4.3.3-2]", "connect <connack- p2 <pubcomp1",
     ">connect connected- >pub2:1=1 [MQTT3-4.3.3-2]"},
    {"PubrelsInTheOrderOfPubrecs", "[MQTT3-4.6.0-4]",
     "connect <connack- p2 p2 p2 <pubrec2 <pubrec1 <pubrec3 lost connect <connack+",
     ">connect connected- >pub2:1=1 >pub2:2=2 >pub2:3=3 accepted=2 >pubrel2 accepted=1 >pubrel1 "
     "accepted=3 "
     ">pubrel3 >connect connected+ >pubrel2 >pubrel1 >pubrel3"},
};
INSTANTIATE_TEST_SUITE_P(Sending, ClientTest, testing::ValuesIn(kSending), NameOf);

// A connection is lost, or the client restarts, in each state of the sender.
constexpr Row kResuming[] = {
    {"PublishQoS1", "[MQTT3-4.4.0-1]", "connect <connack- p1 lost connect <connack+ <puback1",
     ">connect connected- >pub1:1=1 >connect connected+ >dup1:1=1 done=1"},
    {"PublishQoS2", "[MQTT3-4.4.0-1]",
     "connect <connack- p2 lost connect <connack+ <pubrec1 <pubcomp1",
     ">connect connected- >pub2:1=1 >connect connected+ >dup2:1=1 accepted=1 >pubrel1 done=1"},
    {"Pubrel", "[MQTT3-4.4.0-1]", "connect <connack- p2 <pubrec1 lost connect <connack+ <pubcomp1",
     ">connect connected- >pub2:1=1 accepted=1 >pubrel1 >connect connected+ >pubrel1 done=1"},
    {"NothingOfWhatEnded", "[MQTT3-4.4.0-1]",
     "connect <connack- p1 <puback1 p2 <pubrec1 <pubcomp1 lost connect <connack+",
     ">connect connected- >pub1:1=1 done=1 >pub2:1=2 accepted=2 >pubrel1 done=2 >connect "
     "connected+"},
    {"AsOftenAsItTakes", "[MQTT3-3.3.1-1]",
     "connect <connack- p2 lost connect <connack+ lost connect <connack+",
     ">connect connected- >pub2:1=1 >connect connected+ >dup2:1=1 >connect connected+ >dup2:1=1"},
    {"NotBeforeConnack", "[MQTT3-4.4.0-1]",
     "connect <connack- p2 lost connect lost connect <connack+",
     ">connect connected- >pub2:1=1 >connect >connect connected+ >dup2:1=1"},
    {"NoDupForWhatNeverWentOut", "[MQTT3-4.3.2-1]",
     "connect <connack- p1 lost p1 connect <connack+",
     ">connect connected- >pub1:1=1 >connect connected+ >dup1:1=1 >pub1:2=2"},
    {"InTheOriginalOrder", "[MQTT3-4.6.0-1]",
     "connect <connack- p2 p2 p2 <pubrec1 <pubcomp1 p2 lost connect <connack+",
     ">connect connected- >pub2:1=1 >pub2:2=2 >pub2:3=3 accepted=1 >pubrel1 done=1 >pub2:1=4 "
     ">connect "
     "connected+ >dup2:2=2 >dup2:3=3 >dup2:1=4"},
    {"PubrelsFirst", "[MQTT3-4.6.0-1]",
     "connect <connack- p1 p2 p2 <pubrec2 lost connect <connack+",
     ">connect connected- >pub1:1=1 >pub2:2=2 >pub2:3=3 accepted=2 >pubrel2 >connect connected+ "
     ">pubrel2 "
     ">dup1:1=1 >dup2:3=3"},
    {"OverARestart", "[MQTT3-4.1.0-1]",
     "connect <connack- p1 p2 p2 <pubrec3 restart connect <connack+ <pubcomp3 p2",
     ">connect connected- >pub1:1=1 >pub2:2=2 >pub2:3=3 accepted=3 >pubrel3 >connect connected+ "
     ">pubrel3 "
     ">dup1:1=1 >dup2:2=2 done=3 >pub2:3=4"},
    {"CleanSessionForgets", "[MQTT3-3.1.2-6]",
     "connect <connack- p1 p2 <pubrec2 lost connect_clean <connack- p2",
     ">connect connected- >pub1:1=1 >pub2:2=2 accepted=2 >pubrel2 >connect_clean connected- "
     ">pub2:1=3"},
    {"ServerForgot", "[MQTT3-4.4.0-1]",
     "connect <connack- p1 p2 <pubrec2 lost connect <connack- <puback1 <pubcomp2",
     ">connect connected- >pub1:1=1 >pub2:2=2 accepted=2 >pubrel2 >connect connected- >pubrel2 "
     ">dup1:1=1 "
     "done=1 done=2"},
    {"InVersion31", "[MQTT3-4.4.0-1]", "connect <connack- p2 lost connect <connack- <pubrec1",
     ">connect connected- >pub2:1=1 >connect connected- >dup2:1=1 accepted=1 >pubrel1",
     IdOrder::kLowest, Version::k31},
};
INSTANTIATE_TEST_SUITE_P(Resuming, ClientTest, testing::ValuesIn(kResuming), NameOf);

constexpr Row kReceiving[] = {
    {"QoS0", "[MQTT3-3.3.4-1]", "connect <connack- <pub0", ">connect connected- message0:0"},
    {"QoS1", "[MQTT3-4.3.2-2]", "connect <connack- <pub1:7",
     ">connect connected- message1:7 >puback7"},
    {"QoS1SameIdentifierIsANewMessage", "[MQTT3-4.3.2-2]", "connect <connack- <pub1:7 <dup1:7",
     ">connect connected- message1:7 >puback7 message1:7 >puback7"},
    {"QoS2", "[MQTT3-4.3.3-2]", "connect <connack- <pub2:7 <pubrel7",
     ">connect connected- message2:7 >pubrec7 released:7 >pubcomp7"},
    {"RetriesAreAnsweredNotHandedOn", "[MQTT3-4.3.3-2]",
     "connect <connack- <pub2:7 <dup2:7 <pub2:7 <pubrel7",
     ">connect connected- message2:7 >pubrec7 repeated:7 >pubrec7 repeated:7 >pubrec7 released:7 "
     ">pubcomp7"},
    {"PubrelRetry", "[MQTT3-4.3.3-2]", "connect <connack- <pub2:7 <pubrel7 <pubrel7 <pubrel8",
     ">connect connected- message2:7 >pubrec7 released:7 >pubcomp7 unknown:7 >pubcomp7 unknown:8 "
     ">pubcomp8"},
    {"IdentifierIsFreeAfterPubrel", "[MQTT3-4.3.3-2]", "connect <connack- <pub2:7 <pubrel7 <pub2:7",
     ">connect connected- message2:7 >pubrec7 released:7 >pubcomp7 message2:7 >pubrec7"},
    {"RememberedOverConnections", "[MQTT3-4.1.0-1]",
     "connect <connack- <pub2:7 lost connect <connack+ <dup2:7 <pubrel7",
     ">connect connected- message2:7 >pubrec7 >connect connected+ repeated:7 >pubrec7 released:7 "
     ">pubcomp7"},
    {"RememberedOverARestart", "[MQTT3-4.1.0-1]",
     "connect <connack- <pub2:7 restart connect <connack+ <dup2:7",
     ">connect connected- message2:7 >pubrec7 >connect connected+ repeated:7 >pubrec7"},
    {"RememberedIn31WhichTellsNothing", "[MQTT3-4.1.0-1]",
     "connect <connack- <pub2:7 lost connect <connack- <dup2:7",
     ">connect connected- message2:7 >pubrec7 >connect connected- repeated:7 >pubrec7",
     IdOrder::kLowest, Version::k31},
    {"ForgottenWithTheServersSession", "[MQTT3-3.2.2-3]",
     "connect <connack- <pub2:7 lost connect <connack- <pub2:7",
     ">connect connected- message2:7 >pubrec7 >connect connected- message2:7 >pubrec7"},
    {"ForgottenByCleanSession", "[MQTT3-3.1.2-6]",
     "connect <connack- <pub2:7 lost connect_clean <connack- <pub2:7",
     ">connect connected- message2:7 >pubrec7 >connect_clean connected- message2:7 >pubrec7"},
    {"BothDirectionsHaveTheirOwnIdentifiers", "[MQTT3-2.3.1-4]",
     "connect <connack- p2 <pub2:1 <pubrec1 <pubrel1 <pubcomp1",
     ">connect connected- >pub2:1=1 message2:1 >pubrec1 accepted=1 >pubrel1 released:1 >pubcomp1 "
     "done=1"},
};
INSTANTIATE_TEST_SUITE_P(Receiving, ClientTest, testing::ValuesIn(kReceiving), NameOf);

constexpr Row kSubscribing[] = {
    {"Subscribe", "[MQTT3-3.9.3-1]", "connect <connack- sub <suback1",
     ">connect connected- >sub1 subscribed=1,2,128"},
    {"Unsubscribe", "[MQTT3-3.10.4-4]", "connect <connack- unsub <unsuback1",
     ">connect connected- >unsub1 unsubscribed=1"},
    {"NeedsAConnection", "[MQTT3-3.1.0-1]", "sub unsub connect sub", "no0 no0 >connect no0"},
    {"SharesIdentifiersWithPublish", "[MQTT3-2.3.1-2]", "connect <connack- p1 sub p1 <suback2 p1",
     ">connect connected- >pub1:1=1 >sub2 >pub1:3=3 subscribed=2,2,128 >pub1:2=4"},
    {"SubackToNothing", "[MQTT3-3.8.4-2]", "connect <connack- unsub <suback1",
     ">connect connected- >unsub1 [MQTT3-3.8.4-2]"},
    {"UnsubackToNothing", "[MQTT3-3.10.4-4]", "connect <connack- sub <unsuback1",
     ">connect connected- >sub1 [MQTT3-3.10.4-4]"},
    {"SubackWithACodeTooFew", "[MQTT3-3.8.4-5]", "connect <connack- sub <suback1=short",
     ">connect connected- >sub1 [MQTT3-3.8.4-5]"},
    {"ForgottenWithTheConnection", "[MQTT3-4.4.0-1]",
     "connect <connack- sub lost connect <connack+ p1",
     ">connect connected- >sub1 >connect connected+ >pub1:1=2"},
};
INSTANTIATE_TEST_SUITE_P(Subscribing, ClientTest, testing::ValuesIn(kSubscribing), NameOf);

TEST(ClientLimits, PayloadThatNoPacketCarriesIsRefused) {
  Client client(Options{});
  const std::string payload(mqtt::kRemainingLengthMax - 4, 'x');
  const auto topic = *mqtt::TopicName::Parse("t");
  EXPECT_EQ(client.Publish(topic, payload, QoS::kAtLeastOnce, false, Token{}).error(),
            Refusal::kTooLong);
  EXPECT_TRUE(client.session().empty());
}

TEST(ClientLimits, PacketsAboveTheMaximumAreRefused) {
  Client client(Options{.packet_bytes_max = 64});
  mqtt::Connect connect;
  connect.client_id = "c";
  client.Connect(connect);
  std::string bytes;
  mqtt::Encode(mqtt::Connack{}, mqtt::Version::k311, bytes);
  mqtt::Publish publish;
  publish.topic = *mqtt::TopicName::Parse("t");
  const std::string payload(100, 'x');
  publish.payload = payload;
  mqtt::Encode(publish, mqtt::Version::k311, bytes);
  client.Receive(bytes);
  EXPECT_TRUE(std::holds_alternative<Connected>(*client.Next()));
  EXPECT_TRUE(std::holds_alternative<ProtocolError>(*client.Next()));
  EXPECT_FALSE(client.Next());
}

}  // namespace
}  // namespace tallymq::client
