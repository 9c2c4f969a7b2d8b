// Goal: strangers' bytes do no harm to a terminal, and numbers and times read well.
// Method: tables of inputs and what they become.

#include "text.h"

#include <gtest/gtest.h>

#include <clocale>

namespace tallymq::tallyctl {
namespace {

using namespace std::string_view_literals;

TEST(TextTest, PrintableIsHarmlessAndOnOneLine) {
  const struct {
    std::string_view bytes;
    std::string_view text;
  } rows[] = {
      {"plain", "plain"},
      {"", ""},
      {"Grüße, 温度", "Grüße, 温度"},
      {"a\nb\tc\rd", "a\\nb\\tc\\rd"},
      {"\x1b[2J", "\\x1b[2J"},
      {"\x00x"sv, "\\x00x"},
      {"\x7f", "\\x7f"},
      {"\xc2\x9b", "\\u009b"},  // the control sequence introducer in one character
      {"\xe2\x80\xae"
       "abc",
       "\\u202eabc"},                       // runs the other way
      {"\xff\xc3", "\\xff\\xc3"},           // no UTF-8, cut off
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},  // a surrogate
      {"C:\\n", "C:\\n"},
  };
  for (const auto& row : rows) EXPECT_EQ(Printable(row.bytes), row.text);
}

TEST(TextTest, TextIsWhatAPersonCallsText) {
  EXPECT_TRUE(IsText(""));
  EXPECT_TRUE(IsText("{\"a\":\t1}\r\n"));
  EXPECT_TRUE(IsText("Grüße"));
  EXPECT_FALSE(IsText("\x00"sv));
  EXPECT_FALSE(IsText("\x1b"));
  EXPECT_FALSE(IsText("\xff"));
  EXPECT_FALSE(IsText("\xc2\x85"));
}

TEST(TextTest, ShortenedFitsItsColumns) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  const struct {
    std::string_view text;
    std::size_t width;
    std::string_view shortened;
  } rows[] = {{"abc", 3, "abc"},   {"abcd", 3, "ab…"}, {"abc", 1, "…"},
              {"", 1, ""},         {"äöü", 3, "äöü"},  {"äöüß", 3, "äö…"},
              {"温度", 4, "温度"}, {"温度", 3, "温…"}, {"温度", 2, "…"}};
  for (const auto& row : rows) {
    EXPECT_EQ(Shortened(row.text, row.width), row.shortened);
    EXPECT_LE(DisplayWidth(Shortened(row.text, row.width)), row.width);
  }
}

TEST(TextTest, Base64IsThatOfRfc4648) {
  const struct {
    std::string_view bytes;
    std::string_view text;
  } rows[] = {{"", ""},
              {"f", "Zg=="},
              {"fo", "Zm8="},
              {"foo", "Zm9v"},
              {"foob", "Zm9vYg=="},
              {"fooba", "Zm9vYmE="},
              {"foobar", "Zm9vYmFy"},
              {"\xfb\xff\x00"sv, "+/8A"}};
  for (const auto& row : rows) EXPECT_EQ(Base64(row.bytes), row.text);
}

TEST(TextTest, TimesAreIso8601InUtc) {
  EXPECT_EQ(IsoTime(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(IsoTime(951'782'399'999), "2000-02-28T23:59:59.999Z");
  EXPECT_EQ(IsoTime(951'782'400'001), "2000-02-29T00:00:00.001Z");
  EXPECT_EQ(IsoTime(~std::uint64_t{0}), "9999-12-31T23:59:59.999Z");
}

TEST(TextTest, NumbersReadWell) {
  EXPECT_EQ(WithThousands(0), "0");
  EXPECT_EQ(WithThousands(999), "999");
  EXPECT_EQ(WithThousands(1'000), "1,000");
  EXPECT_EQ(WithThousands(1'234'567), "1,234,567");
  EXPECT_EQ(ByteSize(1), "1 byte");
  EXPECT_EQ(ByteSize(1'023), "1023 bytes");
  EXPECT_EQ(ByteSize(1'048'575), "1.0 MiB (1,048,575 bytes)");
  EXPECT_EQ(Counted(0, "entry", "entries"), "no entries");
  EXPECT_EQ(Counted(1, "entry", "entries"), "1 entry");
  EXPECT_EQ(Counted(2'000, "entry", "entries"), "2,000 entries");
}

}  // namespace
}  // namespace tallymq::tallyctl
