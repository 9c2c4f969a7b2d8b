// Goal: what publishers and subscribers see of QoS 1 and 2, in every state, over lost connections
// and crashes. Method: a `World` is a broker over a journal in memory; what it says is compared as
// words. `r` steps follow a script: each line does something and says what must be heard.

#include <gtest/gtest.h>

#include "world.h"

namespace tallymq::broker {
namespace {

constexpr QoS k0 = QoS::kAtMostOnce;
constexpr QoS k1 = QoS::kAtLeastOnce;
constexpr QoS k2 = QoS::kExactlyOnce;

// [MQTT3-4.3.3-2]: the receiver of QoS 2 answers each repetition and delivers once.
TEST(Qos2ReceiverTest, RetriesAreAnsweredNotDelivered) {
  World world;
  world.Connect("s", false);
  world.Subscribe("s", "t", k0);
  world.Connect("p", false);
  EXPECT_EQ(world.Heard("p"), "CONNACK0");
  world.Heard("s");
  for (int i = 0; i < 3; ++i) {
    world.Publish("p", "t", "a", k2, 7, i > 0);
    EXPECT_EQ(world.Heard("p"), "PUBREC:7");
  }
  EXPECT_EQ(world.Heard("s"), "PUBLISH0::a");
  for (int i = 0; i < 3; ++i) {
    world.Pubrel("p", 7);
    EXPECT_EQ(world.Heard("p"), "PUBCOMP:7");
  }
  world.Publish("p", "t", "b", k2, 7);  // The identifier is free again.
  EXPECT_EQ(world.Heard("p"), "PUBREC:7");
  EXPECT_EQ(world.Heard("s"), "PUBLISH0::b");
}

// D5: the receiver's identifiers belong to the session, not to the connection or the process.
TEST(Qos2ReceiverTest, IdentifiersOutliveConnectionAndProcess) {
  World world;
  world.Connect("s", false);
  world.Subscribe("s", "t", k2);
  world.Connect("p", false);
  world.Publish("p", "t", "a", k2, 7);
  world.Drop("p");
  world.Connect("p", false);
  world.Publish("p", "t", "a", k2, 7, true);
  EXPECT_EQ(world.Heard("p"), "CONNACK0+ PUBREC:7");
  world.Crash();
  world.Connect("p", false);
  world.Publish("p", "t", "a", k2, 7, true);
  EXPECT_EQ(world.Heard("p"), "CONNACK0+ PUBREC:7");
  world.Pubrel("p", 7);
  EXPECT_EQ(world.Heard("p"), "PUBCOMP:7");
  world.Connect("s", false);
  EXPECT_EQ(world.Heard("s"), "CONNACK0+ PUBLISH2:d1:a");
}

// D1: nothing gated leaves before its batch is durable.
TEST(GateTest, AnswersWaitForTheirBatch) {
  World world(World::Completion::kManual);
  world.Connect("s", false);
  EXPECT_EQ(world.Heard("s"), "");
  world.Commit();
  EXPECT_EQ(world.Heard("s"), "CONNACK0");
  world.Subscribe("s", "t", k2);
  EXPECT_EQ(world.Heard("s"), "");
  world.Commit();
  EXPECT_EQ(world.Heard("s"), "SUBACK");
  world.Publish("s", "t", "a", k2, 9);
  EXPECT_EQ(world.Heard("s"), "");
  world.Commit();
  EXPECT_EQ(world.Heard("s"), "PUBLISH2:1:a PUBREC:9");
  world.Pubrec("s", 1);
  world.Pubrel("s", 9);
  EXPECT_EQ(world.Heard("s"), "");
  world.Commit();
  EXPECT_EQ(world.Heard("s"), "PUBREL:1 PUBCOMP:9");
  world.Pubcomp("s", 1);
  EXPECT_EQ(world.broker().commit_pending(), false) << "PUBCOMP is lazy";
}

// D1: no CONNACK says that a session is gone before that is durable, also where an earlier
// connection dropped it. A crash would bring back packet identifiers that the client has forgotten.
TEST(GateTest, ACleanStartWaitsForTheEndOfTheOldSession) {
  World world(World::Completion::kManual);
  world.Connect("s", false);
  world.Commit();
  EXPECT_EQ(world.Heard("s"), "CONNACK0");
  world.Connect("p", true);
  EXPECT_EQ(world.Heard("p"), "CONNACK0");
  world.Connect("s", true);
  EXPECT_EQ(world.Heard("s"), "");
  world.Drop("s");
  world.Connect("s", true);
  EXPECT_EQ(world.Heard("s"), "") << "the end is still under way";
  world.Connect("p", true);
  EXPECT_EQ(world.Heard("p"), "CONNACK0") << "others do not wait for it";
  world.Commit();
  EXPECT_EQ(world.Heard("s"), "CONNACK0");
  world.Connect("s", true);
  EXPECT_EQ(world.Heard("s"), "CONNACK0");
}

// D2: what rests on no pending write is not delayed by one; QoS 0 never overtakes QoS 0.
TEST(GateTest, Qos0AndPingOvertake) {
  World world(World::Completion::kManual);
  world.Connect("c", true);
  EXPECT_EQ(world.Heard("c"), "CONNACK0");
  world.Subscribe("c", "t", k0);
  EXPECT_EQ(world.Heard("c"), "SUBACK");
  world.Connect("s", false);
  world.Commit();
  world.Subscribe("s", "t", k1);
  world.Commit();
  world.Heard("s");
  world.Publish("c", "t", "a", k1, 1);
  EXPECT_EQ(world.Heard("c"), "PUBLISH0::a") << "PUBACK rests on the entry of s";
  world.Send("c", mqtt::Pingreq{});
  EXPECT_EQ(world.Heard("c"), "PINGRESP");
  world.Commit();
  EXPECT_EQ(world.Heard("c"), "PUBACK:1");
}

TEST(GateTest, Qos0DoesNotPassTheConnack) {
  World world(World::Completion::kManual);
  world.Connect("s", false);
  world.Subscribe("s", "t", k0);
  world.Connect("p", true);
  world.Publish("p", "t", "a", k0);
  world.Publish("p", "t", "b", k0);
  EXPECT_EQ(world.Heard("s"), "");
  world.Commit();
  world.Publish("p", "t", "c", k0);
  EXPECT_EQ(world.Heard("s"), "CONNACK0 SUBACK PUBLISH0::a PUBLISH0::b PUBLISH0::c");
}

// [MQTT3-4.4.0-1], [MQTT3-4.6.0-1]: a resumption repeats what is open, with its identifiers, in
// order.
TEST(SenderTest, ResumptionIsExact) {
  World world;
  world.Connect("s", false);
  world.Subscribe("s", "t", k2);
  world.Connect("p", true);
  for (std::uint16_t i = 1; i <= 4; ++i) {
    world.Publish("p", "t", std::string(1, static_cast<char>('a' + i - 1)), i == 3 ? k1 : k2, i);
  }
  EXPECT_EQ(world.Heard("s"),
            "CONNACK0 SUBACK PUBLISH2:1:a PUBLISH2:2:b PUBLISH1:3:c PUBLISH2:4:d");
  world.Pubrec("s", 2);
  world.Pubrec("s", 1);
  EXPECT_EQ(world.Heard("s"), "PUBREL:2 PUBREL:1");
  world.Drop("s");
  world.Connect("s", false);
  EXPECT_EQ(world.Heard("s"), "CONNACK0+ PUBREL:1 PUBREL:2 PUBLISH1:d3:c PUBLISH2:d4:d");
  world.Puback("s", 3);
  world.Pubcomp("s", 2);
  world.Wait(200);  // The lazy records are written.
  world.Crash();
  world.Connect("s", false);
  EXPECT_EQ(world.Heard("s"), "CONNACK0+ PUBREL:1 PUBLISH2:d4:d");
  world.Pubrec("s", 4);
  EXPECT_EQ(world.Heard("s"), "PUBREL:4");
  world.Pubcomp("s", 4);
  world.Pubcomp("s", 1);
  world.Drop("s");
  world.Connect("s", false);
  EXPECT_EQ(world.Heard("s"), "CONNACK0+");
}

// [MQTT3-4.3.3-1]: PUBREC gets its PUBREL, however often and of whatever identifier.
TEST(SenderTest, RepeatedPubrecIsAnswered) {
  World world;
  world.Connect("s", false);
  world.Subscribe("s", "t", k2);
  world.Publish("s", "t", "a", k2, 5);
  world.Heard("s");
  for (int i = 0; i < 3; ++i) {
    world.Pubrec("s", 1);
    EXPECT_EQ(world.Heard("s"), "PUBREL:1");
  }
  world.Pubrec("s", 77);
  EXPECT_EQ(world.Heard("s"), "PUBREL:77");
  world.Pubcomp("s", 1);
  world.Pubcomp("s", 1);
  world.Puback("s", 99);
  EXPECT_EQ(world.Heard("s"), "");
}

// Answers that belong to an earlier connection are taken before the entry goes out again.
TEST(SenderTest, AnswersToAnEarlierConnectionCount) {
  World world(World::Completion::kManual);
  world.Connect("s", false);
  world.Subscribe("s", "t", k2);
  world.Settle();
  world.Publish("s", "t", "a", k2, 1);
  world.Publish("s", "t", "b", k1, 2);
  world.Publish("s", "t", "c", k1, 3);
  world.Settle();
  world.Drop("s");
  world.Connect("s", false);
  world.Pubrec("s", 1);  // before the page with "a" has been read
  world.Puback("s", 2);
  world.Settle();
  EXPECT_EQ(world.Heard("s"), "CONNACK0+ PUBREL:1 PUBLISH1:d3:c");
}

// [MQTT3-3.1.2-5], D8: what comes for an offline session waits on disk, beyond every window.
TEST(SenderTest, ALongQueueIsReadInOrder) {
  Limits limits;
  limits.window_entries = 8;
  limits.inflight_max = 5;
  World world(World::Completion::kAutomatic, limits);
  world.Connect("s", false);
  world.Subscribe("s", "t", k2);
  world.Drop("s");
  world.Connect("p", true);
  for (std::uint16_t i = 1; i <= 100; ++i) world.Publish("p", "t", std::to_string(i), k2, i);
  world.AnswerAll("s");
  world.Connect("s", false);
  world.Settle();
  std::string expected = "CONNACK0+";
  const std::string heard = world.Heard("s");
  std::size_t at = 0;
  for (int i = 1; i <= 100; ++i) {
    at = heard.find("PUBLISH2:" + std::to_string(i) + ":" + std::to_string(i), at);
    ASSERT_NE(at, std::string::npos) << i << " is missing in " << heard;
  }
  world.Publish("p", "t", "live", k2, 101);
  EXPECT_NE(world.Heard("s").find("PUBLISH2:101:live"), std::string::npos);
  EXPECT_GE(world.counters().pages_read, 10u);
}

// D3: retained messages that find no room in the window are not passed over by a read that does not
// see their batch yet, also after the connection was lost.
TEST(SenderTest, RetainedMessagesBeyondTheWindowPrecedeWhatCameLive) {
  for (const bool lost : {false, true}) {
    Limits limits;
    limits.window_entries = 2;
    World world(World::Completion::kManual, limits);
    world.Connect("p", true);
    for (const char* topic : {"t/1", "t/2", "t/3", "t/4", "t/5"}) {
      mqtt::Publish publish;
      publish.qos = k1;
      publish.retain = true;
      publish.topic = *mqtt::TopicName::Parse(topic);
      publish.packet_id = PacketId{1};
      publish.payload = topic;
      world.Send("p", publish);
    }
    world.Connect("s", false);
    world.Settle();
    world.Heard("s");
    const auto turn = [&world] {
      world.broker().Collect();
      world.EndTurn();
    };
    world.Subscribe("s", "t/#", k1);
    world.EndTurn();
    world.Publish("p", "t/1", "live", k1, 2);
    world.journal().CommitNext();  // The subscription.
    turn();
    world.journal().CommitNext();  // "live".
    turn();
    world.journal().AnswerNextRead();
    turn();  // The retained messages are under way.
    if (lost) {
      world.Drop("s");
      world.Connect("s", false);
    }
    world.AnswerAll("s");
    turn();
    world.journal().AnswerNextRead();
    turn();
    world.Settle();
    const std::string heard = world.Heard("s");
    std::size_t at = 0;
    for (const char* message : {":t/1", ":t/2", ":t/3", ":t/4", ":t/5", ":live"}) {
      at = heard.find(message, at);
      ASSERT_NE(at, std::string::npos) << message << " is missing or late in " << heard;
    }
  }
}

// D1: what comes live while retained messages are on their way is not lost to a collection of new
// entries that had begun before.
TEST(SenderTest, ASubscriptionWhileTheSessionCatchesUpLosesNothing) {
  Limits limits;
  limits.window_entries = 2;
  World world(World::Completion::kManual, limits);
  world.Connect("p", true);
  mqtt::Publish retained;
  retained.qos = k1;
  retained.retain = true;
  retained.topic = *mqtt::TopicName::Parse("t/r");
  retained.packet_id = PacketId{1};
  retained.payload = "retained";
  world.Send("p", retained);
  world.Connect("s", false);
  world.Subscribe("s", "u", k1);
  world.Settle();
  world.Drop("s");
  world.Heard("s");
  world.Publish("p", "u", "before", k1, 2);
  world.Connect("s", false);  // "before" is in no batch that could be read.
  world.Subscribe("s", "t/#", k1);
  world.Publish("p", "u", "live", k1, 3);
  world.AnswerAll("s");
  world.Settle();
  const std::string heard = world.Heard("s");
  std::size_t at = 0;
  for (const char* message : {":before", ":retained", ":live"}) {
    at = heard.find(message, at);
    ASSERT_NE(at, std::string::npos) << message << " is missing or late in " << heard;
  }
}

// A session that falls behind while it is connected comes back to its tail without a gap.
TEST(SenderTest, FallsBehindAndCatchesUp) {
  Limits limits;
  limits.window_entries = 4;
  limits.inflight_max = 2;
  World world(World::Completion::kManual, limits);
  world.Connect("s", false);
  world.Subscribe("s", "t", k1);
  world.Connect("p", true);
  world.Settle();
  world.Heard("s");
  std::string heard;
  std::uint16_t next_ack = 1;
  for (std::uint16_t i = 1; i <= 60; ++i) {
    world.Publish("p", "t", std::to_string(i), k1, i);
    if (i % 3 == 0) world.Commit();
    if (i % 5 == 0) {
      heard += world.Heard("s") + " ";
      while (heard.find("PUBLISH1:" + std::to_string(next_ack) + ":") != std::string::npos) {
        world.Puback("s", next_ack++);
      }
    }
  }
  for (int round = 0; round < 100 && next_ack <= 60; ++round) {
    world.Settle();
    heard += world.Heard("s") + " ";
    while (heard.find("PUBLISH1:" + std::to_string(next_ack) + ":") != std::string::npos) {
      world.Puback("s", next_ack++);
    }
  }
  std::string expected;
  for (int i = 1; i <= 60; ++i) {
    const std::string id = std::to_string(i);
    expected += "PUBLISH1:" + id + ":" + id + " ";
  }
  std::string got;
  for (std::size_t at = 0; (at = heard.find("PUBLISH", at)) != std::string::npos;) {
    const std::size_t end = heard.find(' ', at);
    got += heard.substr(at, end - at + 1);
    at = end;
  }
  EXPECT_EQ(got, expected);
  EXPECT_GE(world.counters().pages_read, 1u);
  for (const char* name : {"s", "p"}) world.Drop(name);
  EXPECT_EQ(world.counters().buffered_bytes, 0u);
}

// Must reach: at most 4 records for a QoS 2 message when messages come singly, 1.5 in bursts of 32.
TEST(RecordsTest, FewPerMessage) {
  for (const int burst : {1, 32}) {
    World world(World::Completion::kManual);
    world.Connect("s", false);
    world.Subscribe("s", "t", k2);
    world.Connect("p", false);
    world.Settle();
    world.AnswerAll("s");
    world.AnswerAll("p");
    const std::uint64_t before = world.counters().records;
    constexpr int kMessages = 4096;
    for (int i = 0; i < kMessages; i += burst) {
      for (int j = 0; j < burst; ++j) {
        world.Publish("p", "t", "x", k2, static_cast<std::uint16_t>(1 + (i + j) % 1000));
      }
      world.Settle();
    }
    const double records =
        static_cast<double>(world.counters().records - before) / double{kMessages};
    EXPECT_LE(records, burst == 1 ? 4.0 : 1.5) << "burst " << burst;
    EXPECT_EQ(world.counters().publishes_sent[2], std::uint64_t{kMessages});
  }
}

// D7: after a doubtful sync nothing more is acknowledged.
TEST(DoubtTest, NothingIsAcknowledgedAnyMore) {
  World world(World::Completion::kManual);
  world.Connect("p", false);
  world.Settle();
  world.Heard("p");
  world.journal().FailNext();
  world.Publish("p", "t", "a", k2, 1);
  world.Commit();
  EXPECT_EQ(world.Heard("p"), "");
  EXPECT_NE(world.stopped(), "");
  world.Publish("p", "t", "b", k1, 2);
  world.Commit();
  EXPECT_EQ(world.Heard("p"), "");
}

}  // namespace
}  // namespace tallymq::broker
