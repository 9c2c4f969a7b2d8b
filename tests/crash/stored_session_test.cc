// Goal: a killed store that contradicts what its client knows is noticed, and one that may be so is
// not. Method: a row says how far an exchange had come for the client, and whether it is in the
// store; the comparison must disagree exactly where no order of events leads from the one to the
// other.

#include "stored_session.h"

#include <gtest/gtest.h>

#include "message_text.h"
#include "oracle.h"

namespace tallymq::crash {
namespace {

enum class In : std::uint8_t { kNotSent, kSent, kReleased, kReleasedLate, kComplete };

struct InRow {
  const char* name;
  In client;
  bool inbound;  // in the store
  bool agrees;
  int state;  // the handshake that is seen, -1: none
};

constexpr int None = -1;
constexpr int Of(Handshake state) { return static_cast<int>(state); }

constexpr InRow kIn[] = {
    {"NotSent", In::kNotSent, false, true, None},
    {"NotSentAndThere", In::kNotSent, true, false, None},
    {"SentNotThere", In::kSent, false, true, Of(Handshake::kInPublishSent)},
    {"SentAndThere", In::kSent, true, true, Of(Handshake::kInPublishStored)},
    {"PubrelSentAndThere", In::kReleased, true, true, Of(Handshake::kInPubrelSent)},
    {"PubrelSentNotThere", In::kReleased, false, true, Of(Handshake::kInPubrelStored)},
    {"PubrelNotSentAndThere", In::kReleasedLate, true, true, None},
    {"PubrelNotSentNotThere", In::kReleasedLate, false, false, None},
    {"Complete", In::kComplete, false, true, None},
    {"CompleteAndThere", In::kComplete, true, false, None},
};

class PublisherTest : public testing::TestWithParam<InRow> {};

TEST_P(PublisherTest, IsHeldAgainstTheStore) {
  const InRow& row = GetParam();
  client::Session session;
  const PacketId id = *session.TakeId(client::IdOrder::kLowest);
  session.Append(id, QoS::kExactlyOnce, false, "t", "x", {});
  if (row.client != In::kNotSent) session.SendAt(0, [](const auto&) {});
  if (row.client > In::kSent) session.OnPubrec(id);
  if (row.client == In::kComplete) session.OnPubcomp(id);
  StoredSession stored;
  if (row.inbound) stored.inbound.Insert(id.value());
  Comparison comparison;
  const bool late = row.client == In::kReleasedLate;
  ComparePublisher(ExchangesOf(session, late ? std::vector{id} : std::vector<PacketId>{}), 2,
                   stored, comparison);
  EXPECT_EQ(comparison.disagreements.empty(), row.agrees);
  for (std::size_t i = 0; i < kHandshakes; ++i) {
    EXPECT_EQ(comparison.states.test(i), static_cast<int>(i) == row.state) << i;
  }
}
INSTANTIATE_TEST_SUITE_P(States, PublisherTest, testing::ValuesIn(kIn),
                         [](const auto& param_info) { return param_info.param.name; });

enum class Out : std::uint8_t { kArrivedLate, kAnswered, kReleasedLate, kCompleted };
enum class Stored : std::uint8_t { kUnacknowledged, kAwaitingPubcomp, kFinished };

struct OutRow {
  const char* name;
  int qos;
  Out client;
  Stored stored;
  bool agrees;
  int state;
};

constexpr OutRow kOut[] = {
    {"LateUnacknowledged", 2, Out::kArrivedLate, Stored::kUnacknowledged, true, None},
    {"LateAwaiting", 2, Out::kArrivedLate, Stored::kAwaitingPubcomp, false, None},
    {"LateFinished", 2, Out::kArrivedLate, Stored::kFinished, false, None},
    {"PubrecSentUnacknowledged", 2, Out::kAnswered, Stored::kUnacknowledged, true,
     Of(Handshake::kOutPubrecSent)},
    {"PubrecSentAwaiting", 2, Out::kAnswered, Stored::kAwaitingPubcomp, true,
     Of(Handshake::kOutPubrecStored)},
    {"PubrecSentFinished", 2, Out::kAnswered, Stored::kFinished, false,
     Of(Handshake::kOutPubrecSent)},
    {"PubcompNotSentUnacknowledged", 2, Out::kReleasedLate, Stored::kUnacknowledged, false, None},
    {"PubcompNotSentAwaiting", 2, Out::kReleasedLate, Stored::kAwaitingPubcomp, true, None},
    {"PubcompNotSentFinished", 2, Out::kReleasedLate, Stored::kFinished, false, None},
    {"PubcompSentUnacknowledged", 2, Out::kCompleted, Stored::kUnacknowledged, false, None},
    {"PubcompSentAwaiting", 2, Out::kCompleted, Stored::kAwaitingPubcomp, true,
     Of(Handshake::kOutPubcompSent)},
    {"PubcompSentFinished", 2, Out::kCompleted, Stored::kFinished, true, None},
    {"Qos1LateUnacknowledged", 1, Out::kArrivedLate, Stored::kUnacknowledged, true, None},
    {"Qos1LateFinished", 1, Out::kArrivedLate, Stored::kFinished, false, None},
    {"Qos1PubackSentUnacknowledged", 1, Out::kAnswered, Stored::kUnacknowledged, true,
     Of(Handshake::kOutPubackSent)},
    {"Qos1PubackSentFinished", 1, Out::kAnswered, Stored::kFinished, true, None},
};

std::string PayloadOf(std::uint64_t number) {
  std::string payload;
  WritePayload({StreamId{0}, number}, payload);
  return payload;
}

class SubscriberTest : public testing::TestWithParam<OutRow> {};

TEST_P(SubscriberTest, IsHeldAgainstTheStore) {
  const OutRow& row = GetParam();
  Oracle oracle(static_cast<QoS>(row.qos), 1);
  Inbox& inbox = oracle.AddInbox("anna");
  oracle.Subscribed(inbox, StreamId{0});
  oracle.Publish(StreamId{0});
  inbox.Connected();
  inbox.Arrived({StreamId{0}, 1, PacketId{5}, false}, row.client != Out::kArrivedLate);
  if (row.client >= Out::kReleasedLate) inbox.Released(PacketId{5}, row.client == Out::kCompleted);
  StoredSession stored;
  stored.send_mark = 64;
  if (row.stored == Stored::kUnacknowledged) stored.unacknowledged[5] = PayloadOf(1);
  if (row.stored == Stored::kAwaitingPubcomp) stored.awaiting_pubcomp.Insert(5);
  Comparison comparison;
  CompareSubscriber(inbox, row.qos, stored, comparison);
  EXPECT_EQ(comparison.disagreements.empty(), row.agrees);
  for (std::size_t i = 0; i < kHandshakes; ++i) {
    EXPECT_EQ(comparison.states.test(i), static_cast<int>(i) == row.state) << i;
  }
}
INSTANTIATE_TEST_SUITE_P(States, SubscriberTest, testing::ValuesIn(kOut),
                         [](const auto& param_info) { return param_info.param.name; });

class ArrivedTest : public testing::Test {
 protected:
  ArrivedTest() {
    oracle_.Subscribed(inbox_, StreamId{0});
    oracle_.Publish(StreamId{0});
    inbox_.Connected();
    inbox_.Arrived({StreamId{0}, 1, PacketId{5}, false}, true);
    stored_.send_mark = 64;
    stored_.unacknowledged[5] = PayloadOf(1);
  }
  std::size_t Disagreements() {
    Comparison comparison;
    CompareSubscriber(inbox_, 2, stored_, comparison);
    return comparison.disagreements.size();
  }

  Oracle oracle_{QoS::kExactlyOnce, 1};
  Inbox& inbox_ = oracle_.AddInbox("anna");
  StoredSession stored_;
};

TEST_F(ArrivedTest, AgreesAsItIs) { EXPECT_EQ(Disagreements(), 0u); }

TEST_F(ArrivedTest, AnotherMessageUnderItsNumber) {
  stored_.unacknowledged[5] = PayloadOf(2);
  EXPECT_EQ(Disagreements(), 1u);
}

TEST_F(ArrivedTest, AboveTheSendMark) {
  stored_.send_mark = 4;
  EXPECT_EQ(Disagreements(), 1u);
}

TEST_F(ArrivedTest, PubrecOfWhatNeverArrived) {
  stored_.awaiting_pubcomp.Insert(6);
  EXPECT_EQ(Disagreements(), 1u);
}

TEST(Filters, MustBeTheOnesThatGotSuback) {
  StoredSession stored;
  stored.filters = {"a", "c"};
  Comparison comparison;
  CompareFilters({"a", "b"}, stored, comparison);
  EXPECT_EQ(comparison.disagreements.size(), 2u);
}

TEST(TallyctlOutput, IsRead) {
  std::string error;
  const auto sessions = ParseSessions(
      R"({"sessions": [{"client_id": "anna", "extra": 1,
          "outgoing": {"head": 7, "send_mark": 64, "waiting": 3, "in_flight": [
            {"seq": 3, "packet_id": 3, "state": "awaiting_pubcomp", "qos": 2},
            {"seq": 7, "packet_id": 7, "state": "awaiting_pubrec", "qos": 2, "topic": "t", "payload": "x"}]},
          "incoming": {"awaiting_pubrel": 2, "packet_ids": [1, 9]},
          "subscriptions": [{"filter": "a/#", "qos": 2}],
          "will": {"topic": "w", "payload": "gone"}}]})",
      error);
  ASSERT_TRUE(sessions) << error;
  const StoredSession& anna = sessions->at("anna");
  EXPECT_EQ(anna.head, 7u);
  EXPECT_TRUE(anna.acknowledged(3));
  EXPECT_FALSE(anna.acknowledged(7));
  EXPECT_TRUE(anna.acknowledged(8));
  EXPECT_FALSE(anna.acknowledged(65));
  EXPECT_TRUE(anna.awaiting_pubcomp.Contains(3));
  EXPECT_TRUE(anna.inbound.Contains(9));
  EXPECT_EQ(anna.filters, std::set<std::string>{"a/#"});
  EXPECT_EQ(anna.waiting, 3u);
  ASSERT_TRUE(anna.will);
  EXPECT_EQ(anna.will->topic, "w");
  EXPECT_EQ(anna.will->payload, "gone");
}

TEST(TallyctlOutput, ThatDoesNotReadIsAnError) {
  std::string error;
  EXPECT_FALSE(ParseSessions("", error));
  EXPECT_FALSE(ParseSessions(R"({"sessions": [{"client_id": "anna"}]})", error));
  EXPECT_FALSE(error.empty());
}

}  // namespace
}  // namespace tallymq::crash
