// Goal: what a subscriber got of a stream is counted as lost, duplicated and reordered.
// Method: a row is the numbers in the order of their arrival, of six that were published.

#include "stream_tally.h"

#include <gtest/gtest.h>

#include <vector>

namespace tallymq::load {
namespace {

struct Row {
  const char* name;
  std::vector<std::uint64_t> arrivals;
  Faults faults;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

const Row kRows[] = {
    {"InOrder", {0, 1, 2, 3, 4, 5}, {}},
    {"NothingCame", {}, {.lost = 6}},
    {"AGap", {0, 1, 4, 5}, {.lost = 2}},
    {"TheFirst", {1, 2, 3, 4, 5}, {.lost = 1}},
    {"TheLast", {0, 1, 2, 3, 4}, {.lost = 1}},
    {"Twice", {0, 1, 1, 2, 3, 4, 5}, {.duplicated = 1}},
    {"TwiceLater", {0, 1, 2, 3, 4, 5, 1}, {.duplicated = 1}},
    {"ThreeTimes", {0, 1, 1, 1, 2, 3, 4, 5}, {.duplicated = 2}},
    {"Swapped", {0, 2, 1, 3, 4, 5}, {.reordered = 1}},
    {"SwappedThenTwice", {0, 2, 1, 1, 3, 4, 5}, {.duplicated = 1, .reordered = 1}},
    {"Backwards", {5, 4, 3, 2, 1, 0}, {.reordered = 5}},
    {"GapFilledInPart", {0, 4, 2, 5}, {.lost = 2, .reordered = 1}},
};

class StreamTallyTest : public ::testing::TestWithParam<Row> {};

TEST_P(StreamTallyTest, Counts) {
  StreamTally tally;
  std::uint64_t different = 0;
  for (const std::uint64_t number : GetParam().arrivals) {
    if (tally.Arrived(number)) ++different;
  }
  const Faults faults = tally.At(6);
  EXPECT_EQ(faults.lost, GetParam().faults.lost);
  EXPECT_EQ(faults.duplicated, GetParam().faults.duplicated);
  EXPECT_EQ(faults.reordered, GetParam().faults.reordered);
  EXPECT_EQ(different, 6 - faults.lost);
}

INSTANTIATE_TEST_SUITE_P(StreamTally, StreamTallyTest, ::testing::ValuesIn(kRows),
                         [](const auto& tested) { return std::string{tested.param.name}; });

}  // namespace
}  // namespace tallymq::load
