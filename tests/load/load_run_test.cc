// Goal: a load run counts what the broker did wrong, exactly, and ends whatever the broker does.
// Method: a row is a run against a fake broker that loses, repeats, swaps or alters on purpose,
// each n-th message of each subscriber; how many that are is known beforehand.

#include "load_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_broker.h"

namespace tallymq::load {
namespace {

using ::testing::HasSubstr;

Options OptionsFor(const FakeBroker& broker) {
  Options options;
  options.port = broker.port();
  options.publishers = 2;
  options.subscribers = 2;
  options.window = 10;
  options.messages = 200;
  // Only what is lost is waited for so long.
  options.patience = std::chrono::milliseconds(1000);
  return options;
}

constexpr QoS kQos0 = QoS::kAtMostOnce;
constexpr QoS kQos1 = QoS::kAtLeastOnce;
constexpr QoS kQos2 = QoS::kExactlyOnce;

struct Counting {
  const char* name;
  QoS qos;
  Mischief mischief;
  Faults each;  // of each subscriber, which gets 100 messages
};

void PrintTo(const Counting& row, std::ostream* out) { *out << row.name; }

const Counting kCountings[] = {
    {"NothingAtQos0", kQos0, {}, {}},
    {"NothingAtQos1", kQos1, {}, {}},
    {"NothingAtQos2", kQos2, {}, {}},
    {"LostAtQos0", kQos0, {.lose = 10}, {.lost = 10}},
    {"LostAtQos1", kQos1, {.lose = 10}, {.lost = 10}},
    {"LostAtQos2", kQos2, {.lose = 10}, {.lost = 10}},
    {"LostAtTheEnd", kQos1, {.lose = 100}, {.lost = 1}},
    {"RepeatedAtQos0", kQos0, {.repeat = 8}, {.duplicated = 12}},
    {"RepeatedAtQos1", kQos1, {.repeat = 8}, {.duplicated = 12}},
    {"RepeatedAtQos2", kQos2, {.repeat = 8}, {.duplicated = 12}},
    {"RepeatedAtTheEnd", kQos1, {.repeat = 100}, {.duplicated = 1}},
    {"SwappedAtQos0", kQos0, {.swap = 7}, {.reordered = 14}},
    {"SwappedAtQos1", kQos1, {.swap = 7}, {.reordered = 14}},
    {"SwappedAtQos2", kQos2, {.swap = 7}, {.reordered = 14}},
    {"Altered", kQos1, {.alter = 50}, {.lost = 2, .unexpected = 2}},
    // A message that is lost is not repeated, nor is one that is swapped.
    {"All",
     kQos2,
     {.lose = 9, .repeat = 10, .swap = 7},
     {.lost = 11, .duplicated = 8, .reordered = 13}},
};

class CountingTest : public ::testing::TestWithParam<Counting> {};

TEST_P(CountingTest, CountsWhatTheBrokerDid) {
  const Counting& row = GetParam();
  const FakeBroker broker(row.mischief);
  Options options = OptionsFor(broker);
  options.qos = row.qos;
  options.persistent = row.qos != kQos1;
  const Outcome outcome = LoadRun(options).Run();
  Faults expected = row.each;
  expected += row.each;
  EXPECT_EQ(outcome.faults.lost, expected.lost);
  EXPECT_EQ(outcome.faults.duplicated, expected.duplicated);
  EXPECT_EQ(outcome.faults.reordered, expected.reordered);
  EXPECT_EQ(outcome.faults.unexpected, expected.unexpected);
  EXPECT_EQ(outcome.passed(), expected.none());
  if (expected.lost > 0) {
    EXPECT_THAT(outcome.failure, HasSubstr("the broker has sent nothing for 1 s"));
  } else {
    EXPECT_EQ(outcome.failure, "");
  }
  ASSERT_EQ(outcome.phases.size(), 1u);
  EXPECT_EQ(outcome.phases[0].published, 200u);
  EXPECT_EQ(outcome.phases[0].acknowledged, row.qos == kQos0 ? 0u : 200u);
  EXPECT_EQ(outcome.phases[0].delivered, 200u - expected.lost);
}

INSTANTIATE_TEST_SUITE_P(LoadRunTest, CountingTest, ::testing::ValuesIn(kCountings),
                         [](const auto& tested) { return std::string{tested.param.name}; });

TEST(LoadRunTest, FanOutDeliversEachMessageToEverySubscriber) {
  const FakeBroker broker({.repeat = 25});
  Options options = OptionsFor(broker);
  options.pairs = false;
  options.publishers = 1;
  options.subscribers = 5;
  const Outcome outcome = LoadRun(options).Run();
  EXPECT_EQ(outcome.phases.at(0).published, 200u);
  EXPECT_EQ(outcome.phases.at(0).delivered, 1000u);
  EXPECT_EQ(outcome.faults, (Faults{.duplicated = 40}));
}

TEST(LoadRunTest, FanInTalliesEachPublisherByItself) {
  const FakeBroker broker;
  Options options = OptionsFor(broker);
  options.pairs = false;
  options.publishers = 5;
  options.subscribers = 1;
  options.qos = kQos1;
  const Outcome outcome = LoadRun(options).Run();
  EXPECT_EQ(outcome.phases.at(0).published, 200u);
  EXPECT_EQ(outcome.phases.at(0).delivered, 200u);
  EXPECT_TRUE(outcome.passed());
}

TEST(LoadRunTest, OfflineQueuesAreFilledThenDrained) {
  const FakeBroker broker;
  Options options = OptionsFor(broker);
  options.offline = true;
  const Outcome outcome = LoadRun(options).Run();
  ASSERT_EQ(outcome.phases.size(), 2u);
  EXPECT_EQ(outcome.phases[0].name, "fill");
  EXPECT_EQ(outcome.phases[0].acknowledged, 200u);
  EXPECT_EQ(outcome.phases[0].delivered, 0u);
  EXPECT_EQ(outcome.phases[1].name, "drain");
  EXPECT_EQ(outcome.phases[1].delivered, 200u);
  EXPECT_TRUE(outcome.passed()) << outcome.failure;
}

TEST(LoadRunTest, PacketIdentifiersComeRoundAgain) {
  const FakeBroker broker;
  Options options = OptionsFor(broker);
  options.publishers = options.subscribers = 1;
  options.window = 100;
  options.messages = 140'000;
  const Outcome outcome = LoadRun(options).Run();
  EXPECT_TRUE(outcome.passed()) << outcome.failure;
  EXPECT_EQ(outcome.phases.at(0).acknowledged, 140'000u);
}

TEST(LoadRunTest, WhatComesOnceMoreInTheEndIsCounted) {
  const FakeBroker broker({.repeat_late = true});
  const Outcome outcome = LoadRun(OptionsFor(broker)).Run();
  EXPECT_EQ(outcome.faults, (Faults{.duplicated = 2}));
}

TEST(LoadRunTest, WhatACutDrainHasNotGotYetIsNotLost) {
  const FakeBroker broker({.lose = 100});
  Options options = OptionsFor(broker);
  options.offline = true;
  options.drain_limit = std::chrono::milliseconds(500);
  const Outcome outcome = LoadRun(options).Run();
  EXPECT_TRUE(outcome.phases.at(1).cut);
  EXPECT_LT(outcome.phases.at(1).delivered, 200u);
  EXPECT_LT(outcome.phases.at(1).delivered_s, outcome.phases.at(1).seconds);
  EXPECT_TRUE(outcome.passed()) << outcome.failure;
}

struct Ending {
  const char* name;
  Mischief mischief;
  const char* failure;
  std::size_t phases;
};

void PrintTo(const Ending& row, std::ostream* out) { *out << row.name; }

const Ending kEndings[] = {
    {"Silence", {.silent_from = 100}, "the broker has sent nothing for 1 s", 1},
    {"SilenceFromTheStart", {.silent_from = 1}, "the broker has sent nothing for 1 s", 1},
    {"Closed", {.close_at = 100}, "the broker closed the connection", 1},
    {"Refused", {.refuse = true}, "refused the connection, CONNACK 3", 0},
    {"NotGranted", {.downgrade = true}, "did not grant the subscription", 0},
};

class EndingTest : public ::testing::TestWithParam<Ending> {};

TEST_P(EndingTest, SaysWhyAndWhatItHasSoFar) {
  const Ending& row = GetParam();
  const FakeBroker broker(row.mischief);
  const Outcome outcome = LoadRun(OptionsFor(broker)).Run();
  EXPECT_THAT(outcome.failure, HasSubstr(row.failure));
  EXPECT_FALSE(outcome.passed());
  ASSERT_EQ(outcome.phases.size(), row.phases);
  if (row.phases == 0) return;
  EXPECT_GT(outcome.phases[0].published, 0u);
  EXPECT_LT(outcome.phases[0].acknowledged, 200u);
  EXPECT_EQ(outcome.faults.lost, outcome.phases[0].published - outcome.phases[0].delivered);
}

INSTANTIATE_TEST_SUITE_P(LoadRunTest, EndingTest, ::testing::ValuesIn(kEndings),
                         [](const auto& tested) { return std::string{tested.param.name}; });

TEST(LoadRunTest, NobodyListens) {
  Options options;
  {
    const FakeBroker broker;
    options = OptionsFor(broker);
  }
  EXPECT_THAT(LoadRun(options).Run().failure, HasSubstr("Connection refused"));
}

}  // namespace
}  // namespace tallymq::load
