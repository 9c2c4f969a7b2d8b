// Goal: every code has a name of its own, and what is no code says so.

#include "tallymq/mqtt/reason_code.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace tallymq::mqtt {
namespace {

TEST(ReasonCodeTest, HasANameForEachOf44Codes) {
  std::set<std::string_view> names;
  for (unsigned code = 0; code < 256; ++code) names.insert(Name(static_cast<ReasonCode>(code)));
  // Spec: MQTT 5.0 table 2-6 has 43 values; one name more is that of all others.
  EXPECT_EQ(names.size(), 43u + 1u);
  EXPECT_TRUE(names.contains("Unknown reason"));
}

TEST(ReasonCodeTest, IsNamedAsTheStandardWordsIt) {
  EXPECT_EQ(Name(ReasonCode::kSuccess), "Success");
  EXPECT_EQ(Name(static_cast<ReasonCode>(0x92)), "Packet identifier not found");
  EXPECT_EQ(Name(static_cast<ReasonCode>(0xA2)), "Wildcard Subscriptions not supported");
  EXPECT_EQ(Name(static_cast<ReasonCode>(0x03)), "Unknown reason");
}

TEST(ConnectCodeTest, HasANameForEachOfSixCodes) {
  std::set<std::string_view> names;
  for (unsigned code = 0; code < 256; ++code) names.insert(Name(static_cast<ConnectCode>(code)));
  EXPECT_EQ(names.size(), 6u + 1u);
  EXPECT_EQ(Name(ConnectCode::kIdentifierRejected), "Identifier rejected");
}

}  // namespace
}  // namespace tallymq::mqtt
