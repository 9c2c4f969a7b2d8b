// The log: one line for each thing that happened, to standard error, as text or as JSON.

#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>

#include "tallymq/server/config.h"

namespace spdlog {
class logger;
}

namespace tallymq::server {

// Something that belongs to a line beside its sentence: {"client", "anna"}.
struct LogField {
  std::string_view name;   // a word
  std::string_view value;  // anything, of a peer's making too: it is quoted where it must be
};

// Usable from any thread.
class Log {
 public:
  Log(LogForm form, LogLevel level);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // Fields without a value are left out.
  void Write(LogLevel level, std::string_view sentence,
             std::initializer_list<LogField> fields = {});

 private:
  const LogForm form_;
  const std::unique_ptr<spdlog::logger> logger_;
};

}  // namespace tallymq::server
