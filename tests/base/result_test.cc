// Goal: a Result holds a value or an error, never confuses them, and stops where it is misused.

#include "tallymq/base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace tallymq {
namespace {

enum class Fault { kDry, kWet };

Result<int, Fault> Half(int number) {
  if (number % 2 != 0) return Unexpected{Fault::kDry};
  return number / 2;
}

TEST(ResultTest, HoldsAValue) {
  const auto result = Half(8);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result.has_value());
  EXPECT_EQ(*result, 4);
  EXPECT_EQ(result.value(), 4);
}

TEST(ResultTest, HoldsAnError) {
  const auto result = Half(7);
  ASSERT_FALSE(result);
  EXPECT_FALSE(result.has_value());
  EXPECT_EQ(result.error(), Fault::kDry);
}

TEST(ResultTest, TellsValueFromErrorOfTheSameType) {
  const Result<std::string, std::string> good = std::string("yes");
  const Result<std::string, std::string> bad = Unexpected{std::string("no")};
  ASSERT_TRUE(good);
  EXPECT_EQ(good->size(), 3u);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error(), "no");
}

TEST(ResultTest, CarriesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>, Fault> result = std::make_unique<int>(5);
  ASSERT_TRUE(result);
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 5);
}

TEST(ResultTest, VoidStandsForNoValue) {
  const Result<Void, Fault> done = Void{};
  const Result<Void, Fault> failed = Unexpected{Fault::kWet};
  EXPECT_TRUE(done);
  EXPECT_EQ(failed.error(), Fault::kWet);
}

TEST(ResultTest, ValueIsChangedInPlace) {
  Result<int, Fault> result = 1;
  *result += 1;
  EXPECT_EQ(*result, 2);
}

TEST(ResultDeathTest, StopsWhenAskedForWhatIsNotThere) {
  EXPECT_DEATH(static_cast<void>(Half(7).value()), "assertion failed");
  EXPECT_DEATH(static_cast<void>(Half(8).error()), "assertion failed");
}

}  // namespace
}  // namespace tallymq
