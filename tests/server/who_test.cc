// Goal: who is let in, and with which reason others are not.
// Method: a row is a question that begins an exchange, and its answer.

#include "who.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace tallymq::server {
namespace {

using broker::AuthAnswer;
using broker::AuthQuestion;
using mqtt::ReasonCode;
using Verdict = AuthAnswer::Verdict;

const auth::Credentials& Users() {
  static const auth::Credentials users{
      {{"anna", auth::ScramVerifier::Derive("one coffee", "saltsaltsaltsalt", 4096)},
       {"bert", auth::ScramVerifier::Derive("", "saltsaltsaltsalt", 4096)}},
      "secret"};
  return users;
}

struct Row {
  const char* name;
  bool allow_anonymous;
  std::optional<std::string> user;
  std::optional<std::string> password;
  std::string method;
  std::string data;
  std::optional<ReasonCode> refused;  // nothing: accepted
};
void PrintTo(const Row& row, std::ostream* os) { *os << row.name; }

const Row kRows[] = {
    {"Right", false, "anna", "one coffee", "", "", {}},
    {"RightBesideAnonymous", true, "anna", "one coffee", "", "", {}},
    {"EmptyPassword", false, "bert", "", "", "", {}},
    {"NoPasswordIsAnEmptyOne", false, "bert", {}, "", "", {}},
    {"Wrong", false, "anna", "two coffees", "", "", ReasonCode::kBadUserNameOrPassword},
    {"WrongBesideAnonymous", true, "anna", "x", "", "", ReasonCode::kBadUserNameOrPassword},
    {"NotThere", false, "carl", "one coffee", "", "", ReasonCode::kBadUserNameOrPassword},
    {"NotThereBesideAnonymous", true, "carl", {}, "", "", ReasonCode::kBadUserNameOrPassword},
    {"EmptyUser", true, "", "", "", "", ReasonCode::kBadUserNameOrPassword},
    {"PasswordOnly", true, {}, "one coffee", "", "", ReasonCode::kBadUserNameOrPassword},
    {"Anonymous", true, {}, {}, "", "", {}},
    {"NotAnonymous", false, {}, {}, "", "", ReasonCode::kNotAuthorized},
    {"OtherMethod", true, {}, {}, "PLAIN", "", ReasonCode::kBadAuthenticationMethod},
    {"MethodInLowerCase", true, {}, {}, "scram-sha-256", "", ReasonCode::kBadAuthenticationMethod},
    {"PasswordWithMethod", false, "anna", "one coffee", "X", "",
     ReasonCode::kBadAuthenticationMethod},
    {"NoFirstMessage", true, {}, {}, "SCRAM-SHA-256", "", ReasonCode::kNotAuthorized},
    {"MalformedFirstMessage", true, {}, {}, "SCRAM-SHA-256", "n,,r=x", ReasonCode::kNotAuthorized},
};

class WhoTest : public testing::TestWithParam<Row> {};

TEST_P(WhoTest, IsFoundOut) {
  const Row& row = GetParam();
  const AuthAnswer answer = FindOut(Users(), row.allow_anonymous,
                                    {row.method, row.data, row.user, row.password, nullptr});
  EXPECT_EQ(answer.verdict, row.refused ? Verdict::kRefused : Verdict::kAccepted);
  if (row.refused) {
    EXPECT_EQ(answer.reason, *row.refused);
    EXPECT_FALSE(answer.why.empty());
  } else {
    EXPECT_EQ(answer.user_name, row.user.value_or(""));
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, WhoTest, testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

// Somebody who is there and somebody who is not get the same answers to a wrong proof.
TEST(ScramTest, IsRefusedAlike) {
  std::string why;
  for (const char* user : {"anna", "carl"}) {
    AuthQuestion question{"SCRAM-SHA-256", std::string("n,,n=") + user + ",r=abc", {}, {}, nullptr};
    const AuthAnswer first = FindOut(Users(), false, question);
    ASSERT_EQ(first.verdict, Verdict::kContinue);
    ASSERT_NE(first.exchange, nullptr);
    EXPECT_EQ(first.data.substr(0, 5), "r=abc");
    question.exchange = first.exchange;
    question.data = "c=biws," + first.data.substr(0, first.data.find(',')) +
                    ",p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const AuthAnswer last = FindOut(Users(), false, question);
    EXPECT_EQ(last.verdict, Verdict::kRefused);
    EXPECT_EQ(last.reason, ReasonCode::kNotAuthorized);
    EXPECT_EQ(last.data, "");
    if (!why.empty()) {
      EXPECT_EQ(last.why, why);
    }
    why = last.why;
  }
}

}  // namespace
}  // namespace tallymq::server
