// Goal: at the bounds of flow and of time in limits.h happens what it says there, not one message
// or millisecond before, and all goes on behind it. D8, D9. Method: a `World` with a small bound.

#include <gtest/gtest.h>

#include "world.h"

namespace tallymq::broker {
namespace {

constexpr QoS k0 = QoS::kAtMostOnce;
constexpr QoS k1 = QoS::kAtLeastOnce;
constexpr QoS k2 = QoS::kExactlyOnce;
using Completion = World::Completion;

// CONNACK and SUBACK count for 8 bytes each, PUBLISH here for 9, its topic and its payload.
TEST(OutputBoundTest, Qos0IsDroppedUntilThePeerHasTakenWhatWasSent) {
  Limits limits;
  limits.output_bytes = 8 + 8 + 20 + 20;
  World world(Completion::kAutomatic, limits);
  world.Connect("s", true);
  world.Subscribe("s", "t", k0);
  world.Connect("p", true);
  for (const char* text : {"0123456781", "0123456782", "0123456783"}) {
    world.Publish("p", "t", text, k0);
  }
  EXPECT_EQ(world.Heard("s"), "CONNACK0 SUBACK PUBLISH0::0123456781 PUBLISH0::0123456782");
  EXPECT_EQ(world.counters().dropped_qos0, 1u);
  world.Written("s");
  world.Publish("p", "t", "4", k0);
  EXPECT_EQ(world.Heard("s"), "PUBLISH0::4");
  EXPECT_EQ(world.counters().dropped_qos0, 1u);
}

TEST(OutputBoundTest, Qos1AndQos2WaitInTheQueue) {
  for (const bool clean : {false, true}) {
    Limits limits;
    limits.output_bytes = 8 + 8 + 20 + 20;
    World world(Completion::kAutomatic, limits);
    world.Connect("s", clean);
    world.Subscribe("s", "t", k2);
    world.Connect("p", true);
    world.Publish("p", "t", "0123456781", k1, 1);
    world.Publish("p", "t", "0123456782", k2, 2);
    world.Publish("p", "t", "0123456783", k1, 3);
    world.Publish("p", "t", "0123456784", k2, 4);
    EXPECT_EQ(world.Heard("s"), "CONNACK0 SUBACK PUBLISH1:1:0123456781 PUBLISH2:2:0123456782");
    world.Written("s");
    world.Settle();
    EXPECT_EQ(world.Heard("s"), "PUBLISH1:3:0123456783 PUBLISH2:4:0123456784");
  }
}

// What waits for the disk counts as output too.
TEST(OutputBoundTest, HoldsBeforeTheDisk) {
  Limits limits;
  limits.output_bytes = 8;
  World world(Completion::kManual, limits);
  world.Connect("s", false);
  world.Send("s", mqtt::Pingreq{});
  world.Settle();
  EXPECT_EQ(world.Heard("s"), "CONNACK0") << "PINGRESP was dropped";
  world.Written("s");
  world.Send("s", mqtt::Pingreq{});
  EXPECT_EQ(world.Heard("s"), "PINGRESP");
}

// D8: what came while the rest of a queue was read is let go of with the connection.
TEST(BufferBoundTest, NothingIsHeldForAConnectionThatIsGone) {
  World world(Completion::kManual);
  world.Connect("s", false);
  world.Subscribe("s", "t", k1);
  world.Settle();
  world.Drop("s");
  world.Connect("p", true);
  world.Publish("p", "t", "1", k1, 1);
  world.Settle();
  world.Connect("s", false);  // A page is asked for, and not answered.
  world.Publish("p", "t", "2", k1, 2);
  EXPECT_GT(world.counters().buffered_bytes, 0u);
  world.Drop("s");
  world.Drop("p");
  EXPECT_EQ(world.counters().buffered_bytes, 0u);
}

TEST(CleanQueueBoundTest, ANewMessageIsDropped) {
  Limits limits;
  limits.inflight_max = 1;
  limits.clean_queue_bytes = 1;  // less than any message: one waits, whatever its size
  World world(Completion::kAutomatic, limits);
  world.Connect("s", true);
  world.Subscribe("s", "t", k1);
  world.Connect("p", true);
  for (std::uint16_t i = 1; i <= 4; ++i) world.Publish("p", "t", std::to_string(i), k1, i);
  EXPECT_EQ(world.Heard("s"), "CONNACK0 SUBACK PUBLISH1:1:1");
  EXPECT_EQ(world.counters().dropped_clean, 2u);
  world.Puback("s", 1);
  EXPECT_EQ(world.Heard("s"), "PUBLISH1:2:2");
  world.Puback("s", 2);
  EXPECT_EQ(world.Heard("s"), "");
  world.Publish("p", "t", "5", k1, 5);
  EXPECT_EQ(world.Heard("s"), "PUBLISH1:3:5");
  EXPECT_EQ(world.Heard("p"), "CONNACK0 PUBACK:1 PUBACK:2 PUBACK:3 PUBACK:4 PUBACK:5");
}

TEST(BatchBoundTest, PublishersAreNotReadUntilItIsSubmitted) {
  Limits limits;
  limits.batch_records = 3;
  World world(Completion::kManual, limits);
  world.Connect("s", false);
  world.Subscribe("s", "t", k1);
  world.Connect("p", true);
  world.Settle();
  world.Heard("p");
  world.Publish("p", "t", "0", k1, 1);
  world.EndTurn();  // The journal is busy from here on.
  for (std::uint16_t i = 2; i <= 5; ++i) {
    world.Publish("p", "t", "x", k1, i);
    EXPECT_EQ(world.Heard("p"), i == 4 ? "PAUSE" : "") << i;
  }
  world.Commit();
  EXPECT_EQ(world.Heard("p"), "PUBACK:1");
  world.EndTurn();
  EXPECT_EQ(world.Heard("p"), "RESUME");
  world.Settle();
  EXPECT_EQ(world.Heard("p"), "PUBACK:2 PUBACK:3 PUBACK:4 PUBACK:5");
}

TEST(ReleaseBoundTest, OthersHaveTheirTurnLater) {
  Limits limits;
  limits.releases_per_turn = 2;
  World world(Completion::kManual, limits);
  for (const char* name : {"a", "b", "c"}) world.Connect(name, false);
  world.Commit();
  EXPECT_EQ(world.Heard("a") + world.Heard("b") + world.Heard("c"), "CONNACK0CONNACK0");
  EXPECT_TRUE(world.broker().busy());
  world.Settle();
  EXPECT_EQ(world.Heard("c"), "CONNACK0");
}

// D9
TEST(SessionExpiryTest, EndsASessionThatStaysAway) {
  Limits limits;
  limits.session_expiry_s = 2;
  World world(Completion::kAutomatic, limits);
  world.Connect("s", false);
  world.Subscribe("s", "t", k1);
  world.Wait(5000);  // It is there.
  world.Drop("s");
  world.Wait(1999);
  world.Connect("s", false);
  EXPECT_EQ(world.Heard("s"), "CONNACK0+");
  world.Drop("s");
  world.Wait(1999);
  EXPECT_EQ(world.counters().sessions, 1u);
  world.Wait(1);
  EXPECT_EQ(world.counters().sessions, 0u);
  EXPECT_EQ(world.counters().subscriptions, 0u);
  EXPECT_EQ(world.counters().sessions_expired, 1u);
  world.Connect("s", false);
  EXPECT_EQ(world.Heard("s"), "CONNACK0");
}

// D5, D9: the time that a session has goes on over a crash, from the end of its connection.
TEST(SessionExpiryTest, GoesOnOverACrash) {
  Limits limits;
  limits.session_expiry_s = 2;
  World world(Completion::kAutomatic, limits);
  world.Connect("s", false);
  world.Drop("s");
  world.Wait(1500);  // The end of the connection is written.
  world.Crash();
  world.Wait(499);
  EXPECT_EQ(world.counters().sessions, 1u);
  world.Wait(1);
  EXPECT_EQ(world.counters().sessions, 0u);
}

// D9: not even where the open batch is full, and a session's end has to wait.
TEST(SessionExpiryTest, ASessionWhoseTimeIsOverIsNotResumed) {
  Limits limits;
  limits.batch_records = 3;
  limits.session_expiry_s = 1;
  World world(Completion::kManual, limits);
  world.Connect("s", false);
  world.Subscribe("s", "t", k1);
  world.Connect("other", false);
  world.Subscribe("other", "t", k1);
  world.Connect("p", true);
  world.Settle();
  world.Drop("s");
  world.Publish("p", "t", "", k1, 1);
  world.EndTurn();  // The journal is busy from here on.
  for (std::uint16_t i = 2; i <= 4; ++i) world.Publish("p", "t", "", k1, i);
  world.Heard("s");
  world.Wait(1000);
  ASSERT_EQ(world.counters().sessions_expired, 0u);
  world.Connect("s", false);
  world.Settle();
  EXPECT_EQ(world.Heard("s"), "CONNACK0");
  EXPECT_EQ(world.counters().sessions_expired, 1u);
  world.Wait(1000);
  EXPECT_EQ(world.counters().sessions, 2u);
}

TEST(ConnectTimeoutTest, ClosesAConnectionThatSaysNothing) {
  Limits limits;
  limits.connect_timeout_ms = 300;
  World world(Completion::kAutomatic, limits);
  world.Open("a");
  world.Wait(299);
  EXPECT_EQ(world.Heard("a"), "");
  world.Wait(1);
  EXPECT_EQ(world.Heard("a"), "CLOSE");
  EXPECT_EQ(world.counters().keep_alive_timeouts, 0u);
  EXPECT_EQ(world.counters().connections, 0u);
}

}  // namespace
}  // namespace tallymq::broker
