// Goal: the oracle of the crash test sees what a good broker never does, and allows what MQTT
// allows.
// Method: a row is the life of one subscriber with one stream, whose messages are published once
// unless `resent` says otherwise, and the faults that must be counted at its end.
//
//   C        a connection is accepted             S3     SUBACK: from message 3 on all must arrive
//   7@1      message 7 arrives, identifier 1      +7@1   with DUP
//   ~7@1     when no answer can leave             =1 ~=1 a known identifier 1, with DUP
//   R1 ~R1   PUBREL of identifier 1               B2<3   the PUBLISH of 2 went out behind that of 3
//   F4       the killed store counts entries up to 4 as acknowledged
//   E9       the end: messages up to 9 were accepted

#include "inbox.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ostream>
#include <sstream>

#include "oracle.h"

namespace tallymq::crash {
namespace {

struct Row {
  const char* name;
  int qos;
  const char* steps;
  const char* faults;  // lost, duplicated, reordered, other
  int resent = 0;      // how often each message was sent again
};
void PrintTo(const Row& row, std::ostream* out) { *out << "QoS " << row.qos << ": " << row.steps; }

constexpr StreamId kStream{0};
constexpr std::uint64_t kPublished = 100;

class InboxTest : public testing::TestWithParam<Row> {
 protected:
  InboxTest() : oracle_(static_cast<QoS>(GetParam().qos), 2), inbox_(oracle_.AddInbox("anna")) {
    for (std::uint64_t number = 1; number <= kPublished; ++number) {
      oracle_.Publish(kStream);
      for (int i = 0; i < GetParam().resent; ++i) oracle_.Resent(kStream, number);
    }
  }

  void Step(std::string step) {
    const bool answered = step.front() != '~';
    if (!answered) step.erase(0, 1);
    const bool dup = step.front() == '+';
    if (dup) step.erase(0, 1);
    const auto number = [&](std::size_t from) {
      return std::strtoull(step.c_str() + from, nullptr, 10);
    };
    const auto id = [&](std::size_t from) {
      return PacketId{static_cast<std::uint16_t>(number(from))};
    };
    switch (step.front()) {
      case 'C':
        return inbox_.Connected();
      case 'B':
        return oracle_.SentBehind(kStream, number(1), number(step.find('<') + 1));
      case 'S':
        return inbox_.Subscribed(kStream, number(1));
      case '=':
        return inbox_.Repeated(id(1), true, answered);
      case 'R':
        return inbox_.Released(id(1), answered);
      case 'F': {
        const std::uint64_t last = number(1);
        return inbox_.Finished([last](std::uint64_t seq) { return seq <= last; },
                               [](std::uint64_t) { return false; });
      }
      case 'E': {
        const std::uint64_t last = number(1);
        return inbox_.End([last](StreamId) { return last; });
      }
      default:
        return inbox_.Arrived({kStream, number(0), id(step.find('@') + 1), dup}, answered);
    }
  }

  Oracle oracle_;
  Inbox& inbox_;
};

TEST_P(InboxTest, CountsFaults) {
  std::istringstream steps(GetParam().steps);
  for (std::string step; steps >> step;) Step(step);
  const Faults& faults = oracle_.faults();
  std::ostringstream counted;
  counted << faults.lost << ' ' << faults.duplicated << ' ' << faults.reordered << ' '
          << faults.other;
  if (faults.by_client > 0) counted << ", " << faults.by_client << " by its client";
  std::string sentences;
  for (const std::string& sentence : faults.sentences) sentences += sentence + "\n";
  EXPECT_EQ(counted.str(), GetParam().faults) << sentences;
}

std::string NameOf(const testing::TestParamInfo<Row>& info) { return info.param.name; }

constexpr Row kRows[] = {
    {"AllArriveQos2", 2, "C S1 1@1 R1 2@2 R2 3@3 E3", "0 0 0 0"},
    {"AllArriveQos1", 1, "C S1 1@1 2@2 3@3 E3", "0 0 0 0"},
    {"LostAtTheEnd", 2, "C S1 1@1 E3", "2 0 0 0"},
    {"LostAtTheBeginning", 2, "C S1 2@1 3@2 E3", "1 0 0 0"},
    {"LostInTheMiddle", 1, "C S1 1@1 4@2 E4", "2 0 0 0"},
    {"NothingWasAccepted", 2, "C S1 E0", "0 0 0 0"},
    {"BeforeTheSubscription", 2, "C S4 4@1 E4", "0 0 0 0"},
    {"PublishedBeforeSubackMayCome", 2, "C S4 2@1 3@2 4@3 E4", "0 0 0 0"},
    {"NotSubscribedNothingIsLost", 2, "C E9", "0 0 0 0"},
    {"Reordered", 2, "C S1 1@1 3@2 2@3 E3", "0 0 1 0"},
    {"ReorderedQos1", 1, "C S1 1@1 3@2 2@3 E3", "0 0 1 0"},
    {"SentInThatOrder", 2, "B2<3 C S1 1@1 3@2 2@3 E3", "0 0 0 0, 1 by its client"},
    {"SentInThatOrderQos1", 1, "B2<3 C S1 1@1 3@2 2@3 E3", "0 0 0 0, 1 by its client"},
    {"SentInAnotherOrder", 2, "B2<3 C S1 1@1 4@2 2@3 3@4 E4", "0 0 2 0"},
    {"SentInThatOrderAndLost", 2, "B2<3 C S1 1@1 3@2 E3", "1 0 0 0"},
    {"NeverPublished", 2, "C S1 101@1", "0 0 0 1"},
    {"GapsBetweenEntries", 2, "C S1 1@1 2@1025 3@2049 E3", "0 0 0 0"},
    {"IdentifiersGoRound", 2, "C S1 1@30000 2@60000 3@20000 4@30000 E4", "0 0 0 0"},

    // QoS 2: never twice.
    {"TwiceAsANewEntry", 2, "C S1 1@1 1@2 E1", "0 1 0 0"},
    {"TwiceUnderItsIdentifier", 2, "C S1 1@1 R1 C +1@1 E1", "0 1 0 0"},
    {"KnownIdentifierAgain", 2, "C S1 1@1 C =1 R1 E1", "0 0 0 0"},
    {"KnownIdentifierAgainOnOneConnection", 2, "C S1 1@1 =1 R1 E1", "0 1 1 0"},
    {"AgainAfterItsPubrecWasDurable", 2, "C S1 1@1 F1 C =1 E1", "0 1 0 0"},
    {"AgainAfterItsPubrecCouldNotLeave", 2, "C S1 ~1@1 F0 C =1 R1 E1", "0 0 0 0"},
    {"PubrelWithoutPubrec", 2, "C S1 ~1@1 C R1 E1", "0 0 0 1"},
    {"KnownIdentifierOfNothing", 2, "C S1 1@1 C =2", "0 0 0 1"},
    {"OutOfOrderOnANewConnection", 2, "C S1 1@1 2@2 C =2 =1", "0 0 1 0"},

    // QoS 1: again, but only for a reason.
    {"SameEntryOnANewConnection", 1, "C S1 1@1 2@2 C +1@1 +2@2 E2", "0 0 0 0"},
    {"SameEntryWithoutDup", 1, "C S1 1@1 C 1@1 E1", "0 0 0 1"},
    {"SameEntryOnOneConnection", 1, "C S1 1@1 +1@1 E1", "0 1 1 0"},
    {"SameEntryAfterItsPubackWasDurable", 1, "C S1 1@1 2@2 F1 C +1@1 +2@2 E2", "0 1 0 0"},
    {"SameEntryAfterItsPubackCouldNotLeave", 1, "C S1 ~1@1 C +1@1 E1", "0 0 0 0"},
    {"NewEntryOfAMessageSentTwice", 1, "C S1 1@1 2@2 1@3 2@4 E2", "0 0 0 0", 1},
    {"NewEntryOfAMessageSentOnce", 1, "C S1 1@1 1@2 E1", "0 1 0 0"},
    {"OneEntryTooMany", 1, "C S1 1@1 1@2 1@3 E1", "0 1 0 0", 1},
    {"RepetitionAndNewEntry", 1, "C S1 1@1 C +1@1 1@2 C +1@2 E1", "0 0 0 0", 1},
};
INSTANTIATE_TEST_SUITE_P(Lives, InboxTest, testing::ValuesIn(kRows), NameOf);

}  // namespace
}  // namespace tallymq::crash
