// Goal: retained messages are found by the filters that match them and by no other, in pages, in
// every journal, and are counted. Method: random topics of few levels against the matching that the
// broker uses for subscriptions; each journal by the same questions.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "journal_world.h"
#include "retained_page.h"
#include "worlds.h"

namespace tallymq::storage {
namespace {

using testing::ElementsAre;

// Rows in memory, which count how often they are asked.
class Rows {
 public:
  explicit Rows(const std::map<std::string, std::string>& rows) : rows_(rows), it_(rows.begin()) {}
  void Seek(std::string_view key) {
    it_ = rows_.lower_bound(std::string(key));
    ++seeks;
  }
  void Next() { ++it_; }
  [[nodiscard]] bool valid() const { return it_ != rows_.end(); }
  [[nodiscard]] const std::string& key() const { return it_->first; }
  [[nodiscard]] const std::string& value() const { return it_->second; }
  std::size_t seeks = 0;

 private:
  const std::map<std::string, std::string>& rows_;
  std::map<std::string, std::string>::const_iterator it_;
};

std::string Value() {
  return std::string(EncodeRetainedHead(MessageNumber{1}, *MakeMessage("", "")).view());
}

// Matching as the standard has it, level by level. Spec: [MQTT3-4.7.1-2], [MQTT3-4.7.1-3],
// [MQTT3-4.7.2-1].
bool Matches(const std::vector<std::string>& filter, const std::vector<std::string>& topic,
             bool dollar_topics) {
  if (!dollar_topics && !topic[0].empty() && topic[0][0] == '$' &&
      (filter[0] == "#" || filter[0] == "+"))
    return false;
  for (std::size_t i = 0; i < filter.size(); ++i) {
    if (filter[i] == "#") return true;
    if (i >= topic.size() || (filter[i] != "+" && filter[i] != topic[i])) return false;
  }
  return filter.size() == topic.size();
}

std::string Join(const std::vector<std::string>& levels) {
  std::string text;
  for (std::size_t i = 0; i < levels.size(); ++i) text += (i > 0 ? "/" : "") + levels[i];
  return text;
}

std::vector<std::string> Ask(Rows& rows, const std::string& filter, std::uint32_t entries,
                             bool dollar_topics = false) {
  std::vector<std::string> found;
  RetainedQuery query{filter, "", {entries, 1u << 20}, dollar_topics};
  for (;;) {
    RetainedPage page;
    FillRetainedPage(rows, query, page);
    for (const auto& entry : page.entries) found.emplace_back(entry.message->topic());
    if (page.complete) return found;
    query.after = page.after;
  }
}

TEST(RetainedWalkTest, FindsWhatMatchesAndNothingElse) {
  std::mt19937 random(7);
  const char* const kLevels[] = {"", "a", "b", "a!", "ab", "$x", "\x01"};
  const auto pick = [&](std::size_t bound) { return random() % bound; };
  for (int round = 0; round < 2000; ++round) {
    std::set<std::vector<std::string>> topics;
    for (std::size_t i = 0; i < 12; ++i) {
      std::vector<std::string> topic(1 + pick(4));
      for (std::string& level : topic) level = kLevels[pick(std::size(kLevels))];
      if (topic != std::vector<std::string>{""}) topics.insert(topic);
    }
    std::map<std::string, std::string> rows;
    for (const auto& topic : topics) rows[MakeRetainedKey(Join(topic))] = Value();
    std::vector<std::string> filter(1 + pick(4));
    for (std::string& level : filter)
      level = pick(2) == 0 ? "+" : kLevels[pick(std::size(kLevels))];
    if (pick(3) == 0) filter.back() = "#";
    if (filter == std::vector<std::string>{""}) continue;
    const bool dollar_topics = pick(4) == 0;
    std::set<std::string> expected;
    for (const auto& topic : topics) {
      // "a/#" matches "a" too.
      std::vector<std::string> parent = topic;
      parent.emplace_back("");
      if (Matches(filter, topic, dollar_topics) ||
          (filter.back() == "#" && filter.size() == topic.size() + 1 &&
           Matches(filter, parent, dollar_topics))) {
        expected.insert(Join(topic));
      }
    }
    Rows reader(rows);
    const auto found =
        Ask(reader, Join(filter), 1 + static_cast<std::uint32_t>(pick(3)), dollar_topics);
    EXPECT_EQ(std::set<std::string>(found.begin(), found.end()), expected) << Join(filter);
    EXPECT_EQ(found.size(), expected.size()) << Join(filter);
  }
}

TEST(RetainedWalkTest, LeapsOverWhatCannotMatch) {
  std::map<std::string, std::string> rows;
  for (int i = 0; i < 100; ++i) {
    for (int j = 0; j < 100; ++j) {
      rows[MakeRetainedKey("site/" + std::to_string(i) + "/value/" + std::to_string(j))] = Value();
    }
    rows[MakeRetainedKey("site/" + std::to_string(i) + "/state")] = Value();
  }
  Rows reader(rows);
  EXPECT_EQ(Ask(reader, "site/+/state", 1000).size(), 100u);
  EXPECT_LE(reader.seeks, 310u);  // of 10,100 keys
}

class RetainedJournalTest : public testing::TestWithParam<WorldKind> {
 protected:
  std::unique_ptr<World> world_ = GetParam().make();
};

std::vector<std::string> TextsOf(const RetainedPage& page) {
  std::vector<std::string> texts;
  for (const RetainedEntry& entry : page.entries) {
    texts.push_back(std::to_string(entry.set.value()) + " " + std::string(entry.message->topic()) +
                    "=" + std::string(entry.message->payload()));
  }
  return texts;
}

TEST_P(RetainedJournalTest, ComeBackAndAreCounted) {
  RetainedTotals totals;
  {
    Driver driver(*world_);
    ASSERT_TRUE(driver.Commit([](Batch& batch) {
      batch.PutRetained(MessageNumber{1}, MakeMessage("a/b", "old"));
      batch.PutRetained(MessageNumber{2}, MakeMessage("a/c", "x"));
      batch.PutRetained(MessageNumber{3}, MakeMessage("a/d", "y"));
    }));
    EXPECT_EQ(driver.totals.count, 3u);
    totals = driver.totals;
    ASSERT_TRUE(driver.Commit([](Batch& batch) {
      batch.PutRetained(MessageNumber{4}, MakeMessage("a/b", "new"));
      batch.EraseRetained("a/d");
      batch.EraseRetained("a/d");
      batch.EraseRetained("never/set");
      batch.PutRetained(MessageNumber{5}, MakeMessage("e", "z"));
      batch.EraseRetained("e");
      batch.Reserve(SessionNumber{1}, MessageNumber{100});
    }));
    EXPECT_EQ(driver.totals.count, 2u);
    EXPECT_LT(driver.totals.bytes, totals.bytes);
    totals = driver.totals;
  }
  Driver driver(*world_);
  EXPECT_EQ(driver.recovered.retained, totals);
  const RetainedPage page = driver.ReadRetained({"a/+", ""});
  EXPECT_TRUE(page.complete);
  EXPECT_FALSE(page.corrupt);
  EXPECT_THAT(TextsOf(page), ElementsAre("4 a/b=new", "2 a/c=x"));
  EXPECT_EQ(page.entries[0].message->published_ms(), 1234u);
  EXPECT_EQ(page.entries[0].message->qos(), QoS::kExactlyOnce);
  EXPECT_TRUE(page.entries[0].message->retain());
}

TEST_P(RetainedJournalTest, PagesGoOnWhereTheLastOneEnded) {
  Driver driver(*world_);
  ASSERT_TRUE(driver.Commit([](Batch& batch) {
    batch.PutRetained(MessageNumber{1}, MakeMessage("a", "1"));
    batch.PutRetained(MessageNumber{2}, MakeMessage("a/b", "2"));
    batch.PutRetained(MessageNumber{3}, MakeMessage("b", "3"));
  }));
  const RetainedPage first = driver.ReadRetained({"#", "", {2, 1u << 20}});
  EXPECT_FALSE(first.complete);
  EXPECT_THAT(TextsOf(first), ElementsAre("1 a=1", "2 a/b=2"));
  const RetainedPage second = driver.ReadRetained({"#", first.after, {2, 1u << 20}});
  EXPECT_TRUE(second.complete);
  EXPECT_THAT(TextsOf(second), ElementsAre("3 b=3"));
  EXPECT_EQ(second.as_of, Lsn{1});
}

INSTANTIATE_TEST_SUITE_P(Journals, RetainedJournalTest, testing::ValuesIn(WorldKinds()),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace tallymq::storage
