// The table of settings: what each is called in the file and on the command line, and how its text
// is read.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tallymq/server/config.h"

namespace tallymq::server {

struct Setting {
  // How the value is written in TOML.
  enum class Form : std::uint8_t { kText, kNumber, kNumberOrText, kBoolean, kTexts };

  std::string_view key;    // in TOML, with its tables: "log.level"
  std::string_view flag;   // "--log-level"
  std::string_view value;  // "LEVEL", empty for a switch
  std::string_view help;   // one line, with what is allowed; the default is added to it
  Form form;
  // Sets it from `text`. Returns what was expected instead, or nothing. For `kTexts` called once
  // for each.
  std::string (*set)(Config& config, std::string_view text);
  // As `set` would take it.
  std::string (*get)(const Config& config);
};

std::span<const Setting> Settings();

}  // namespace tallymq::server
