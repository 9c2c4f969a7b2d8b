#include "log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

namespace tallymq::server {
namespace {

spdlog::level::level_enum LevelOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      break;
  }
  return spdlog::level::err;
}

// In quotation marks, with control characters escaped; bytes that are no UTF-8 are replaced.
std::string Quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// As it is if that leaves no doubt where it ends, else quoted: a client identifier may be anything.
std::string PlainOrQuoted(std::string_view text) {
  const bool plain = std::ranges::all_of(
      text, [](char c) { return c > ' ' && c < 0x7F && c != '"' && c != '=' && c != '\\'; });
  return plain ? std::string{text} : Quoted(text);
}

}  // namespace

Log::Log(LogForm form, LogLevel level)
    : form_(form),
      logger_(std::make_unique<spdlog::logger>("tallymqd",
                                               std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  logger_->set_level(LevelOf(level));
  logger_->flush_on(spdlog::level::trace);
  logger_->set_pattern(form == LogForm::kText
                           ? "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v"
                           : R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})",
                       spdlog::pattern_time_type::utc);
}

Log::~Log() = default;

void Log::Write(LogLevel level, std::string_view sentence, std::initializer_list<LogField> fields) {
  const spdlog::level::level_enum to = LevelOf(level);
  if (!logger_->should_log(to)) return;
  const bool json = form_ == LogForm::kJson;
  std::string line = json ? "\"message\":" + Quoted(sentence) : std::string{sentence};
  for (const LogField& field : fields) {
    if (field.value.empty()) continue;
    line += json ? "," + Quoted(field.name) + ":" + Quoted(field.value)
                 : " " + std::string{field.name} + "=" + PlainOrQuoted(field.value);
  }
  logger_->log(to, spdlog::string_view_t{line.data(), line.size()});
}

}  // namespace tallymq::server
