// Goal: a verifier is derived as RFC 7677 has it, and its text is read strictly.
// Method: the example of RFC 7677, as PostgreSQL writes it; a row is a text that is wrong.

#include "tallymq/auth/scram_verifier.h"

#include <gtest/gtest.h>

#include <string>

#include "base64.h"

namespace tallymq::auth {
namespace {

constexpr std::string_view kExample =
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

TEST(ScramVerifierTest, IsDerivedAsInTheExample) {
  const auto derived =
      ScramVerifier::Derive("pencil", *DecodeBase64("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
  EXPECT_EQ(derived.ToText(), kExample);
  EXPECT_EQ(ScramVerifier::Parse(kExample), derived);
}

TEST(ScramVerifierTest, MatchesItsPasswordOnly) {
  const ScramVerifier verifier = *ScramVerifier::Parse(kExample);
  EXPECT_TRUE(verifier.Matches("pencil"));
  for (const std::string& wrong :
       {std::string(), std::string("Pencil"), std::string("pencil "), std::string(65'535, 'x')}) {
    EXPECT_FALSE(verifier.Matches(wrong));
  }
  const auto empty = ScramVerifier::Derive("", "salt", kIterationsMin);
  EXPECT_TRUE(empty.Matches(""));
  EXPECT_FALSE(empty.Matches("salt"));
}

struct Row {
  const char* name;
  std::string text;
};
void PrintTo(const Row& row, std::ostream* os) { *os << row.text; }

// The example with `what` replaced.
std::string With(std::string_view what, std::string_view by) {
  std::string text(kExample);
  return text.replace(text.find(what), what.size(), by);
}

const Row kRows[] = {
    {"Empty", ""},
    {"PlainPassword", "pencil"},
    {"OtherMechanism", With("256", "1")},
    {"LowerCase", With("SCRAM", "scram")},
    {"FewIterations", With("4096", "4095")},
    {"ManyIterations", With("4096", "10000001")},
    {"IterationsBeyond32Bits", With("4096", "4294971392")},
    {"NegativeIterations", With("4096", "-4096")},
    {"BlankIterations", With("4096", " 4096")},
    {"NoSalt", With("W22ZaJ0SNY7soEsUEjb6gQ==", "")},
    {"LongSalt", With("W22ZaJ0SNY7soEsUEjb6gQ==", std::string(88, 'A'))},
    {"SaltWithoutPadding", With("gQ==", "gQ")},
    {"SaltOfLooseBits", With("gQ==", "gR==")},
    {"SaltWithBlank", With("W22Z", " W22Z")},
    {"ShortStoredKey", With("WG5d", "")},
    {"ShortServerKey", With("wfPL", "")},
    {"OnlyOneKey", With(":wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=", "")},
    {"MoreBehind", std::string(kExample) + " "},
    {"NotBase64", With("wfPL", "wf!L")},
};

class ScramVerifierErrorTest : public testing::TestWithParam<Row> {};

TEST_P(ScramVerifierErrorTest, IsRefused) {
  EXPECT_FALSE(ScramVerifier::Parse(GetParam().text).has_value());
}

INSTANTIATE_TEST_SUITE_P(Rows, ScramVerifierErrorTest, testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

// Each length of padding, there and back.
TEST(Base64Test, IsTheOneOfRfc4648) {
  for (const auto& [bytes, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}}) {
    EXPECT_EQ(EncodeBase64(bytes), text);
    EXPECT_EQ(DecodeBase64(text), bytes);
  }
  for (const char* wrong : {"Zg", "Zg=", "Zg===", "Zh==", "=", "====", "Z===", "Zm9v\n", "Zm9-"}) {
    EXPECT_FALSE(DecodeBase64(wrong).has_value()) << wrong;
  }
}

}  // namespace
}  // namespace tallymq::auth
