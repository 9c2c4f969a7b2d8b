// Goal: the checkers' own reading of topic filters, which stands against the broker's, is right.
// Method: a row is a filter, a topic, and whether the one takes the other, from the standard's own
// examples where it has them.

#include "checkers/topics.h"

#include <gtest/gtest.h>

namespace tallymq::sim {
namespace {

struct Row {
  const char* filter;
  const char* topic;
  bool takes;
};

constexpr Row kRows[] = {
    {"sport/tennis/player1/#", "sport/tennis/player1", true},
    {"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
    {"sport/#", "sport", true},
    {"#", "sport/tennis", true},
    {"sport/tennis/+", "sport/tennis/player1", true},
    {"sport/tennis/+", "sport/tennis/player1/ranking", false},
    {"sport/+", "sport", false},
    {"sport/+", "sport/", true},
    {"+/+", "/finance", true},
    {"/+", "/finance", true},
    {"+", "/finance", false},
    {"#", "$SYS/monitor", false},
    {"+/monitor", "$SYS/monitor", false},
    {"$SYS/#", "$SYS/monitor", true},
    {"a/b", "a/b", true},
    {"a/b", "a", false},
    {"a", "a/b", false},
    {"a/+/#", "a", false},
    {"a/+/#", "a/b", true},
    {"a/+/#", "a/b/c/d", true},
    {"b/+/d", "b/c/d", true},
    {"b/+/d", "b/c", false},
};

// [MQTT3-4.7.1-2], [MQTT3-4.7.1-3], [MQTT3-4.7.2-1].
TEST(TopicsTest, AFilterTakesWhatTheStandardSays) {
  for (const Row& row : kRows) {
    EXPECT_EQ(Takes(row.filter, row.topic), row.takes) << row.filter << " " << row.topic;
  }
}

}  // namespace
}  // namespace tallymq::sim
