// Goal: what MQTT 5.0 adds to the core keeps the contract: what is passed over, dropped or ended is
// so for good, and at its time.
// Method: commits by hand where the order of decision and disk counts. Conversations in tests/spec
// show what goes over the wire; here is what only a look inside, or a crash at the right moment,
// shows.

#include <gtest/gtest.h>

#include "world.h"

namespace tallymq::broker {
namespace {

using mqtt::PropertyId;
using mqtt::ReasonCode;
using Completion = World::Completion;

constexpr std::uint32_t kNever = 0xFFFFFFFF;

// A CONNECT of 5.0 that `Send` sends.
struct Hello {
  bool clean = false;
  std::uint32_t session_expiry_s = kNever;
  std::string properties{};
  std::string will{};  // its payload, and topic "will"; empty: none
  std::uint32_t will_delay_s = 0;

  void Send(World& world, std::string_view name) const {
    world.Open(name);
    Speak(world, name, name);
  }
  // On a connection that is open, as client `id`.
  void Speak(World& world, std::string_view connection, std::string_view id) const {
    std::string all = properties;
    mqtt::PropertyWriter(all).Add(PropertyId::kSessionExpiryInterval, session_expiry_s);
    std::string will_properties;
    mqtt::Connect connect;
    connect.version = mqtt::Version::k50;
    connect.clean_start = clean;
    connect.properties = all;
    connect.client_id = id;
    if (!will.empty()) {
      mqtt::PropertyWriter(will_properties).Add(PropertyId::kWillDelayInterval, will_delay_s);
      connect.will = mqtt::Will{.qos = QoS::kAtLeastOnce,
                                .properties = will_properties,
                                .topic = *mqtt::TopicName::Parse("will"),
                                .payload = will};
    }
    world.Send(connection, connect);
    world.Settle();
  }
};

std::string With(PropertyId id, std::uint32_t number) {
  std::string properties;
  mqtt::PropertyWriter(properties).Add(id, number);
  return properties;
}

void Publish(World& world, std::string_view name, std::string_view topic, std::string_view payload,
             QoS qos, std::uint16_t id, const std::string& properties = {}) {
  mqtt::Publish publish;
  publish.qos = qos;
  publish.packet_id = PacketId{id};
  publish.properties = properties;
  publish.payload = payload;
  if (!topic.empty()) publish.topic = *mqtt::TopicName::Parse(topic);
  world.Send(name, publish);
}

void SubscribeWith(World& world, std::string_view name, std::string_view filter, QoS qos,
                   std::uint32_t identifier = 0, bool no_local = false, bool retain = false) {
  mqtt::SubscriptionRequest request;
  request.no_local = no_local;
  request.retain_as_published = retain;
  request.filter = *mqtt::TopicFilter::Parse(filter);
  request.qos = qos;
  mqtt::Subscribe subscribe{.packet_id = PacketId{1}, .requests = {request}};
  std::string properties;
  if (identifier != 0) {
    mqtt::PropertyWriter(properties).Add(PropertyId::kSubscriptionIdentifier, identifier);
  }
  subscribe.properties = properties;
  world.Send(name, subscribe);
  world.Settle();
}

// ---- Expiry of messages.

TEST(MessageExpiryTest, WhatIsExpiredIsPassedOverAndTheRestTellsWhatIsLeft) {
  World world;
  Hello{}.Send(world, "sub");
  SubscribeWith(world, "sub", "a", QoS::kExactlyOnce);
  world.Drop("sub");
  Hello{}.Send(world, "pub");
  Publish(world, "pub", "a", "short", QoS::kAtLeastOnce, 1,
          With(PropertyId::kMessageExpiryInterval, 2));
  Publish(world, "pub", "a", "long", QoS::kExactlyOnce, 2,
          With(PropertyId::kMessageExpiryInterval, 10));
  Publish(world, "pub", "a", "endless", QoS::kAtLeastOnce, 3);
  world.Wait(3000);
  Hello{}.Send(world, "sub");
  EXPECT_EQ(world.Heard("sub"), "CONNACK0+ PUBLISH2:2:long:e7 PUBLISH1:3:endless");
  EXPECT_EQ(world.counters().dropped_expired, 1u);
}

TEST(MessageExpiryTest, GoesOnOverDowntime) {
  World world;
  Hello{}.Send(world, "sub");
  SubscribeWith(world, "sub", "a", QoS::kAtLeastOnce);
  world.Drop("sub");
  Hello{}.Send(world, "pub");
  Publish(world, "pub", "a", "x", QoS::kAtLeastOnce, 1,
          With(PropertyId::kMessageExpiryInterval, 10));
  Publish(world, "pub", "a", "y", QoS::kAtLeastOnce, 2,
          With(PropertyId::kMessageExpiryInterval, 5));
  world.Wait(1000);  // what was sent to "sub" has been written exactly
  world.Crash(5000);
  Hello{}.Send(world, "sub");
  EXPECT_EQ(world.Heard("sub"), "CONNACK0+ PUBLISH1:1:x:e4");
}

TEST(MessageExpiryTest, WhatFollowsAnExpiredOneWaitsForItsEndOnDisk) {
  World world(Completion::kManual);
  Hello{}.Send(world, "sub");
  SubscribeWith(world, "sub", "a", QoS::kExactlyOnce);
  world.Drop("sub");
  Hello{}.Send(world, "pub");
  Publish(world, "pub", "a", "short", QoS::kExactlyOnce, 1,
          With(PropertyId::kMessageExpiryInterval, 2));
  Publish(world, "pub", "a", "next", QoS::kExactlyOnce, 2);
  world.Settle();
  world.Wait(3000);
  Hello{}.Send(world, "sub");
  EXPECT_EQ(world.Heard("sub"), "CONNACK0+ PUBLISH2:2:next");
  // The client knows by its number that 1 is gone: so must every state that a crash brings back.
  world.Crash();
  Hello{}.Send(world, "sub");
  EXPECT_EQ(world.Heard("sub"), "CONNACK0+ PUBLISH2:d2:next");
}

TEST(MessageExpiryTest, WhatMayHaveBeenSentDoesNotExpire) {
  World world;
  Hello{}.Send(world, "sub");
  SubscribeWith(world, "sub", "a", QoS::kExactlyOnce);
  Hello{}.Send(world, "pub");
  Publish(world, "pub", "a", "x", QoS::kExactlyOnce, 1,
          With(PropertyId::kMessageExpiryInterval, 2));
  world.Settle();
  world.Crash(5000);
  Hello{}.Send(world, "sub");
  EXPECT_EQ(world.Heard("sub"), "CONNACK0+ PUBLISH2:d1:x:e0");
}

TEST(MessageExpiryTest, ARetainedMessageExpires) {
  World world;
  Hello{}.Send(world, "pub");
  world.Send("pub", mqtt::Publish{.qos = QoS::kAtLeastOnce,
                                  .retain = true,
                                  .topic = *mqtt::TopicName::Parse("a"),
                                  .packet_id = PacketId{1},
                                  .properties = With(PropertyId::kMessageExpiryInterval, 5),
                                  .payload = "x"});
  world.Settle();
  world.Wait(2000);
  Hello{}.Send(world, "early");
  SubscribeWith(world, "early", "a", QoS::kAtLeastOnce);
  world.Wait(4000);
  Hello{}.Send(world, "late");
  SubscribeWith(world, "late", "a", QoS::kAtLeastOnce);
  EXPECT_EQ(world.Heard("early"), "CONNACK0 SUBACK PUBLISH1:1:x:e3");
  EXPECT_EQ(world.Heard("late"), "CONNACK0 SUBACK");
}

// ---- What a client can take.

TEST(MaximumPacketSizeTest, WhatIsTooLargeCountsAsFinished) {
  World world;
  Hello{}.Send(world, "sub");
  SubscribeWith(world, "sub", "a", QoS::kExactlyOnce);
  world.Drop("sub");
  Hello{}.Send(world, "pub");
  Publish(world, "pub", "a", std::string(100, 'x'), QoS::kExactlyOnce, 1);
  Publish(world, "pub", "a", "small", QoS::kExactlyOnce, 2);
  world.Settle();
  const Hello narrow{.properties = With(PropertyId::kMaximumPacketSize, 50)};
  narrow.Send(world, "sub");
  EXPECT_EQ(world.Heard("sub"), "CONNACK0+ PUBLISH2:2:small");
  EXPECT_EQ(world.counters().dropped_too_large, 1u);
  world.Crash();
  Hello{}.Send(world, "sub");
  EXPECT_EQ(world.Heard("sub"), "CONNACK0+ PUBLISH2:d2:small") << "it is gone for good";
}

TEST(MaximumPacketSizeTest, IsJudgedToTheByte) {
  World world;
  Hello{}.Send(world, "pub");
  // Fixed header 2, topic 3, identifier 2, no properties 1, payload 20.
  Hello{.properties = With(PropertyId::kMaximumPacketSize, 28)}.Send(world, "fits");
  Hello{.properties = With(PropertyId::kMaximumPacketSize, 27)}.Send(world, "short");
  SubscribeWith(world, "fits", "a", QoS::kAtLeastOnce);
  SubscribeWith(world, "short", "a", QoS::kAtLeastOnce);
  Publish(world, "pub", "a", "01234567890123456789", QoS::kAtLeastOnce, 1);
  world.Settle();
  EXPECT_EQ(world.Heard("fits"), "CONNACK0 SUBACK PUBLISH1:1:01234567890123456789");
  EXPECT_EQ(world.Heard("short"), "CONNACK0 SUBACK");
}

TEST(MaximumPacketSizeTest, WhatMayHaveBeenReceivedIsReleased) {
  World world;
  Hello{}.Send(world, "sub");
  SubscribeWith(world, "sub", "a", QoS::kExactlyOnce);
  Hello{}.Send(world, "pub");
  Publish(world, "pub", "a", std::string(100, 'x'), QoS::kExactlyOnce, 1);
  world.Settle();
  world.Drop("sub");
  Hello{.properties = With(PropertyId::kMaximumPacketSize, 50)}.Send(world, "sub");
  EXPECT_EQ(world.Heard("sub").substr(0, 20), "CONNACK0+ PUBREL:1");
  world.Pubcomp("sub", 1);
  world.Wait(1000);
  world.Crash();
  Hello{}.Send(world, "sub");
  EXPECT_EQ(world.Heard("sub"), "CONNACK0+");
}

TEST(ReceiveMaximumTest, IsKeptAndErrorsGiveItBack) {
  World world;
  Hello{.properties = With(PropertyId::kReceiveMaximum, 2)}.Send(world, "sub");
  SubscribeWith(world, "sub", "a", QoS::kExactlyOnce);
  Hello{}.Send(world, "pub");
  for (std::uint16_t id = 1; id <= 5; ++id) {
    Publish(world, "pub", "a", std::to_string(id), QoS::kExactlyOnce, id);
  }
  world.Settle();
  EXPECT_EQ(world.Heard("sub"), "CONNACK0 SUBACK PUBLISH2:1:1 PUBLISH2:2:2");
  world.Send("sub", mqtt::Pubrec{.packet_id = PacketId{1}, .reason = ReasonCode::kQuotaExceeded});
  world.Settle();
  EXPECT_EQ(world.Heard("sub"), "PUBLISH2:3:3") << "no PUBREL, and its place is free";
  world.Pubrec("sub", 2);
  world.Settle();
  EXPECT_EQ(world.Heard("sub"), "PUBREL:2");
  world.Pubcomp("sub", 2);
  world.Settle();
  EXPECT_EQ(world.Heard("sub"), "PUBLISH2:4:4");
}

TEST(ReceiveMaximumTest, OneMoreThanTheBrokerTakesEndsTheConnection) {
  Limits limits;
  limits.receive_max = 2;
  World world(Completion::kManual, limits);
  Hello{}.Send(world, "pub");
  world.Heard("pub");
  for (std::uint16_t id = 1; id <= 2; ++id) Publish(world, "pub", "a", "x", QoS::kExactlyOnce, id);
  world.Settle();
  EXPECT_EQ(world.Heard("pub"), "PUBREC:1=16 PUBREC:2=16");
  world.Pubrel("pub", 1);
  world.Settle();
  EXPECT_EQ(world.Heard("pub"), "PUBCOMP:1");
  Publish(world, "pub", "a", "x", QoS::kExactlyOnce, 3);
  world.Settle();
  EXPECT_EQ(world.Heard("pub"), "PUBREC:3=16");
  Publish(world, "pub", "a", "x", QoS::kAtLeastOnce, 4);
  EXPECT_EQ(world.Heard("pub"), "DISCONNECT=147 CLOSE");
}

// ---- Topic aliases.

TEST(TopicAliasTest, TheFirstTopicsGetThemAndKeepThem) {
  World world;
  Hello{.properties = With(PropertyId::kTopicAliasMaximum, 2)}.Send(world, "sub");
  SubscribeWith(world, "sub", "#", QoS::kAtLeastOnce);
  Hello{}.Send(world, "pub");
  for (const char* topic : {"a", "b", "a", "c"}) {
    Publish(world, "pub", topic, topic, QoS::kAtMostOnce, 0);
  }
  world.Settle();
  EXPECT_EQ(world.Heard("sub"),
            "CONNACK0 SUBACK PUBLISH0::a:a1 PUBLISH0::b:a2 PUBLISH0::a:a1= PUBLISH0::c");
}

TEST(TopicAliasTest, AMessageThatIsDroppedTakesNoneAlong) {
  Limits limits;
  limits.output_bytes = 64;
  World world(Completion::kAutomatic, limits);
  Hello{.properties = With(PropertyId::kTopicAliasMaximum, 2)}.Send(world, "sub");
  SubscribeWith(world, "sub", "#", QoS::kAtMostOnce);
  world.Written("sub");
  Hello{}.Send(world, "pub");
  Publish(world, "pub", "big", std::string(100, 'x'), QoS::kAtMostOnce, 0);
  Publish(world, "pub", "a", "dropped", QoS::kAtMostOnce, 0);
  world.Settle();
  EXPECT_EQ(world.counters().dropped_qos0, 1u);
  world.Written("sub");
  Publish(world, "pub", "a", "x", QoS::kAtMostOnce, 0);
  world.Settle();
  const std::string heard = world.Heard("sub");
  EXPECT_EQ(heard.substr(heard.rfind(' ') + 1), "PUBLISH0::x:a2") << "with its topic";
}

TEST(TopicAliasTest, TheClientsAreResolved) {
  World world;
  Hello{}.Send(world, "sub");
  SubscribeWith(world, "sub", "#", QoS::kAtMostOnce);
  Hello{}.Send(world, "pub");
  Publish(world, "pub", "a", "1", QoS::kAtMostOnce, 0, With(PropertyId::kTopicAlias, 7));
  Publish(world, "pub", "", "2", QoS::kAtMostOnce, 0, With(PropertyId::kTopicAlias, 7));
  world.Settle();
  EXPECT_EQ(world.Heard("sub"), "CONNACK0 SUBACK PUBLISH0::1 PUBLISH0::2");
  world.Heard("pub");
  Publish(world, "pub", "", "3", QoS::kAtMostOnce, 0, With(PropertyId::kTopicAlias, 8));
  EXPECT_EQ(world.Heard("pub"), "DISCONNECT=130 CLOSE") << "it stands for nothing";
}

// ---- Subscriptions.

TEST(SubscriptionOptionsTest, OneMessageForAllThatMatch) {
  World world;
  Hello{}.Send(world, "c");
  SubscribeWith(world, "c", "a/#", QoS::kAtMostOnce, 3, false, true);
  SubscribeWith(world, "c", "a/+", QoS::kAtLeastOnce, 5);
  SubscribeWith(world, "c", "+/b", QoS::kExactlyOnce, 9, true);
  world.Heard("c");
  Hello{}.Send(world, "pub");
  Publish(world, "pub", "a/b", "x", QoS::kExactlyOnce, 1);
  world.Settle();
  EXPECT_EQ(world.Heard("c"), "PUBLISH2:1:x:s3,9,5");
  Publish(world, "c", "a/b", "own", QoS::kAtLeastOnce, 1);
  world.Settle();
  EXPECT_EQ(world.Heard("c"), "PUBLISH1:2:own:s3,5 PUBACK:1");
  world.Crash();
  Hello{}.Send(world, "c");
  EXPECT_EQ(world.Heard("c"), "CONNACK0+ PUBLISH2:d1:x:s3,9,5 PUBLISH1:d2:own:s3,5");
}

// ---- Sessions.

TEST(SessionExpiryTest, EndsAtItsTime) {
  World world;
  Hello{.session_expiry_s = 10}.Send(world, "c");
  world.Drop("c");
  world.Wait(9000);
  Hello{.session_expiry_s = 10}.Send(world, "c");
  EXPECT_EQ(world.Heard("c"), "CONNACK0+");
  world.Drop("c");
  world.Wait(10'000);
  Hello{.session_expiry_s = 10}.Send(world, "c");
  EXPECT_EQ(world.Heard("c"), "CONNACK0");
}

TEST(SessionExpiryTest, OneResumedWithoutExpiryEndsWithItsConnectionOrTheBroker) {
  for (const bool crash : {false, true}) {
    World world;
    Hello{}.Send(world, "c");
    SubscribeWith(world, "c", "a", QoS::kAtLeastOnce);
    world.Drop("c");
    Hello{}.Send(world, "pub");
    Publish(world, "pub", "a", "x", QoS::kAtLeastOnce, 1);
    world.Settle();
    Hello{.session_expiry_s = 0}.Send(world, "c");
    EXPECT_EQ(world.Heard("c"), "CONNACK0+ PUBLISH1:1:x");
    if (crash) {
      world.Crash();
      world.Wait(1);
    } else {
      world.Drop("c");
    }
    world.Settle();
    Hello{}.Send(world, "c");
    EXPECT_EQ(world.Heard("c"), "CONNACK0") << crash;
  }
}

TEST(SessionExpiryTest, DisconnectChangesIt) {
  World world;
  Hello{.session_expiry_s = 1000}.Send(world, "c");
  world.Send("c", mqtt::Disconnect{.properties = With(PropertyId::kSessionExpiryInterval, 5)});
  world.Wait(6000);
  Hello{.session_expiry_s = 0}.Send(world, "c");
  EXPECT_EQ(world.Heard("c"), "CONNACK0");
  world.Send("c", mqtt::Disconnect{.properties = With(PropertyId::kSessionExpiryInterval, 5)});
  EXPECT_EQ(world.Heard("c"), "DISCONNECT=130 CLOSE") << "it had none";
}

// ---- Wills.

class WillDelayTest : public testing::Test {
 protected:
  WillDelayTest() {
    Hello{}.Send(world_, "watcher");
    SubscribeWith(world_, "watcher", "will", QoS::kAtLeastOnce);
    world_.Heard("watcher");
  }
  void ConnectWithWill(std::uint32_t delay_s, std::uint32_t expiry_s = kNever) {
    Hello{.session_expiry_s = expiry_s, .will = "gone", .will_delay_s = delay_s}.Send(world_, "c");
  }
  World world_;
};

TEST_F(WillDelayTest, IsPublishedWhenTheDelayHasPassed) {
  ConnectWithWill(10);
  world_.Drop("c");
  world_.Wait(9000);
  EXPECT_EQ(world_.Heard("watcher"), "");
  world_.Wait(1000);
  EXPECT_EQ(world_.Heard("watcher"), "PUBLISH1:1:gone");
}

TEST_F(WillDelayTest, IsForgottenWhenTheClientComesBack) {
  ConnectWithWill(10);
  world_.Drop("c");
  world_.Wait(9000);
  Hello{}.Send(world_, "c");
  world_.Wait(20'000);
  EXPECT_EQ(world_.Heard("watcher"), "");
}

TEST_F(WillDelayTest, IsPublishedAtTheSessionsEnd) {
  ConnectWithWill(100, 10);
  world_.Drop("c");
  world_.Wait(10'000);
  EXPECT_EQ(world_.Heard("watcher"), "PUBLISH1:1:gone");
}

TEST_F(WillDelayTest, CountsFromTheCrashOn) {
  ConnectWithWill(10);
  world_.Crash(4000);
  Hello{}.Send(world_, "watcher");
  world_.Heard("watcher");
  world_.Wait(9000);
  EXPECT_EQ(world_.Heard("watcher"), "") << "its connection ended when the broker started again";
  world_.Wait(1000);
  EXPECT_EQ(world_.Heard("watcher"), "PUBLISH1:1025:gone");
}

TEST_F(WillDelayTest, GoesOnOverACrashInBetween) {
  ConnectWithWill(10);
  world_.Drop("c");
  world_.Settle();
  world_.Wait(1000);
  world_.Crash(8000);
  Hello{}.Send(world_, "watcher");
  world_.Heard("watcher");
  EXPECT_EQ(world_.Heard("watcher"), "");
  world_.Wait(1000);
  EXPECT_EQ(world_.Heard("watcher"), "PUBLISH1:1025:gone");
}

TEST_F(WillDelayTest, ATakeoverThatGoesOnForgetsIt) {
  ConnectWithWill(10);
  world_.Open("again");
  Hello{}.Speak(world_, "again", "c");
  EXPECT_EQ(world_.Heard("c"), "CONNACK0 DISCONNECT=142 CLOSE");
  world_.Wait(20'000);
  EXPECT_EQ(world_.Heard("watcher"), "");
}

TEST_F(WillDelayTest, ATakeoverThatBeginsAnewPublishesIt) {
  ConnectWithWill(10);
  world_.Open("again");
  Hello{.clean = true}.Speak(world_, "again", "c");
  EXPECT_EQ(world_.Heard("watcher"), "PUBLISH1:1:gone");
}

TEST_F(WillDelayTest, DisconnectWithWillPublishesIt) {
  ConnectWithWill(0);
  world_.Send("c", mqtt::Disconnect{.reason = ReasonCode::kDisconnectWithWill});
  world_.Settle();
  EXPECT_EQ(world_.Heard("watcher"), "PUBLISH1:1:gone");
}

// ---- Words.

TEST(ReasonTest, OfIdentifiersThatAreNotKnown) {
  World world;
  Hello{}.Send(world, "c");
  world.Heard("c");
  world.Pubrel("c", 9);
  world.Pubrec("c", 9);
  EXPECT_EQ(world.Heard("c"), "PUBCOMP:9=146 PUBREL:9=146");
}

TEST(ReasonTest, OfAPublishThatWouldWriteTooMuch) {
  World world;
  Hello{}.Send(world, "c");
  world.Heard("c");
  std::string properties;
  const std::string long_value(65'535, 'v');
  while (properties.size() < 64u << 20) {
    mqtt::PropertyWriter(properties).AddUserProperty("k", long_value);
  }
  Publish(world, "c", "a", "x", QoS::kExactlyOnce, 1, properties);
  EXPECT_EQ(world.Heard("c"), "PUBREC:1=151");
}

TEST(ReasonTest, ARefusedPublishIsToldAndTheConnectionStands) {
  Limits limits;
  limits.queue_messages_max = 1;
  World world(Completion::kAutomatic, limits);
  Hello{}.Send(world, "sub");
  SubscribeWith(world, "sub", "a", QoS::kExactlyOnce);
  world.Drop("sub");
  Hello{}.Send(world, "pub");
  world.Heard("pub");
  Publish(world, "pub", "a", "1", QoS::kExactlyOnce, 1);
  Publish(world, "pub", "a", "2", QoS::kExactlyOnce, 2);
  Publish(world, "pub", "a", "3", QoS::kAtLeastOnce, 3);
  world.Settle();
  EXPECT_EQ(world.Heard("pub"), "PUBREC:1 PUBREC:2=151 PUBACK:3=151");
}

}  // namespace
}  // namespace tallymq::broker
