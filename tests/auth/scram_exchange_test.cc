// Goal: the server's side of SCRAM-SHA-256 is that of RFC 7677, to the byte; whoever breaks its
// grammar or does not know the password gets nowhere, and learns nothing of who is there.
// Method: the example of the RFC; then a row is one message of it, changed.

#include "tallymq/auth/scram_exchange.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base64.h"
#include "hash.h"
#include "tallymq/auth/random_bytes.h"

namespace tallymq::auth {
namespace {

constexpr std::string_view kServerNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
constexpr std::string_view kClientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view kServerFirst =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr std::string_view kClientFinal =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
constexpr std::string_view kServerFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

Credentials Example() {
  const std::string salt = *DecodeBase64("W22ZaJ0SNY7soEsUEjb6gQ==");
  return {{{"user", ScramVerifier::Derive("pencil", salt, 4096)},
           {"a,b=c", ScramVerifier::Derive("pencil", salt, 4096)},
           {"zo\u00eb", ScramVerifier::Derive("cr\u00e8me", "12345678", 5000)}},
          "secret"};
}

// What a client that knows `password` sends last.
std::string Proof(std::string_view gs2, std::string_view bare, const std::string& server_first,
                  std::string_view password, const std::string& extensions = "") {
  const std::string nonce = server_first.substr(2, server_first.find(',') - 2);
  const std::size_t salt_at = server_first.find(",s=") + 3;
  const std::size_t count_at = server_first.find(",i=") + 3;
  const auto salt = DecodeBase64(server_first.substr(salt_at, count_at - 3 - salt_at));
  const auto count = static_cast<std::uint32_t>(std::stoul(server_first.substr(count_at)));
  const std::string without = "c=" + EncodeBase64(gs2) + ",r=" + nonce + extensions;
  const std::string message = std::string(bare) + "," + server_first + "," + without;
  const Sha256 key = Hmac(View(SaltedPassword(password, *salt, count)), "Client Key");
  const Sha256 signature = Hmac(View(Hash(View(key))), message);
  std::string proof;
  for (std::size_t i = 0; i < key.size(); ++i) proof += static_cast<char>(key[i] ^ signature[i]);
  return without + ",p=" + EncodeBase64(proof);
}

TEST(ScramExchangeTest, IsTheExampleToTheByte) {
  const auto exchange = ScramExchange::Begin(Example(), kClientFirst, kServerNonce);
  ASSERT_TRUE(exchange);
  EXPECT_EQ(exchange->server_first(), kServerFirst);
  EXPECT_EQ(exchange->user_name(), "user");
  EXPECT_EQ(exchange->Finish(kClientFinal), kServerFinal);
}

// A row is a first message that is good: what is before the bare part, the bare part, the password
// and who that is.
struct Good {
  const char* name;
  std::string gs2;
  std::string bare;
  std::string password;
  std::string user;
  std::string extensions = "";
};
void PrintTo(const Good& row, std::ostream* os) { *os << row.gs2 << row.bare; }

const Good kGood[] = {
    {"NoChannel", "n,,", "n=user,r=abc", "pencil", "user"},
    {"ChannelNotOffered", "y,,", "n=user,r=abc", "pencil", "user"},
    {"ActsAsItself", "n,a=user,", "n=user,r=abc", "pencil", "user"},
    {"EscapedName", "n,,", "n=a=2Cb=3Dc,r=abc", "pencil", "a,b=c"},
    {"Utf8", "n,,", "n=zo\u00eb,r=abc", "cr\u00e8me", "zo\u00eb"},
    {"FirstExtension", "n,,", "n=user,r=abc,x=y,z==", "pencil", "user"},
    {"FinalExtension", "n,,", "n=user,r=abc", "pencil", "user", ",x=y"},
    {"LongNonce", "n,,", "n=user,r=" + std::string(1900, '~'), "pencil", "user"},
};

class ScramExchangeGoodTest : public testing::TestWithParam<Good> {};

TEST_P(ScramExchangeGoodTest, EndsWithASignature) {
  const Good& row = GetParam();
  const std::string nonce = MakeNonce();
  const auto exchange = ScramExchange::Begin(Example(), row.gs2 + row.bare, nonce);
  ASSERT_TRUE(exchange);
  EXPECT_EQ(exchange->user_name(), row.user);
  const std::string last =
      Proof(row.gs2, row.bare, exchange->server_first(), row.password, row.extensions);
  EXPECT_TRUE(exchange->Finish(last).has_value());
  EXPECT_FALSE(
      exchange->Finish(Proof(row.gs2, row.bare, exchange->server_first(), "wrong")).has_value());
}

INSTANTIATE_TEST_SUITE_P(Rows, ScramExchangeGoodTest, testing::ValuesIn(kGood),
                         [](const auto& row) { return row.param.name; });

struct Bad {
  const char* name;
  std::string message;
};
void PrintTo(const Bad& row, std::ostream* os) { *os << row.message; }

const Bad kBadFirst[] = {
    {"Empty", ""},
    {"OneByte", "n"},
    {"ChannelBinding", "p=tls-unique,,n=user,r=abc"},
    {"UnknownFlag", "q,,n=user,r=abc"},
    {"NoFlag", ",,n=user,r=abc"},
    {"NoHeader", "n=user,r=abc"},
    {"HalfHeader", "n,n=user,r=abc"},
    {"ActsAsSomebodyElse", "n,a=root,n=user,r=abc"},
    {"ActsAsNobody", "n,a=,n=user,r=abc"},
    {"ExtensionToBeKnown", "n,,m=x,n=user,r=abc"},
    {"NoName", "n,,r=abc"},
    {"EmptyName", "n,,n=,r=abc"},
    {"NameWithColon", "n,,n=us:er,r=abc"},
    {"NameWithControl", "n,,n=us\x07r,r=abc"},
    {"NameOfNoUtf8", "n,,n=us\xffr,r=abc"},
    {"NameWithLooseEquals", "n,,n=us=er,r=abc"},
    {"NameWithOtherEscape", "n,,n=us=2cer,r=abc"},
    {"NameEndsInEscape", "n,,n=user=3,r=abc"},
    {"LongName", "n,,n=" + std::string(kUserNameBytesMax + 1, 'x') + ",r=abc"},
    {"NoNonce", "n,,n=user"},
    {"EmptyNonce", "n,,n=user,r="},
    {"NonceWithBlank", "n,,n=user,r=a c"},
    {"NonceWithControl", "n,,n=user,r=a\x7f"},
    {"NonceBeyondAscii", "n,,n=user,r=\u00e8"},
    {"WrongOrder", "n,,r=abc,n=user"},
    {"TrailingComma", "n,,n=user,r=abc,"},
    {"EmptyExtension", "n,,n=user,r=abc,x="},
    {"NoExtension", "n,,n=user,r=abc,x"},
    {"ExtensionOfDigit", "n,,n=user,r=abc,1=x"},
    {"TooLong", "n,,n=user,r=" + std::string(kScramMessageBytesMax, 'x')},
};

class ScramFirstErrorTest : public testing::TestWithParam<Bad> {};

TEST_P(ScramFirstErrorTest, BeginsNothing) {
  EXPECT_FALSE(ScramExchange::Begin(Example(), GetParam().message, kServerNonce).has_value());
}

INSTANTIATE_TEST_SUITE_P(Rows, ScramFirstErrorTest, testing::ValuesIn(kBadFirst),
                         [](const auto& row) { return row.param.name; });

// The example's final message with `what` replaced.
std::string With(std::string_view what, std::string_view by) {
  std::string text(kClientFinal);
  return text.replace(text.find(what), what.size(), by);
}

const Bad kBadFinal[] = {
    {"Empty", ""},
    {"ProofOfAnotherPassword", With("dHzb", "dHzc")},
    {"ShortProof", With("dHzb", "")},
    {"ProofOfNoBase64", With("dHzb", "dH!b")},
    {"NoProof", With(",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "")},
    {"EmptyProof", With("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "")},
    {"NotTheServersNonce", With("k0,", "k1,")},
    {"ClientsNonceOnly", With("%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", "")},
    {"LongerNonce", With("k0,", "k00,")},
    {"OtherHeader", With("biws", "eSws")},
    {"BoundChannel", With("biws", "biwsYWJj")},
    {"HeaderOfNoBase64", With("biws", "n,,")},
    {"NoHeader", With("c=biws,", "")},
    {"ProofFirst", With("c=biws", "p=biws")},
    {"Twice", std::string(kClientFinal) + "," + std::string(kClientFinal)},
    {"ExtensionBehindProof", std::string(kClientFinal) + ",x=y"},
    {"ExtensionNotSigned", With(",p=", ",x=y,p=")},
    {"TrailingComma", std::string(kClientFinal) + ","},
    {"TooLong", With(",p=", ",x=" + std::string(kScramMessageBytesMax, 'x') + ",p=")},
    {"FirstAgain", std::string(kClientFirst)},
};

class ScramFinalErrorTest : public testing::TestWithParam<Bad> {};

TEST_P(ScramFinalErrorTest, IsRefused) {
  const auto exchange = ScramExchange::Begin(Example(), kClientFirst, kServerNonce);
  ASSERT_TRUE(exchange);
  EXPECT_FALSE(exchange->Finish(GetParam().message).has_value());
}

INSTANTIATE_TEST_SUITE_P(Rows, ScramFinalErrorTest, testing::ValuesIn(kBadFinal),
                         [](const auto& row) { return row.param.name; });

// Whoever asks for a user that is not there sees the same each time, and what he sees looks like
// what others have.
TEST(ScramExchangeTest, AUserThatIsNotThereLooksLikeOthers) {
  const Credentials credentials = Example();
  std::set<std::string> counts;
  std::set<std::string> salts;
  for (int i = 0; i < 64; ++i) {
    const std::string bare = "n=nobody" + std::to_string(i) + ",r=abc";
    const auto exchange = ScramExchange::Begin(credentials, "n,," + bare, "xyz");
    ASSERT_TRUE(exchange);
    const std::string& first = exchange->server_first();
    EXPECT_EQ(ScramExchange::Begin(credentials, "n,," + bare, "xyz")->server_first(), first);
    counts.insert(first.substr(first.find(",i=") + 3));
    salts.insert(first.substr(0, first.find(",i=")));
    EXPECT_FALSE(exchange->Finish(Proof("n,,", bare, first, "pencil")).has_value());
  }
  EXPECT_EQ(counts, (std::set<std::string>{"4096", "5000"}));
  EXPECT_EQ(salts.size(), 64u);
  const Credentials others{Example().users(), "another secret"};
  EXPECT_NE(ScramExchange::Begin(others, "n,,n=nobody1,r=abc", "xyz")->server_first(),
            ScramExchange::Begin(credentials, "n,,n=nobody1,r=abc", "xyz")->server_first());
}

TEST(ScramExchangeTest, NoncesAreNewAndPrintable) {
  std::set<std::string> nonces;
  for (int i = 0; i < 1000; ++i) nonces.insert(MakeNonce());
  EXPECT_EQ(nonces.size(), 1000u);
  for (const std::string& nonce : nonces) {
    EXPECT_EQ(nonce.size(), 24u);
    EXPECT_EQ(nonce.find_first_of(",= "), std::string::npos) << nonce;
  }
}

}  // namespace
}  // namespace tallymq::auth
