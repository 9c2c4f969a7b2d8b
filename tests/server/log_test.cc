// Goal: a line of the log says what happened and nothing that a peer made up: it stays one line,
// and JSON stays JSON, whatever the client identifier is.

#include "log.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tallymq::server {
namespace {

std::string Written(LogForm form, LogLevel level, LogLevel of, std::string_view client) {
  testing::internal::CaptureStderr();
  {
    Log log{form, level};
    log.Write(of, "it \"broke\"", {{"client", client}, {"clause", ""}});
  }
  return testing::internal::GetCapturedStderr();
}

TEST(LogTest, TextQuotesWhatIsNotPlain) {
  const auto rest = [](std::string_view client) {
    const std::string line = Written(LogForm::kText, LogLevel::kInfo, LogLevel::kWarning, client);
    return line.substr(line.find('Z') + 1);
  };
  EXPECT_EQ(rest("anna-1"), " warning it \"broke\" client=anna-1\n");
  EXPECT_EQ(rest(""), " warning it \"broke\"\n");
  EXPECT_EQ(rest("a b"), " warning it \"broke\" client=\"a b\"\n");
  EXPECT_EQ(rest("a\nerror fake"), " warning it \"broke\" client=\"a\\nerror fake\"\n");
  EXPECT_EQ(rest("a=\"b"), " warning it \"broke\" client=\"a=\\\"b\"\n");
}

TEST(LogTest, JsonIsAnObjectALine) {
  for (const std::string client : {"anna", "a\n\"b", "\xFF\xFE", "\x01"}) {
    const std::string line = Written(LogForm::kJson, LogLevel::kInfo, LogLevel::kError, client);
    ASSERT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
    const auto object = nlohmann::json::parse(line);
    EXPECT_EQ(object["level"], "error");
    EXPECT_EQ(object["message"], "it \"broke\"");
    EXPECT_EQ(object["time"].get<std::string>().back(), 'Z');
    EXPECT_FALSE(object.contains("clause"));
  }
}

TEST(LogTest, WhatIsBelowTheLevelIsNotWritten) {
  EXPECT_EQ(Written(LogForm::kText, LogLevel::kWarning, LogLevel::kInfo, "a"), "");
  EXPECT_NE(Written(LogForm::kText, LogLevel::kDebug, LogLevel::kDebug, "a"), "");
}

}  // namespace
}  // namespace tallymq::server
