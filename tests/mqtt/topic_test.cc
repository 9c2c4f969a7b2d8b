// Goal: strings, topic names and filters are what sections 1.5.3 and 4.7 say, and match as they
// say. Method: tables; UTF-8 also beside a slow and simple reference, for all short strings.

#include "tallymq/mqtt/topic.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "wire.h"

namespace tallymq::mqtt {
namespace {

constexpr std::size_t kValid = std::string_view::npos;

// A text and the first byte that is wrong with it, if any.
struct TextRow {
  const char* name;
  const char* spec;
  const char* wire;
  std::size_t fault = kValid;
};
void PrintTo(const TextRow& row, std::ostream* out) { *out << row.spec << ' ' << row.wire; }

const TextRow kTexts[] = {
    {"Empty", "[MQTT3-1.5.3-1]", ""},
    {"Ascii", "[MQTT3-1.5.3-1]", "01 7F 'abc'"},
    {"TwoBytesFirst", "[MQTT3-1.5.3-1]", "C2 80"},
    {"TwoBytesLast", "[MQTT3-1.5.3-1]", "DF BF"},
    {"ThreeBytesFirst", "[MQTT3-1.5.3-1]", "E0 A0 80"},
    {"BeforeSurrogates", "[MQTT3-1.5.3-1]", "ED 9F BF"},
    {"AfterSurrogates", "[MQTT3-1.5.3-1]", "EE 80 80"},
    {"ThreeBytesLast", "[MQTT3-1.5.3-1]", "EF BF BF"},
    {"FourBytesFirst", "[MQTT3-1.5.3-1]", "F0 90 80 80"},
    {"FourBytesLast", "[MQTT3-1.5.3-1]", "F4 8F BF BF"},
    {"ByteOrderMark", "[MQTT3-1.5.3-3]", "EF BB BF 'a'"},
    {"Null", "[MQTT3-1.5.3-2]", "00", 0},
    {"NullInside", "[MQTT3-1.5.3-2]", "'abc' 00 'd'", 3},
    {"NullAfterEight", "[MQTT3-1.5.3-2]", "'12345678' 00", 8},
    {"NullAsTwoBytes", "[MQTT3-1.5.3-1]", "C0 80", 0},
    {"OverlongTwoBytes", "[MQTT3-1.5.3-1]", "'a' C1 BF", 1},
    {"OverlongThreeBytes", "[MQTT3-1.5.3-1]", "E0 9F BF", 0},
    {"OverlongFourBytes", "[MQTT3-1.5.3-1]", "F0 8F BF BF", 0},
    {"SurrogateFirst", "[MQTT3-1.5.3-1]", "ED A0 80", 0},
    {"SurrogateLast", "[MQTT3-1.5.3-1]", "ED BF BF", 0},
    {"SurrogatePair", "[MQTT3-1.5.3-1]", "ED A0 BD ED B8 80", 0},
    {"BeyondUnicode", "[MQTT3-1.5.3-1]", "F4 90 80 80", 0},
    {"LeadF5", "[MQTT3-1.5.3-1]", "F5 80 80 80", 0},
    {"LeadFF", "[MQTT3-1.5.3-1]", "FF", 0},
    {"ContinuationAlone", "[MQTT3-1.5.3-1]", "'a' 80", 1},
    {"TwoBytesCut", "[MQTT3-1.5.3-1]", "'a' C3", 1},
    {"ThreeBytesCut", "[MQTT3-1.5.3-1]", "'a' E2 82", 1},
    {"FourBytesCut", "[MQTT3-1.5.3-1]", "F0 9F 90", 0},
    {"NotContinued", "[MQTT3-1.5.3-1]", "C3 28", 0},
    {"ThirdByteWrong", "[MQTT3-1.5.3-1]", "E2 82 28", 0},
    {"FourthByteWrong", "[MQTT3-1.5.3-1]", "F0 9F 90 28", 0},
};

class TextTest : public testing::TestWithParam<TextRow> {};

TEST_P(TextTest, IsJudged) {
  const ExactCopy text(Wire(GetParam().wire));
  EXPECT_EQ(IsValidUtf8(text.view()), GetParam().fault == kValid);
}

// Before, behind and around it: eight bytes are looked at together.
TEST_P(TextTest, IsJudgedTheSameAnywhere) {
  const TextRow& row = GetParam();
  for (std::size_t before = 0; before <= 17; ++before) {
    for (const std::size_t after : {0u, 1u, 7u, 8u, 9u}) {
      if (row.fault == kValid && before + after == 0 && Wire(row.wire).empty()) continue;
      const std::string bytes = std::string(before, 'b') + Wire(row.wire) + std::string(after, 'a');
      const ExactCopy text(bytes);
      const auto filter = TopicFilter::Parse(text.view());
      const auto name = TopicName::Parse(text.view());
      if (row.fault == kValid) {
        EXPECT_TRUE(filter && name) << Hex(bytes);
      } else {
        ASSERT_FALSE(filter || name) << Hex(bytes);
        EXPECT_EQ(filter.error().offset, before + row.fault) << Hex(bytes);
        EXPECT_EQ(name.error().offset, before + row.fault) << Hex(bytes);
        EXPECT_EQ(Tag(name.error()), row.spec);
        EXPECT_EQ(Tag(filter.error()), row.spec);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Utf8, TextTest, testing::ValuesIn(kTexts),
                         [](const auto& row) { return std::string(row.param.name); });

void AppendUtf8(std::uint32_t character, std::string& out) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (character < 0x80) {
    put(character);
  } else if (character < 0x800) {
    put(0xC0 | character >> 6);
    put(0x80 | (character & 0x3F));
  } else if (character < 0x10000) {
    put(0xE0 | character >> 12);
    put(0x80 | (character >> 6 & 0x3F));
    put(0x80 | (character & 0x3F));
  } else {
    put(0xF0 | character >> 18);
    put(0x80 | (character >> 12 & 0x3F));
    put(0x80 | (character >> 6 & 0x3F));
    put(0x80 | (character & 0x3F));
  }
}

bool IsSurrogate(std::uint32_t character) { return character >= 0xD800 && character <= 0xDFFF; }

// The definition: text is well formed if it is what encoding its characters gives.
bool ReferenceIsValid(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<std::uint8_t>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (text.size() - at < length) return false;
    std::uint32_t character = length == 1 ? lead : lead & (0x7Fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
      character = character << 6 | (static_cast<std::uint8_t>(text[at + i]) & 0x3Fu);
    }
    if (character == 0 || character > 0x10FFFF || IsSurrogate(character)) return false;
    std::string encoded;
    AppendUtf8(character, encoded);
    if (encoded != text.substr(at, length)) return false;
    at += length;
  }
  return true;
}

TEST(Utf8Test, TakesEveryCharacterButNullAndSurrogates) {
  for (std::uint32_t character = 0; character <= 0x10FFFF; ++character) {
    std::string text;
    AppendUtf8(character, text);
    ASSERT_EQ(IsValidUtf8(text), character != 0 && !IsSurrogate(character)) << Hex(text);
  }
}

TEST(Utf8Test, AgreesWithTheDefinitionOnAllPairsOfBytes) {
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      const std::string text = {static_cast<char>(first), static_cast<char>(second)};
      ASSERT_EQ(IsValidUtf8(text), ReferenceIsValid(text)) << Hex(text);
    }
  }
}

TEST(Utf8Test, AgreesWithTheDefinitionOnRandomText) {
  std::mt19937 random(2);  // NOLINT(cert-msc51-cpp): the same run every time
  // Bytes at the borders of the ranges, and plain ones.
  const std::string alphabet =
      Wire("00 01 61 7F 80 8F 90 9F A0 BF C1 C2 DF E0 E1 ED EE EF F0 F1 F4 F5");
  int valid = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text(random() % 5, 'a');
    for (std::size_t n = random() % 5; n > 0; --n)
      text.push_back(alphabet[random() % alphabet.size()]);
    const bool expected = ReferenceIsValid(text);
    valid += expected ? 1 : 0;
    ASSERT_EQ(IsValidUtf8(text), expected) << Hex(text);
  }
  EXPECT_GT(valid, 1000);
}

// A topic name or filter, and the rule that it breaks, if any.
struct TopicRow {
  const char* name;
  const char* text;
  const char* clause = "";
  std::size_t offset = 0;
};
void PrintTo(const TopicRow& row, std::ostream* out) {
  *out << row.clause << " '" << row.text << '\'';
}
std::string NameOf(const testing::TestParamInfo<TopicRow>& row) { return row.param.name; }

class TopicNameTest : public testing::TestWithParam<TopicRow> {};

TEST_P(TopicNameTest, IsJudged) {
  const TopicRow& row = GetParam();
  const auto name = TopicName::Parse(row.text);
  if (*row.clause == '\0') {
    ASSERT_TRUE(name) << name.error().what;
    EXPECT_EQ(name->text(), row.text);
  } else {
    ASSERT_FALSE(name);
    EXPECT_EQ(Tag(name.error()), row.clause);
    EXPECT_EQ(name.error().offset, row.offset);
    EXPECT_EQ(name.error().reason, ReasonCode::kTopicNameInvalid);
  }
}

const TopicRow kNames[] = {
    {"OneCharacter", "a"},
    {"Slash", "/"},
    {"EmptyLevels", "//a//"},
    {"Blanks", " / "},
    {"Dollar", "$SYS/x"},
    {"CharactersBesideWildcards", "\"$*,;/"},
    {"Empty", "", "[MQTT3-4.7.3-1]", 0},
    {"Plus", "+", "[MQTT3-4.7.1-1]", 0},
    {"Hash", "#", "[MQTT3-4.7.1-1]", 0},
    {"PlusInsideAWord", "12345678/a+b", "[MQTT3-4.7.1-1]", 10},
    {"HashInEight", "1234#678", "[MQTT3-4.7.1-1]", 4},
    {"PlusAtTheEnd", "12345678+", "[MQTT3-4.7.1-1]", 8},
};
INSTANTIATE_TEST_SUITE_P(Names, TopicNameTest, testing::ValuesIn(kNames), NameOf);

class TopicFilterTest : public testing::TestWithParam<TopicRow> {};

TEST_P(TopicFilterTest, IsJudged) {
  const TopicRow& row = GetParam();
  const auto filter = TopicFilter::Parse(row.text);
  if (*row.clause == '\0') {
    ASSERT_TRUE(filter) << filter.error().what;
    EXPECT_EQ(filter->text(), row.text);
    EXPECT_EQ(filter->has_wildcard(), std::string_view(row.text).find_first_of("+#") != kValid);
  } else {
    ASSERT_FALSE(filter);
    EXPECT_EQ(Tag(filter.error()), row.clause);
    EXPECT_EQ(filter.error().offset, row.offset);
    EXPECT_EQ(filter.error().reason, ReasonCode::kTopicFilterInvalid);
  }
}

const TopicRow kFilters[] = {
    {"NoWildcard", "a/b"},
    {"HashAlone", "#"},
    {"HashLast", "sport/tennis/#"},
    {"HashAfterSlash", "/#"},
    {"PlusAlone", "+"},
    {"PlusEverywhere", "+/+/+"},
    {"PlusBetween", "sport/+/player1"},
    {"PlusThenHash", "+/tennis/#"},
    {"Slash", "/"},
    {"Shared", "$share/g/a/#"},
    {"Empty", "", "[MQTT3-4.7.3-1]", 0},
    {"HashBehindText", "sport/tennis#", "[MQTT3-4.7.1-2]", 12},
    {"HashNotLast", "sport/tennis/#/ranking", "[MQTT3-4.7.1-2]", 13},
    {"HashThenSlash", "#/", "[MQTT3-4.7.1-2]", 0},
    {"HashTwice", "##", "[MQTT3-4.7.1-2]", 0},
    {"HashThenText", "a/#b", "[MQTT3-4.7.1-2]", 2},
    {"PlusBehindText", "sport+", "[MQTT3-4.7.1-3]", 5},
    {"PlusBeforeText", "a/+b/c", "[MQTT3-4.7.1-3]", 2},
    {"PlusTwice", "++", "[MQTT3-4.7.1-3]", 0},
    {"PlusThenHashInOneLevel", "+#", "[MQTT3-4.7.1-3]", 0},
};
INSTANTIATE_TEST_SUITE_P(Filters, TopicFilterTest, testing::ValuesIn(kFilters), NameOf);

// An error names the clause of the version that is spoken, and is otherwise the same.
TEST(TopicVersionTest, ChoosesTheClause) {
  const struct {
    const char* text;
    const char* clause;
  } kRows[] = {
      {"", "[MQTT-4.7.3-1]"},
      {"\x80", "[MQTT-1.5.4-1]"},
      {"a#", "[MQTT-4.7.1-1]"},
      {"a+", "[MQTT-4.7.1-2]"},
  };
  for (const auto& row : kRows) {
    const auto filter = TopicFilter::Parse(row.text, Version::k50);
    ASSERT_FALSE(filter) << row.text;
    EXPECT_EQ(Tag(filter.error()), row.clause);
    EXPECT_EQ(filter.error().version, Version::k50);
    EXPECT_EQ(filter.error().offset, TopicFilter::Parse(row.text).error().offset);
  }
  EXPECT_EQ(Tag(TopicName::Parse("a/+", Version::k50).error()), "[MQTT-4.7.0-1]");
}

// A shared subscription: what it is made of, or the rule that it breaks.
struct SharedRow {
  const char* name;
  const char* spec;
  const char* text;
  const char* share_name;  // or null
  const char* filter;      // or null
  std::size_t fault;
};
void PrintTo(const SharedRow& row, std::ostream* out) {
  *out << row.spec << " '" << row.text << '\'';
}

const SharedRow kShared[] = {
    {"SharedOneLevel", "[MQTT-4.8.2-1]", "$share/g/a", "g", "a", kValid},
    {"SharedWildcards", "[MQTT-4.8.2-2]", "$share/a group/+/b/#", "a group", "+/b/#", kValid},
    {"SharedAll", "[MQTT-4.8.2-2]", "$share/g/#", "g", "#", kValid},
    {"SharedSlash", "[MQTT-4.8.2-2]", "$share/g//", "g", "/", kValid},
    {"SharedEmptyLevel", "[MQTT-4.8.2-2]", "$share/g//a", "g", "/a", kValid},
    {"SharedDollar", "[MQTT-4.8.2-2]", "$share/$g/$SYS/x", "$g", "$SYS/x", kValid},
    {"SharedWithoutName", "[MQTT-4.8.2-1]", "$share/", nullptr, nullptr, 7},
    {"SharedEmptyName", "[MQTT-4.8.2-1]", "$share//a", nullptr, nullptr, 7},
    {"SharedNamePlus", "[MQTT-4.8.2-2]", "$share/+/a", nullptr, nullptr, 7},
    {"SharedNameHash", "[MQTT-4.8.2-2]", "$share/#", nullptr, nullptr, 7},
    {"SharedWithoutSlash", "[MQTT-4.8.2-2]", "$share/g", nullptr, nullptr, 8},
    {"SharedWithoutFilter", "[MQTT-4.8.2-2]", "$share/g/", nullptr, nullptr, 8},
};

class SharedFilterTest : public testing::TestWithParam<SharedRow> {};

TEST_P(SharedFilterTest, IsJudged) {
  const SharedRow& row = GetParam();
  const TopicFilter filter = Filter(row.text);
  ASSERT_TRUE(filter.is_shared());
  const auto shared = SharedFilter::Parse(filter);
  if (row.fault == kValid) {
    ASSERT_TRUE(shared) << shared.error().what;
    EXPECT_EQ(shared->share_name(), row.share_name);
    EXPECT_EQ(shared->filter().text(), row.filter);
  } else {
    ASSERT_FALSE(shared);
    EXPECT_EQ(Tag(shared.error()), row.spec);
    EXPECT_EQ(shared.error().offset, row.fault);
    EXPECT_EQ(shared.error().reason, ReasonCode::kTopicFilterInvalid);
  }
}

INSTANTIATE_TEST_SUITE_P(Shared, SharedFilterTest, testing::ValuesIn(kShared),
                         [](const auto& row) { return std::string(row.param.name); });

// [MQTT-4.8.2-1]: nothing else is one.
TEST(SharedFilterBeginTest, IsShare) {
  for (const char* text : {"$share", "$SHARE/g/a", "$shared/g/a", "share/g/a", "/$share/g/a"}) {
    EXPECT_FALSE(Filter(text).is_shared()) << text;
  }
}

// Spec: 3.3.2.3.2 of 5.0. Well-formed UTF-8, which U+0000 is part of.
TEST(CharacterDataTest, IsUtf8WithNull) {
  EXPECT_TRUE(IsCharacterData(""));
  EXPECT_TRUE(IsCharacterData(Wire("'text' 00 C3A4 00 00")));
  EXPECT_TRUE(IsCharacterData(Wire("00")));
  EXPECT_FALSE(IsCharacterData(Wire("00 C3")));
  EXPECT_FALSE(IsCharacterData(Wire("'12345678' 80 00")));
  EXPECT_FALSE(IsCharacterData(Wire("00 EDA080")));
}

// [MQTT3-4.7.3-3]
TEST(TopicLengthTest, IsAtMost65535Bytes) {
  const std::string longest(65'535, 'x');
  EXPECT_TRUE(TopicName::Parse(longest));
  EXPECT_TRUE(TopicFilter::Parse(longest));
  const std::string longer = longest + 'x';
  ASSERT_FALSE(TopicName::Parse(longer));
  EXPECT_EQ(Tag(TopicName::Parse(longer).error()), "[MQTT3-4.7.3-3]");
  ASSERT_FALSE(TopicFilter::Parse(longer));
  EXPECT_EQ(Tag(TopicFilter::Parse(longer).error()), "[MQTT3-4.7.3-3]");
}

struct MatchRow {
  const char* name;
  const char* spec;
  const char* filter;
  const char* topic;
  bool matches;
};
void PrintTo(const MatchRow& row, std::ostream* out) {
  *out << row.spec << " '" << row.filter << "' '" << row.topic << '\'';
}

class MatchTest : public testing::TestWithParam<MatchRow> {};

TEST_P(MatchTest, Matches) {
  const MatchRow& row = GetParam();
  EXPECT_EQ(Filter(row.filter).Matches(Name(row.topic)), row.matches);
}

const MatchRow kMatches[] = {
    {"Same", "[MQTT3-4.7.3-4]", "a/b", "a/b", true},
    {"OtherLevel", "[MQTT3-4.7.3-4]", "a/b", "a/c", false},
    {"CaseMatters", "[MQTT3-4.7.3-4]", "a/b", "a/B", false},
    {"BlanksMatter", "[MQTT3-4.7.3-4]", "a/b", "a/b ", false},
    {"LeadingSlashMatters", "[MQTT3-4.7.3-4]", "a", "/a", false},
    {"TrailingSlashMatters", "[MQTT3-4.7.3-4]", "a", "a/", false},
    {"NameIsLonger", "[MQTT3-4.7.3-4]", "a/b", "a/b/c", false},
    {"NameIsShorter", "[MQTT3-4.7.3-4]", "a/b/c", "a/b", false},
    // Two ways to write one letter stay two.
    {"NothingIsNormalized", "[MQTT3-4.7.3-4]", "\xC3\xA4", "a\xCC\x88", false},

    {"HashTakesChildren", "[MQTT3-4.7.1-2]", "sport/#", "sport/a", true},
    {"HashTakesAllBelow", "[MQTT3-4.7.1-2]", "sport/#", "sport/a/b/c", true},
    {"HashTakesTheParent", "[MQTT3-4.7.1-2]", "sport/#", "sport", true},
    {"HashTakesAnEmptyLevel", "[MQTT3-4.7.1-2]", "sport/#", "sport/", true},
    {"HashIsNoPrefix", "[MQTT3-4.7.1-2]", "sport/#", "sports", false},
    {"HashAlone", "[MQTT3-4.7.1-2]", "#", "a/b/c", true},
    {"HashAloneTakesSlash", "[MQTT3-4.7.1-2]", "#", "/", true},
    {"SlashHash", "[MQTT3-4.7.1-2]", "/#", "a", false},
    {"SlashHashTakesSlash", "[MQTT3-4.7.1-2]", "/#", "/", true},

    {"PlusTakesOne", "[MQTT3-4.7.1-3]", "sport/+", "sport/a", true},
    {"PlusTakesOneOnly", "[MQTT3-4.7.1-3]", "sport/+", "sport/a/b", false},
    {"PlusTakesNoParent", "[MQTT3-4.7.1-3]", "sport/+", "sport", false},
    {"PlusTakesAnEmptyLevel", "[MQTT3-4.7.1-3]", "sport/+", "sport/", true},
    {"PlusPlus", "[MQTT3-4.7.1-3]", "+/+", "/finance", true},
    {"SlashPlus", "[MQTT3-4.7.1-3]", "/+", "/finance", true},
    {"PlusAlone", "[MQTT3-4.7.1-3]", "+", "/finance", false},
    {"PlusInside", "[MQTT3-4.7.1-3]", "a/+/c", "a/b/c", true},
    {"PlusInsideNoMatch", "[MQTT3-4.7.1-3]", "a/+/c", "a/b/d", false},
    {"PlusThenHash", "[MQTT3-4.7.1-3]", "+/tennis/#", "a/tennis", true},

    {"HashSparesDollar", "[MQTT3-4.7.2-1]", "#", "$SYS/a", false},
    {"PlusSparesDollar", "[MQTT3-4.7.2-1]", "+/a", "$SYS/a", false},
    {"DollarHash", "[MQTT3-4.7.2-1]", "$SYS/#", "$SYS/a", true},
    {"DollarHashTakesTheParent", "[MQTT3-4.7.2-1]", "$SYS/#", "$SYS", true},
    {"DollarPlus", "[MQTT3-4.7.2-1]", "$SYS/+", "$SYS/a", true},
    {"DollarSame", "[MQTT3-4.7.2-1]", "$SYS/a", "$SYS/a", true},
    {"DollarInside", "[MQTT3-4.7.2-1]", "a/+", "a/$b", true},
    {"DollarInsideHash", "[MQTT3-4.7.2-1]", "#", "a/$b", true},
};
INSTANTIATE_TEST_SUITE_P(Matches, MatchTest, testing::ValuesIn(kMatches),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(LevelsTest, AreWhatSlashesSeparate) {
  const struct {
    const char* text;
    std::vector<std::string_view> levels;
  } kRows[] = {
      {"a", {"a"}}, {"a/b", {"a", "b"}}, {"/", {"", ""}}, {"a//b/", {"a", "", "b", ""}}, {"", {""}},
  };
  for (const auto& row : kRows) {
    std::vector<std::string_view> levels;
    for (Levels rest(row.text); !rest.done();) levels.push_back(rest.Next());
    EXPECT_EQ(levels, row.levels) << row.text;
  }
}

}  // namespace
}  // namespace tallymq::mqtt
