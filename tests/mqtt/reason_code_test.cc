// Goal: every code has a name of its own, and what is no code says so.

#include "tallymq/mqtt/reason_code.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>
#include <utility>

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

// Table 3.1 of 3.1.1 beside table 2-6 of 5.0.
TEST(ConnectCodeTest, HasAReasonOfTheSameMeaning) {
  const std::pair<ConnectCode, ReasonCode> kRows[] = {
      {ConnectCode::kAccepted, ReasonCode::kSuccess},
      {ConnectCode::kUnacceptableProtocolVersion, ReasonCode::kUnsupportedProtocolVersion},
      {ConnectCode::kIdentifierRejected, ReasonCode::kClientIdentifierNotValid},
      {ConnectCode::kServerUnavailable, ReasonCode::kServerUnavailable},
      {ConnectCode::kBadUserNameOrPassword, ReasonCode::kBadUserNameOrPassword},
      {ConnectCode::kNotAuthorized, ReasonCode::kNotAuthorized},
  };
  for (const auto& [code, reason] : kRows) {
    EXPECT_EQ(ToReasonCode(code), reason);
    EXPECT_EQ(ToConnectCode(reason), code);
  }
}

// No failure is told as a success.
TEST(ConnectCodeTest, HasACodeForEveryReason) {
  for (unsigned code = 1; code < 256; ++code) {
    EXPECT_NE(ToConnectCode(static_cast<ReasonCode>(code)), ConnectCode::kAccepted) << code;
  }
  EXPECT_EQ(ToConnectCode(ReasonCode::kQuotaExceeded), ConnectCode::kServerUnavailable);
}

TEST(ReasonCodeTest, IsAFailureFrom0x80On) {
  EXPECT_FALSE(IsFailure(ReasonCode::kSuccess));
  EXPECT_FALSE(IsFailure(ReasonCode::kReAuthenticate));
  EXPECT_TRUE(IsFailure(ReasonCode::kUnspecifiedError));
  EXPECT_TRUE(IsFailure(ReasonCode::kWildcardSubscriptionsNotSupported));
}

}  // namespace
}  // namespace tallymq::mqtt
