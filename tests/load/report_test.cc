// Goal: a report has the rates, and says what they are worth.
// Method: an outcome made up, and the few places that matter in what is printed of it.

#include "report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tallymq::load {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Outcome TwoSeconds() {
  Outcome outcome;
  outcome.phases.push_back({.name = "run",
                            .seconds = 2,
                            .acknowledged_s = 1.6,
                            .delivered_s = 1.25,
                            .published = 1000,
                            .acknowledged = 1000,
                            .delivered = 1000,
                            .broker_cpu_s = 0.005,
                            .own_cpu_s = 1.8,
                            .broker_resident_bytes = 1,
                            .open = 0,
                            .cut = false});
  return outcome;
}

TEST(ReportTest, RatesAreUntilTheLastOfEach) {
  const auto json = nlohmann::json::parse(PrintJson({}, TwoSeconds()));
  const auto& phase = json.at("phases").at(0);
  EXPECT_EQ(phase.at("acknowledged_per_s"), 625.0);
  EXPECT_EQ(phase.at("delivered_per_s"), 800.0);
  EXPECT_EQ(phase.at("broker_cpu_us_per_message"), 5.0);
  EXPECT_EQ(phase.at("own_cpu"), 0.9);
  EXPECT_EQ(phase.at("generator_bound"), false);
  EXPECT_EQ(json.at("lost"), 0);
}

TEST(ReportTest, WhatIsUnknownIsNull) {
  Outcome outcome = TwoSeconds();
  outcome.phases[0].broker_cpu_s.reset();
  outcome.phases[0].acknowledged_s = outcome.phases[0].delivered_s = 0;
  Options options;
  options.qos = QoS::kAtMostOnce;
  const auto json = nlohmann::json::parse(PrintJson(options, outcome));
  const auto& phase = json.at("phases").at(0);
  EXPECT_TRUE(phase.at("acknowledged_per_s").is_null());
  EXPECT_TRUE(phase.at("delivered_per_s").is_null());
  EXPECT_TRUE(phase.at("broker_cpu_us_per_message").is_null());
}

TEST(ReportTest, AFilledQueueIsMeasuredInAcknowledgements) {
  Outcome outcome = TwoSeconds();
  outcome.phases[0].name = "fill";
  outcome.phases[0].delivered = 0;
  const auto json = nlohmann::json::parse(PrintJson({}, outcome));
  EXPECT_EQ(json.at("phases").at(0).at("broker_cpu_us_per_message"), 5.0);
  EXPECT_TRUE(json.at("phases").at(0).at("delivered_per_s").is_null());
}

TEST(ReportTest, SaysThatTheGeneratorWasTheBound) {
  Outcome outcome = TwoSeconds();
  EXPECT_THAT(PrintTable({}, outcome), Not(HasSubstr("generator-bound")));
  outcome.phases[0].own_cpu_s = 1.81;
  EXPECT_THAT(PrintTable({}, outcome), HasSubstr("generator-bound"));
}

TEST(ReportTest, SaysWhatWentWrong) {
  Outcome outcome = TwoSeconds();
  outcome.faults = {.lost = 1, .duplicated = 2, .reordered = 3, .unexpected = 4};
  outcome.failure = "load-p0: the broker closed the connection";
  EXPECT_THAT(PrintTable({}, outcome),
              HasSubstr("lost 1, duplicated 2, reordered 3, unexpected 4"));
  EXPECT_THAT(PrintTable({}, outcome), HasSubstr(outcome.failure));
  EXPECT_FALSE(outcome.passed());
}

}  // namespace
}  // namespace tallymq::load
