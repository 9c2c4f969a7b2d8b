// What can be configured. A setting comes from the command line, else from the file, else from
// here.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tallymq/base/result.h"
#include "tallymq/broker/limits.h"
#include "tallymq/net/address.h"

namespace tallymq::server {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };
enum class LogForm : std::uint8_t { kText, kJson };

struct Config {
  std::vector<net::Address> listen{*net::Address::Parse("127.0.0.1:1883")};
  std::string store = "tallymq-data";
  std::string password_file;  // empty: nobody is asked who they are
  bool allow_anonymous = false;
  broker::Limits limits;
  LogLevel log_level = LogLevel::kInfo;
  LogForm log_form = LogForm::kText;
  std::size_t memtable_bytes = 16u << 20;
  std::size_t block_cache_bytes = 8u << 20;
  std::size_t wal_bytes_max = 64u << 20;
};

// Sentences, each with the place of what is wrong and what was expected: "tallymqd.toml:12: ...".
using ConfigErrors = std::vector<std::string>;

// Applies what TOML `text` says to `config`. `file` is what the errors call it.
// Errors: all that are found; `config` is then half changed.
ConfigErrors ApplyToml(std::string_view text, std::string_view file, Config& config);

// The same for the contents of `file`. Errors: also that it cannot be read.
ConfigErrors ApplyFile(const std::string& file, Config& config);

// What is wrong with the whole, or empty: other machines can reach an address, and nobody asks them
// who they are. Does not look into the password file.
ConfigErrors CheckSafety(const Config& config);

}  // namespace tallymq::server
