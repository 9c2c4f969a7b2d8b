// Goal: what clients know of retained messages, wills and subscriptions is held against stores and
// arrivals, and exactly what no good broker does is noticed. Method: a row is a history in a few
// letters, what the store says then, and whether that agrees.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "message_text.h"
#include "retained_ledger.h"
#include "subscription_ledger.h"
#include "will_ledger.h"

namespace tallymq::crash {
namespace {

std::string Payload(std::uint32_t stream, std::uint64_t number) {
  std::string payload;
  WritePayload({StreamId{stream}, number}, payload);
  return payload;
}

struct RetainedRow {
  const char* name;
  const char* history;   // S set, C clear; in small letters, not acknowledged
  std::uint64_t stored;  // number of the value in the store, 0: none
  bool agrees;
};

constexpr RetainedRow kRetained[] = {
    {"Nothing", "", 0, true},
    {"NeverSet", "", 1, false},
    {"Set", "S", 1, true},
    {"SetAndLost", "S", 0, false},
    {"UnderWayAndThere", "s", 1, true},
    {"UnderWayNotThere", "s", 0, true},
    {"OlderOneUnderWay", "Ss", 1, true},
    {"NewerOneUnderWay", "Ss", 2, true},
    {"GoneBack", "SS", 1, false},
    {"Cleared", "SC", 0, true},
    {"ClearedAndThere", "SC", 1, false},
    {"ClearUnderWayNotThere", "Sc", 0, true},
    {"ClearUnderWayAndThere", "Sc", 1, true},
    {"SetBehindClear", "SCS", 3, true},
    {"SetBehindClearLost", "SCS", 0, false},
    {"ClearBetweenTwoUnderWay", "Scs", 0, true},
    {"ANumberThatIsAClear", "SC", 2, false},
};

class RetainedLedgerTest : public testing::TestWithParam<RetainedRow> {};

TEST_P(RetainedLedgerTest, IsHeldAgainstTheStore) {
  const RetainedRow& row = GetParam();
  RetainedLedger ledger({"a"});
  const StreamId topic{0};
  for (const char op : std::string_view(row.history)) {
    const std::uint64_t number = op == 'S' || op == 's' ? ledger.Set(topic) : ledger.Clear(topic);
    if (op == 'S' || op == 'C') ledger.Accepted(topic, number);
  }
  StoredRetained stored;
  if (row.stored != 0) stored["a"] = Payload(0, row.stored);
  Comparison comparison;
  ledger.Compare(stored, comparison);
  EXPECT_EQ(comparison.disagreements.empty(), row.agrees)
      << (row.agrees ? comparison.disagreements[0] : "");
}
INSTANTIATE_TEST_SUITE_P(Histories, RetainedLedgerTest, testing::ValuesIn(kRetained),
                         [](const auto& param_info) { return param_info.param.name; });

TEST(TallyctlOutput, RetainedMessagesAreRead) {
  std::string error;
  const auto retained = ParseRetained(
      R"({"retained": [{"topic": "a", "qos": 1, "payload": "x"}], "count": 1})", error);
  ASSERT_TRUE(retained) << error;
  EXPECT_EQ(retained->at("a"), "x");
  EXPECT_FALSE(ParseRetained("{}", error));
}

struct WillRow {
  const char* name;
  // + CONNECT goes out, C CONNACK, l the client closes, k kill, d DISCONNECT goes out, b the broker
  // closes; a digit: that will arrives; s the store is looked at
  const char* history;
  std::uint64_t stored;  // number of the will in the store, 0: none
  const char* found;     // "", or which fault: lost duplicated reordered other disagreed
};

constexpr WillRow kWills[] = {
    {"StandsAtAKill", "+Cks", 1, ""},
    {"StandsAtAKillNotThere", "+Cks", 0, "disagreed"},
    {"AnotherIsThere", "+Cl+Cks", 1, "disagreed"},
    {"NotConfirmedNotThere", "+ks", 0, ""},
    {"NotConfirmedAndThere", "+ks", 1, ""},
    {"ArrivesAfterAKill", "+Ck1", 0, ""},
    {"LostAfterAKill", "+Ck", 0, "lost"},
    {"LostAfterAnEnd", "+Cl", 0, "lost"},
    {"NotConfirmedMayArrive", "+l1", 0, ""},
    {"NotConfirmedMayNot", "+l", 0, ""},
    {"Twice", "+Cl11", 0, "duplicated"},
    {"BehindALaterOne", "+Cl+Cl21", 0, "reordered"},
    {"WhileItStands", "+C1", 0, "other"},
    {"ArrivedAndThere", "+Cl1ks", 1, "disagreed"},
    {"EndedAndStillThere", "+Clks1", 1, ""},
    {"LeavingMayArrive", "+Cdk1", 0, ""},
    {"LeavingMayNot", "+Cdk", 0, ""},
    {"LeavingMayBeThere", "+Cdks", 1, ""},
    {"TakenThenKilledMayArrive", "+Cdbk+C1", 0, ""},
    {"TakenArrivesNoMore", "+Cdb+C1", 0, "other"},
    {"ArrivedThenTaken", "+Cdb1+C", 0, "other"},
    {"TakenIsNotThere", "+Cdb+Clks", 1, "disagreed"},
    {"KilledTwiceWithoutComingBack", "+Ckks1", 0, ""},
};

class WillLedgerTest : public testing::TestWithParam<WillRow> {};

TEST_P(WillLedgerTest, KnowsWhatMustArrive) {
  const WillRow& row = GetParam();
  Faults faults;
  WillLedger ledger({"w"}, QoS::kExactlyOnce, faults);
  const StreamId client{0};
  Comparison comparison;
  bool connected = false;
  const auto end = [&](End how) {
    ledger.Ended(client, how);
    connected = false;
  };
  for (const char step : std::string_view(row.history)) {
    if (step == '+') {
      ledger.Sent(client, false);
      connected = true;
    } else if (step == 'C') {
      ledger.Connected(client);
    } else if (step == 'l') {
      end(End::kClient);
    } else if (step == 'b') {
      end(End::kBroker);
    } else if (step == 'd') {
      ledger.Leaving(client);
    } else if (step == 'k') {
      ledger.BrokerDied();
      if (connected) end(End::kKill);
    } else if (step == 's') {
      StoredSession stored;
      if (row.stored != 0) stored.will = {.topic = "w", .payload = Payload(0, row.stored)};
      ledger.Compare(client, &stored, comparison);
    } else if (step >= '1' && step <= '9') {
      ledger.Arrived(client, {static_cast<std::uint64_t>(step - '0'), PacketId{1}, false});
    }
  }
  const bool looked_at = std::string_view(row.history).find('s') != std::string_view::npos;
  if (!looked_at) ledger.Finished();
  std::string found;
  if (faults.lost > 0) found += "lost";
  if (faults.duplicated > 0) found += "duplicated";
  if (faults.reordered > 0) found += "reordered";
  if (faults.other > 0) found += "other";
  if (!comparison.disagreements.empty()) found += "disagreed";
  EXPECT_EQ(found, row.found);
}
INSTANTIATE_TEST_SUITE_P(Histories, WillLedgerTest, testing::ValuesIn(kWills),
                         [](const auto& param_info) { return param_info.param.name; });

// With QoS 1 the same entry may come again, another one may not.
TEST(WillsTest, RepetitionsAreOfOneEntry) {
  Faults faults;
  WillLedger ledger({"w"}, QoS::kAtLeastOnce, faults);
  ledger.Sent(StreamId{0}, false);
  ledger.Ended(StreamId{0}, End::kClient);
  ledger.Arrived(StreamId{0}, {1, PacketId{7}, false});
  ledger.Arrived(StreamId{0}, {1, PacketId{7}, true});
  EXPECT_TRUE(faults.none());
  ledger.Arrived(StreamId{0}, {1, PacketId{8}, true});
  EXPECT_EQ(faults.duplicated, 1u);
}

// The retained value of a will's topic is the last one that was published, or a later one.
TEST(WillsTest, RetainedValues) {
  Faults faults;
  WillLedger ledger({"w"}, QoS::kExactlyOnce, faults);
  const auto agrees = [&](std::uint64_t number) {
    StoredRetained stored;
    if (number != 0) stored["w"] = Payload(0, number);
    Comparison comparison;
    ledger.CompareRetained(stored, comparison);
    return comparison.disagreements.empty();
  };
  EXPECT_TRUE(agrees(0));
  for (const bool retain : {true, false, true}) {
    ledger.Sent(StreamId{0}, retain);
    ledger.Ended(StreamId{0}, End::kClient);
  }
  EXPECT_TRUE(agrees(0));
  EXPECT_TRUE(agrees(1));
  EXPECT_FALSE(agrees(2)) << "it was not to be retained";
  ledger.Arrived(StreamId{0}, {3, PacketId{1}, false});
  EXPECT_FALSE(agrees(0));
  EXPECT_FALSE(agrees(1));
  EXPECT_TRUE(agrees(3));
  EXPECT_FALSE(agrees(4));
}

TEST(SubscriptionLedgerTest, WhatWasAnsweredIsThere) {
  SubscriptionLedger ledger;
  const auto faults = [&](std::set<std::string> filters) {
    StoredSession stored;
    stored.filters = std::move(filters);
    Comparison comparison;
    ledger.Compare(stored, comparison);
    return comparison.disagreements.size();
  };
  EXPECT_EQ(faults({"a"}), 1u) << "never asked for";
  ledger.Asked("a");
  EXPECT_EQ(faults({}) + faults({"a"}), 0u) << "under way";
  ledger.Answered("a", true);
  EXPECT_EQ(faults({"a"}), 0u);
  EXPECT_EQ(faults({}), 1u) << "SUBACK came";
  ledger.Asked("a");
  EXPECT_EQ(faults({}) + faults({"a"}), 0u) << "UNSUBSCRIBE under way";
  ledger.Answered("a", false);
  EXPECT_EQ(faults({"a"}), 1u) << "UNSUBACK came";
  ledger.Answered("a", true);
  ledger.SessionEnded();
  EXPECT_EQ(faults({"a"}), 1u) << "its session has ended";
  EXPECT_EQ(faults({}), 0u);
}

}  // namespace
}  // namespace tallymq::crash
