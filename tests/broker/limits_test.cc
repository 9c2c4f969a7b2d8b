// Goal: at each bound of the core happens what `Limits` says, it is counted, and nobody else
// notices. Method: a `World` with small bounds; what clients hear is compared as words.

#include <gtest/gtest.h>

#include <string>

#include "world.h"

namespace tallymq::broker {
namespace {

constexpr QoS k0 = QoS::kAtMostOnce;
constexpr QoS k1 = QoS::kAtLeastOnce;
constexpr QoS k2 = QoS::kExactlyOnce;

World WorldWith(const Limits& limits) { return World(World::Completion::kAutomatic, limits); }

void Retain(World& world, std::string_view name, std::string_view topic, std::string_view payload,
            std::uint16_t id) {
  mqtt::Publish publish;
  publish.qos = k1;
  publish.retain = true;
  publish.topic = *mqtt::TopicName::Parse(topic);
  publish.packet_id = PacketId{id};
  publish.payload = payload;
  world.Send(name, publish);
}

// A persistent session "s" on "t" that is away, and a publisher "p".
void Prepare(World& world) {
  world.Connect("s", false);
  world.Subscribe("s", "t", k2);
  world.Drop("s");
  world.Wait(100);  // how far it came is written
  world.Heard("s");
  world.Connect("p", false);
  world.Heard("p");
}

// All that "s" gets once it is there, every message answered.
std::string Drained(World& world) {
  world.AnswerAll("s");
  world.Connect("s", false);
  world.Settle();
  return world.Heard("s");
}

TEST(LimitsTest, FurtherClientsAreRefused) {
  World world = WorldWith({.connections_max = 2});
  world.Connect("a", true);
  world.Connect("b", true);
  world.Connect("c", true);
  EXPECT_EQ(world.Heard("c"), "CONNACK3 CLOSE");
  EXPECT_EQ(world.counters().refused_connections, 1u);
  world.Connect("b", true);
  EXPECT_EQ(world.Heard("b"), "CONNACK0") << "a takeover is no further client";
  world.Drop("a");
  world.Connect("c", true);
  EXPECT_EQ(world.Heard("c"), "CONNACK0");
}

TEST(LimitsTest, LongClientIdentifiersAreRefused) {
  World world = WorldWith({.client_id_bytes_max = 3});
  world.Connect("abcd", true);
  EXPECT_EQ(world.Heard("abcd"), "CONNACK2 CLOSE");
  EXPECT_EQ(world.counters().refused_connections, 1u);
  world.Connect("abc", true);
  EXPECT_EQ(world.Heard("abc"), "CONNACK0");
}

TEST(LimitsTest, LongAndDeepTopicsEndTheirConnection) {
  for (const char* topic : {"abcdefg", "a/b/c"}) {
    World world = WorldWith({.topic_bytes_max = 6, .topic_levels_max = 2});
    world.Connect("p", true);
    world.Publish("p", "abcd/e", "", k1, 1);
    EXPECT_EQ(world.Heard("p"), "CONNACK0 PUBACK:1");
    world.Publish("p", topic, "", k1, 2);
    EXPECT_EQ(world.Heard("p"), "CLOSE") << topic;
    EXPECT_EQ(world.counters().refused_topics, 1u);
  }
}

TEST(LimitsTest, FurtherSubscriptionsAreRefused) {
  World world = WorldWith({.topic_levels_max = 2, .subscriptions_max = 2});
  world.Connect("s", false);
  world.Subscribe("s", "a", k1);
  world.Subscribe("s", "a/b/c", k1);
  EXPECT_EQ(world.counters().refused_subscriptions, 1u);
  world.Subscribe("s", "b", k1);
  world.Subscribe("s", "c", k1);
  EXPECT_EQ(world.counters().refused_subscriptions, 2u);
  EXPECT_EQ(world.counters().subscriptions, 2u);
  world.Subscribe("s", "a", k2);
  EXPECT_EQ(world.counters().refused_subscriptions, 2u) << "replacing one adds none";
  world.Heard("s");
  world.Connect("p", true);
  for (const char* topic : {"a", "b", "c", "a/b/c"}) world.Publish("p", topic, topic, k0);
  EXPECT_EQ(world.Heard("s"), "PUBLISH0::a PUBLISH0::b");
}

// [design 4] Refuse: for all recipients or none, and 3.x is told by being sent away.
TEST(QueueLimitTest, RefusedPublishesGetNoAnswer) {
  World world = WorldWith({.queue_messages_max = 2, .refused_close_ms = 500});
  Prepare(world);
  world.Connect("other", true);
  world.Subscribe("other", "t", k1);
  world.Heard("other");
  world.AnswerAll("other");
  world.Publish("p", "t", "1", k1, 1);
  world.Publish("p", "t", "2", k2, 2);
  world.Publish("p", "t", "3", k2, 3);
  world.Publish("p", "elsewhere", "", k1, 4);
  world.Publish("p", "t", "now", k0);
  world.Pubrel("p", 2);
  EXPECT_EQ(world.Heard("p"), "PUBACK:1 PUBREC:2 PUBCOMP:2");
  EXPECT_EQ(world.Heard("other"), "PUBLISH1:1:1 PUBLISH1:2:2 PUBLISH0::now");
  EXPECT_EQ(world.counters().refused_publishes, 2u);
  world.Wait(499);
  EXPECT_EQ(world.Heard("p"), "");
  world.Wait(1);
  EXPECT_EQ(world.Heard("p"), "CLOSE");

  EXPECT_EQ(Drained(world), "CONNACK0+ PUBLISH1:1:1 PUBLISH2:2:2 PUBREL:2");
  world.Connect("p", false);
  world.Publish("p", "t", "3", k2, 3, true);
  EXPECT_EQ(world.Heard("p"), "CONNACK0+ PUBREC:3");
}

TEST(QueueLimitTest, BytesCountTopicAndPayload) {
  World world = WorldWith({.queue_bytes_max = 10, .queue_policy = QueuePolicy::kDropNewest});
  Prepare(world);
  world.Publish("p", "t", "1234", k1, 1);
  world.Publish("p", "t", "12345", k1, 2);  // 11 in all
  world.Publish("p", "t", "abcd", k1, 3);
  EXPECT_EQ(world.Heard("p"), "PUBACK:1 PUBACK:2 PUBACK:3");
  EXPECT_EQ(Drained(world), "CONNACK0+ PUBLISH1:1:1234 PUBLISH1:2:abcd");
}

TEST(QueueLimitTest, TheNewestIsDroppedForTheFullQueueOnly) {
  World world = WorldWith({.queue_messages_max = 2, .queue_policy = QueuePolicy::kDropNewest});
  Prepare(world);
  world.Connect("other", false);
  world.Subscribe("other", "t", k1);
  world.Heard("other");
  world.AnswerAll("other");
  for (std::uint16_t i = 1; i <= 4; ++i) world.Publish("p", "t", std::to_string(i), k2, i);
  EXPECT_EQ(world.Heard("p"), "PUBREC:1 PUBREC:2 PUBREC:3 PUBREC:4");
  EXPECT_EQ(world.Heard("other"), "PUBLISH1:1:1 PUBLISH1:2:2 PUBLISH1:3:3 PUBLISH1:4:4");
  EXPECT_EQ(world.counters().dropped_newest, 2u);
  EXPECT_EQ(Drained(world), "CONNACK0+ PUBLISH2:1:1 PUBLISH2:2:2 PUBREL:1 PUBREL:2");
}

TEST(QueueLimitTest, TheOldestAreDroppedAndStayDroppedOverACrash) {
  World world = WorldWith({.queue_messages_max = 3, .queue_policy = QueuePolicy::kDropOldest});
  Prepare(world);
  for (std::uint16_t i = 1; i <= 9; ++i) world.Publish("p", "t", std::to_string(i), k1, i);
  world.Settle();
  EXPECT_EQ(world.counters().dropped_oldest, 6u);
  world.Publish("p", "other", "", k2, 10);  // what was dropped goes with it to the disk
  world.Crash();
  EXPECT_EQ(Drained(world), "CONNACK0+ PUBLISH1:7:7 PUBLISH1:8:8 PUBLISH1:9:9");
}

// [design 9.6] Nothing that was sent is dropped.
TEST(QueueLimitTest, WhatWasSentIsNotDropped) {
  World world = WorldWith(
      {.queue_messages_max = 1, .queue_policy = QueuePolicy::kDropOldest, .inflight_max = 1});
  Prepare(world);
  world.Connect("s", false);
  for (std::uint16_t i = 1; i <= 5; ++i) world.Publish("p", "t", std::to_string(i), k2, i);
  world.Settle();
  EXPECT_EQ(world.Heard("s"), "CONNACK0+ PUBLISH2:1:1");
  EXPECT_EQ(world.counters().dropped_oldest, 3u);
  world.Drop("s");
  EXPECT_EQ(Drained(world), "CONNACK0+ PUBLISH2:d1:1 PUBREL:1 PUBLISH2:5:5 PUBREL:5");
}

// What nothing rests on is lazy, and written all the same.
TEST(QueueLimitTest, TheRecordOfWhatWasDroppedIsWrittenByItself) {
  World world = WorldWith({.queue_messages_max = 3, .queue_policy = QueuePolicy::kDropOldest});
  Prepare(world);
  for (std::uint16_t i = 1; i <= 9; ++i) world.Publish("p", "t", std::to_string(i), k1, i);
  world.Wait(100);
  world.Crash();
  EXPECT_EQ(Drained(world), "CONNACK0+ PUBLISH1:7:7 PUBLISH1:8:8 PUBLISH1:9:9");
}

// Retained messages that a SUBSCRIBE was owed meanwhile lie between those that are dropped.
TEST(QueueLimitTest, RetainedMessagesAreNotDroppedUnseen) {
  World world(
      World::Completion::kManual,
      {.queue_messages_max = 2, .queue_policy = QueuePolicy::kDropOldest, .inflight_max = 1});
  world.Connect("s", false);
  world.Subscribe("s", "t", k1);
  world.Connect("p", true);
  Retain(world, "p", "r", "kept", 9);
  world.Publish("p", "t", "1", k1, 1);
  world.Settle();
  for (std::uint16_t i = 2; i <= 3; ++i) world.Publish("p", "t", std::to_string(i), k1, i);
  world.Settle();
  world.Publish("p", "t", "4", k1, 4);
  world.Subscribe("s", "r", k1);
  for (std::uint16_t i = 5; i <= 8; ++i) world.Publish("p", "t", std::to_string(i), k1, i);
  world.Settle();
  world.AnswerAll("s");
  world.Puback("s", 1);
  world.Settle();
  const std::string heard = world.Heard("s");
  EXPECT_NE(heard.find(":kept"), std::string::npos) << heard;
  EXPECT_TRUE(heard.ends_with(":8")) << heard;
}

// What lies below the send mark that a process left counts as sent.
TEST(QueueLimitTest, RetainedMessagesOfAnEarlierSubscribeAreCountedOnce) {
  World world(World::Completion::kManual, {.queue_messages_max = 1});
  world.Connect("p", false);
  Retain(world, "p", "r", "kept", 1);
  world.Settle();
  world.Connect("s", false);
  world.Subscribe("s", "r", k1);
  world.EndTurn();
  world.journal().CommitNext();
  world.Crash();
  world.AnswerAll("s");
  world.Connect("s", false);
  world.Settle();
  EXPECT_NE(world.Heard("s").find(":kept"), std::string::npos);
  world.Drop("s");
  world.Connect("p", false);
  world.Settle();
  world.Heard("p");
  world.Publish("p", "r", "fits", k1, 2);
  world.Settle();
  EXPECT_EQ(world.Heard("p"), "PUBACK:2");
}

TEST(QueueLimitTest, WhatAnEarlierProcessDroppedIsNotCounted) {
  World world = WorldWith(
      {.queue_messages_max = 3, .queue_policy = QueuePolicy::kDropOldest, .inflight_max = 1});
  Prepare(world);
  world.Connect("s", false);
  world.Publish("p", "t", "1", k2, 1);
  world.Pubrec("s", 1);  // It waits for its PUBCOMP: no other one is sent.
  for (std::uint16_t i = 2; i <= 9; ++i) world.Publish("p", "t", std::to_string(i), k1, i);
  ASSERT_EQ(world.counters().dropped_oldest, 5u);
  world.Drop("s");
  world.Wait(100);
  world.Crash();
  world.Heard("s");
  EXPECT_EQ(Drained(world), "CONNACK0+ PUBREL:1 PUBLISH1:7:7 PUBLISH1:8:8 PUBLISH1:9:9");
  world.Drop("s");
  world.Connect("p", false);
  for (std::uint16_t i = 10; i <= 12; ++i) world.Publish("p", "t", std::to_string(i), k1, i);
  EXPECT_EQ(world.counters().dropped_oldest, 0u);
}

TEST(QueueLimitTest, WhatAnEarlierProcessLeftIsCounted) {
  const Limits limits{.queue_messages_max = 600, .queue_policy = QueuePolicy::kDropNewest};
  World world = WorldWith(limits);
  Prepare(world);
  for (std::uint16_t i = 1; i <= 599; ++i) world.Publish("p", "t", "x", k1, i);
  world.Crash();
  world.Connect("p", false);
  world.Publish("p", "t", "last", k1, 600);
  world.Publish("p", "t", "too many", k1, 601);
  EXPECT_EQ(world.counters().dropped_newest, 1u);
  const std::string all = Drained(world);
  EXPECT_NE(all.find(":last"), std::string::npos);
  EXPECT_EQ(all.find(":too many"), std::string::npos);
  world.Publish("p", "t", "room again", k1, 602);
  EXPECT_NE(world.Heard("s").find(":room again"), std::string::npos);
}

TEST(RetainedLimitTest, FurtherTopicsAreRefused) {
  World world = WorldWith({.retained_max = 2, .refused_close_ms = 500});
  world.Connect("p", true);
  Retain(world, "p", "a", "1", 1);
  Retain(world, "p", "b", "1", 2);
  Retain(world, "p", "b", "", 3);
  Retain(world, "p", "c", "1", 4);
  EXPECT_EQ(world.Heard("p"), "CONNACK0 PUBACK:1 PUBACK:2 PUBACK:3 PUBACK:4");
  Retain(world, "p", "d", "1", 5);
  EXPECT_EQ(world.Heard("p"), "");
  EXPECT_EQ(world.counters().refused_publishes, 1u);
  world.Wait(500);
  EXPECT_EQ(world.Heard("p"), "CLOSE");
}

TEST(RetainedLimitTest, BytesAreThoseInTheStore) {
  World world = WorldWith({.retained_bytes_max = 100});
  world.Connect("p", true);
  Retain(world, "p", "a", std::string(120, 'x'), 1);
  Retain(world, "p", "b", "1", 2);
  EXPECT_EQ(world.Heard("p"), "CONNACK0 PUBACK:1");
}

// [design 4] A reader that is stuck costs its bound, and its QoS 1 waits.
TEST(BufferLimitTest, AllOutputTogetherIsBounded) {
  World world = WorldWith({.buffers_bytes = 4000});
  const std::string large(1000, 'x');
  const char* const kNames[] = {"s1", "s2", "s3"};
  for (const char* name : kNames) {
    world.AnswerAll(name);
    world.Connect(name, false);
    world.Subscribe(name, "t", k1);
  }
  world.Connect("p", true);
  for (std::uint16_t i = 1; i <= 10; ++i) world.Publish("p", "t", large, k1, i);
  // The bound, one message in flight and one in the window of each.
  EXPECT_LE(world.counters().buffered_bytes, 4000u + 3 * 2 * 1100u);
  for (int i = 0; i < 10; ++i) {
    for (const char* name : kNames) world.Written(name);
    world.Settle();
  }
  for (const char* name : kNames) {
    const std::string heard = world.Heard(name);
    for (int i = 1; i <= 10; ++i) {
      EXPECT_NE(heard.find("PUBLISH1:" + std::to_string(i) + ":"), std::string::npos) << name << i;
    }
  }
}

}  // namespace
}  // namespace tallymq::broker
