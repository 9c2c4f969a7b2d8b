// Goal: a credentials file is read strictly, and what is wrong in it is told with its line.
// Method: a row is a line and what is said of it.

#include "tallymq/auth/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tallymq::auth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kGood = ScramVerifier::Derive("pencil", "saltsaltsaltsalt", 4096).ToText();

TEST(CredentialsTest, OneUserALine) {
  const std::string text = "# those who may\n\nanna:" + kGood + "\n  \t\r\nz o\u00eb #1:" + kGood +
                           "\r\n#bert:" + kGood + "\n$%&/()=?:" + kGood;
  const auto users = Credentials::Parse(text, "users");
  ASSERT_TRUE(users);
  std::vector<std::string> names;
  for (const auto& [name, verifier] : *users) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("$%&/()=?", "anna", "z o\u00eb #1"));
  EXPECT_EQ(users->at("anna").ToText(), kGood);
  EXPECT_TRUE(Credentials::Parse("", "users")->empty());
}

struct Row {
  const char* name;
  std::string line;
  const char* says;
};
void PrintTo(const Row& row, std::ostream* os) { *os << row.line; }

const Row kRows[] = {
    {"NoColon", "anna", "expected USER:SCRAM-SHA-256$..., as `tallyctl passwd` writes it"},
    {"NoName", ":" + kGood, "a user name is empty"},
    {"PlainPassword", "anna:pencil", "expected SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey"},
    {"NoUtf8", "an\xffna:" + kGood, "a user name is no UTF-8"},
    {"Control", "an\tna:" + kGood, "a user name has a control character"},
    {"Delete", "an\x7fna:" + kGood, "a user name has a control character"},
    {"ControlBeyondAscii", "an\u0085na:" + kGood, "a user name has a control character"},
    {"Long", std::string(256, 'x') + ":" + kGood, "a user name is longer than 255 bytes"},
    {"IndentedComment", " # anna", "expected USER:"},
    {"Twice", "first:" + kGood, "a user for the second time; the first is in line 1"},
    {"ZeroByte", std::string("an\0na:", 6) + kGood, "a user name is no UTF-8"},
};

class CredentialsErrorTest : public testing::TestWithParam<Row> {};

TEST_P(CredentialsErrorTest, IsToldWithItsLine) {
  const std::string text = "first:" + kGood + "\n\n" + GetParam().line + "\nlast:" + kGood + "\n";
  const auto users = Credentials::Parse(text, "some/users");
  ASSERT_FALSE(users);
  EXPECT_THAT(users.error(), ElementsAre(testing::StartsWith("some/users:3: ")));
  EXPECT_THAT(users.error(), ElementsAre(HasSubstr(GetParam().says)));
}

INSTANTIATE_TEST_SUITE_P(Rows, CredentialsErrorTest, testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

TEST(CredentialsTest, AllErrorsAreTold) {
  const auto users = Credentials::Parse("a\nb\nc:" + kGood, "users");
  ASSERT_FALSE(users);
  EXPECT_EQ(users.error().size(), 2u);

  std::string other;
  for (int i = 0; i < 1000; ++i) other += "x\n";
  const auto none = Credentials::Parse(other, "users");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().size(), 21u);
  EXPECT_EQ(none.error().back(), "users: more is wrong; the rest was not read");
}

TEST(CredentialsTest, APasswordIsChecked) {
  const Credentials credentials{*Credentials::Parse("anna:" + kGood, "users"), "secret"};
  EXPECT_TRUE(credentials.Check("anna", "pencil"));
  EXPECT_FALSE(credentials.Check("anna", "penci"));
  EXPECT_FALSE(credentials.Check("Anna", "pencil"));
  EXPECT_FALSE(credentials.Check("", ""));
  EXPECT_FALSE(Credentials({}, "secret").Check("anna", "pencil")) << "nobody is there";
}

}  // namespace
}  // namespace tallymq::auth
