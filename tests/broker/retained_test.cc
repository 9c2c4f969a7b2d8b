// Goal: what a SUBSCRIBE is owed of retained messages is what it asked for, whatever comes between.
// Method: a `World` whose journal answers when it is told to.

#include <gtest/gtest.h>

#include <string>

#include "world.h"

namespace tallymq::broker {
namespace {

constexpr QoS k0 = QoS::kAtMostOnce;
constexpr QoS k1 = QoS::kAtLeastOnce;

void Retain(World& world, std::string_view topic, std::string_view payload, std::uint16_t id) {
  mqtt::Publish publish;
  publish.qos = k1;
  publish.retain = true;
  publish.topic = *mqtt::TopicName::Parse(topic);
  publish.packet_id = PacketId{id};
  publish.payload = payload;
  world.Send("p", publish);
}

// [MQTT3-3.10.4-2]: a page that was read for a subscription that is gone is for no other one.
TEST(RetainedTest, WhatWasReadForARemovedSubscriptionIsNotSent) {
  for (const bool clean : {false, true}) {
    for (const QoS qos : {k0, k1}) {
      World world(World::Completion::kManual);
      world.Connect("p", true);
      Retain(world, "a", "of a", 1);
      Retain(world, "b", "of b", 2);
      world.Settle();
      world.Connect("s", clean);
      world.Settle();
      world.Heard("s");
      world.Subscribe("s", "a", qos);
      world.Unsubscribe("s", "a");
      world.Subscribe("s", "b", qos);
      world.Settle();
      const std::string heard = world.Heard("s");
      EXPECT_TRUE(heard.starts_with("SUBACK UNSUBACK SUBACK PUBLISH")) << heard;
      EXPECT_TRUE(heard.ends_with(":of b")) << heard;
      EXPECT_EQ(heard.find("of a"), std::string::npos) << heard;
    }
  }
}

// D5: what a session that is away is owed waits for it; others are owed nothing any more.
TEST(RetainedTest, APageThatComesTooLateIsForNobody) {
  for (const bool clean : {false, true}) {
    World world(World::Completion::kManual);
    world.Connect("p", true);
    Retain(world, "a", "of a", 1);
    world.Settle();
    world.Connect("s", clean);
    world.Settle();
    world.Subscribe("s", "a", k1);
    world.EndTurn();
    world.Drop("s");
    world.Settle();
    world.Connect("s", clean);
    world.Settle();
    EXPECT_EQ(world.Heard("s"), clean ? "CONNACK0" : "CONNACK0+ PUBLISH1:1:of a");
  }
}

}  // namespace
}  // namespace tallymq::broker
