// Goal: a Strong is as good as its value where it should be, and does not mix with others.
// Method: what must not compile is asked of the type system.

#include "tallymq/base/strong.h"

#include <gtest/gtest.h>

#include <concepts>
#include <set>
#include <string>
#include <type_traits>
#include <unordered_set>

#include "tallymq/base/types.h"

namespace tallymq {
namespace {

using Apples = Strong<int, struct ApplesTag>;
using Pears = Strong<int, struct PearsTag>;

template <typename A, typename B>
concept Comparable = requires(A a, B b) {
  a == b;
};
template <typename A>
concept Addable = requires(A a) {
  a + a;
};

static_assert(!std::is_convertible_v<int, Apples>);
static_assert(!std::is_convertible_v<Apples, int>);
static_assert(!std::is_constructible_v<Apples, Pears>);
static_assert(!std::is_assignable_v<Apples&, Pears>);
static_assert(!Comparable<Apples, Pears>);
static_assert(!Comparable<Apples, int>);
static_assert(!Addable<Apples>);
static_assert(std::regular<Apples> && std::totally_ordered<Apples>);
static_assert(sizeof(PacketId) == sizeof(std::uint16_t));

TEST(StrongTest, IsZeroUnlessGivenAValue) {
  EXPECT_EQ(PacketId().value(), 0);
  EXPECT_EQ(PacketId(7).value(), 7);
}

TEST(StrongTest, ComparesAsItsValue) {
  EXPECT_EQ(Lsn(3), Lsn(3));
  EXPECT_NE(Lsn(3), Lsn(4));
  EXPECT_LT(Lsn(3), Lsn(4));
  EXPECT_GE(Lsn(4), Lsn(4));
}

TEST(StrongTest, IsAKeyOfOrderedAndUnorderedContainers) {
  const std::set<ConnId> ordered = {ConnId(2), ConnId(1), ConnId(2)};
  EXPECT_EQ(ordered.size(), 2u);
  EXPECT_EQ(*ordered.begin(), ConnId(1));
  const std::unordered_set<ConnId> unordered = {ConnId(2), ConnId(1), ConnId(2)};
  EXPECT_EQ(unordered.size(), 2u);
  EXPECT_TRUE(unordered.contains(ConnId(1)));
}

TEST(StrongTest, HashesAsItsValueUnderBothNames) {
  EXPECT_EQ(std::hash<ConnId>{}(ConnId(9)), std::hash<std::uint64_t>{}(9));
  EXPECT_EQ(hash_value(ConnId(9)), std::hash<std::uint64_t>{}(9));
}

TEST(StrongTest, TakesAValueThatIsMovedIn) {
  using Name = Strong<std::string, struct NameTag>;
  std::string text(100, 'x');
  const char* const data = text.data();
  const Name name(std::move(text));
  EXPECT_EQ(name.value().data(), data);
}

}  // namespace
}  // namespace tallymq
