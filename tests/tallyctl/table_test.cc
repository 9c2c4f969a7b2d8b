// Goal: tables keep to their terminal, and are written while they are made.
// Method: small tables with one column of each kind.

#include "table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace tallymq::tallyctl {
namespace {

std::vector<Column> Columns() {
  return {{"N", Column::Fit::kRight, [](const Json& r) { return Cell{r["n"].get<std::string>()}; }},
          {"TEXT", Column::Fit::kShorten,
           [](const Json& r) { return Cell{r["text"].get<std::string>()}; }},
          {"LAST", Column::Fit::kLeft, [](const Json&) { return Cell{"z"}; }}};
}

TEST(TableTest, IsAsWideAsItTakes) {
  std::ostringstream out;
  Output output{.out = out, .err = out};
  Table table(output, Columns());
  table.Add({{"n", "1"}, {"text", "a text of some length"}});
  table.Add({{"n", "22"}, {"text", "b"}});
  table.End();
  EXPECT_EQ(out.str(),
            " N  TEXT                   LAST\n"
            " 1  a text of some length  z\n"
            "22  b                      z\n");
}

TEST(TableTest, GivesWayToATerminal) {
  std::ostringstream out;
  Output output{.out = out, .err = out, .width = 20};
  Table table(output, Columns());
  table.Add({{"n", "1"}, {"text", "a text of some length"}});
  table.End();
  EXPECT_EQ(out.str(),
            "N  TEXT         LAST\n"
            "1  a text of …  z\n");
}

TEST(TableTest, StaysReadableHoweverNarrow) {
  std::ostringstream out;
  Output output{.out = out, .err = out, .width = 1};
  Table table(output, Columns());
  table.Add({{"n", "1"}, {"text", "a text of some length"}});
  table.End();
  EXPECT_EQ(out.str(),
            "N  TEXT      LAST\n"
            "1  a text …  z\n");
}

TEST(TableTest, KeepsOnlyTheFirstRowsInMemory) {
  std::ostringstream out;
  Output output{.out = out, .err = out};
  Table table(output, Columns());
  for (std::size_t i = 0; i + 1 < Table::kSampleRows; ++i) table.Add({{"n", "1"}, {"text", "a"}});
  EXPECT_EQ(out.str(), "");
  table.Add({{"n", "1"}, {"text", "a"}});
  const std::size_t written = out.str().size();
  EXPECT_GT(written, 0u);
  table.Add({{"n", "1"}, {"text", "longer than all before"}});
  EXPECT_EQ(out.str().substr(written), "1  longer than all before  z\n");
}

TEST(TableTest, WithoutRowsIsNothing) {
  std::ostringstream out;
  Output output{.out = out, .err = out};
  Table(output, Columns()).End();
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace tallymq::tallyctl
