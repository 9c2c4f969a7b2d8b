// Goal: a RangeSet is a set, and keeps its ranges in the one normal form.
// Method: rows of operations with the ranges that they must leave, then random operations beside a
// std::set, over a domain so small that ranges meet all the time and both of its ends are used.

#include "tallymq/base/range_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <ostream>
#include <random>
#include <set>
#include <sstream>
#include <string>

namespace tallymq {
namespace {

template <typename T>
std::string Text(const RangeSet<T>& set) {
  std::ostringstream out;
  for (const auto& range : set.ranges()) {
    if (out.tellp() > 0) out << ' ';
    out << static_cast<std::uint64_t>(range.first);
    if (range.last != range.first) out << '-' << static_cast<std::uint64_t>(range.last);
  }
  return out.str();
}

struct Row {
  const char* name;
  const char* operations;  // "+3" insert, "+3-5" insert a range, "x3" erase, "<3" erase below
  const char* ranges;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.operations; }

RangeSet<std::uint16_t> Play(const std::string& operations) {
  RangeSet<std::uint16_t> set;
  std::istringstream in(operations);
  char operation = 0;
  std::uint16_t first = 0;
  while (in >> operation >> first) {
    std::uint16_t last = first;
    if (in.peek() == '-') in.ignore() >> last;
    if (operation == '+') set.InsertRange(first, last);
    if (operation == 'x') set.Erase(first);
    if (operation == '<') set.EraseBelow(first);
  }
  return set;
}

class RangeSetTest : public testing::TestWithParam<Row> {};

TEST_P(RangeSetTest, LeavesTheseRanges) {
  EXPECT_EQ(Text(Play(GetParam().operations)), GetParam().ranges);
}

const Row kRows[] = {
    {"Empty", "", ""},
    {"ApartStayApart", "+1 +3", "1 3"},
    {"NeighboursJoinUpwards", "+1 +2", "1-2"},
    {"NeighboursJoinDownwards", "+2 +1", "1-2"},
    {"AGapIsFilled", "+1 +3 +2", "1-3"},
    {"SeveralRangesAreSwallowed", "+1 +3 +5 +9 +2-7", "1-7 9"},
    {"ARangeInsideChangesNothing", "+1-9 +3-5", "1-9"},
    {"ARangeOverlapsBothEnds", "+3-4 +1-9", "1-9"},
    {"ARangeTouchesItsFollower", "+5-9 +1-4", "1-9"},
    {"EraseTheOnlyMember", "+4 x4", ""},
    {"EraseTheFirst", "+4-6 x4", "5-6"},
    {"EraseTheLast", "+4-6 x6", "4-5"},
    {"EraseTheMiddle", "+4-6 x5", "4 6"},
    {"EraseWhatIsNotThere", "+4-6 x3 x7", "4-6"},
    {"EraseBelowCutsARange", "+1-2 +4-9 <6", "6-9"},
    {"EraseBelowBetweenRanges", "+1-2 +4-9 <3", "4-9"},
    {"EraseBelowAll", "+1-2 +4-9 <10", ""},
    {"EraseBelowNothing", "+4-9 <4", "4-9"},
    {"BothEndsOfTheDomain", "+65535 +0 +65534 +1", "0-1 65534-65535"},
    {"TheWholeDomain", "+0-65535", "0-65535"},
    {"TheWholeDomainMinusItsEnds", "+0-65535 x0 x65535", "1-65534"},
};
INSTANTIATE_TEST_SUITE_P(Rows, RangeSetTest, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(RangeSetMembersTest, SaysWhetherAMemberWasThere) {
  RangeSet<std::uint64_t> set;
  EXPECT_TRUE(set.Insert(5));
  EXPECT_FALSE(set.Insert(5));
  EXPECT_TRUE(set.Contains(5));
  EXPECT_FALSE(set.Contains(4));
  EXPECT_TRUE(set.Erase(5));
  EXPECT_FALSE(set.Erase(5));
  EXPECT_TRUE(set.empty());
}

TEST(RangeSetMembersTest, CountsWithoutWalkingMembers) {
  RangeSet<std::uint64_t> set;
  set.InsertRange(1, std::numeric_limits<std::uint64_t>::max() - 1);
  EXPECT_EQ(set.Count(), std::numeric_limits<std::uint64_t>::max() - 1);
}

TEST(RangeSetMembersTest, ClearGivesTheMemoryBack) {
  RangeSet<std::uint16_t> set;
  set.Insert(1);
  set.Clear();
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.ranges().capacity(), 0u);
}

// Sorted, closed, disjoint and not adjacent.
template <typename T>
bool IsNormal(const RangeSet<T>& set) {
  const auto& ranges = set.ranges();
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].first > ranges[i].last) return false;
    if (i > 0 &&
        (ranges[i].first <= ranges[i - 1].last || ranges[i].first - ranges[i - 1].last < 2)) {
      return false;
    }
  }
  return true;
}

TEST(RangeSetRandomTest, IsTheSameAsAStdSet) {
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same run every time
  using T = std::uint8_t;
  constexpr int kDomain = 256;
  RangeSet<T> set;
  std::set<int> expected;
  for (int step = 0; step < 10'000; ++step) {
    const auto a = static_cast<T>(random() % kDomain);
    switch (random() % 8) {
      case 0:
      case 1:
      case 2:
        ASSERT_EQ(set.Insert(a), expected.insert(a).second);
        break;
      case 3:
      case 4:
      case 5:
        ASSERT_EQ(set.Erase(a), expected.erase(a) == 1);
        break;
      case 6: {
        const int last = std::min<int>(kDomain - 1, a + static_cast<int>(random() % 12));
        set.InsertRange(a, static_cast<T>(last));
        for (int value = a; value <= last; ++value) expected.insert(value);
        break;
      }
      default:
        if (random() % 16 != 0) break;  // rarely, or the set never fills
        set.EraseBelow(a);
        expected.erase(expected.begin(), expected.lower_bound(a));
    }
    ASSERT_TRUE(IsNormal(set)) << Text(set);
    ASSERT_EQ(set.Count(), expected.size());
    for (int value = 0; value < kDomain; ++value) {
      ASSERT_EQ(set.Contains(static_cast<T>(value)), expected.contains(value)) << value;
    }
  }
}

}  // namespace
}  // namespace tallymq
