#include "tallymq/server/config.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

#include "settings.h"

namespace tallymq::server {
namespace {

// One reading of one file.
class TomlReader {
 public:
  TomlReader(std::string_view file, Config& config) : file_(file), config_(config) {}

  // `prefix` is "" at the top and "log." in the table [log].
  void ReadTable(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix + std::string{key.str()};
      const auto setting = std::ranges::find(Settings(), name, &Setting::key);
      if (setting != Settings().end()) {
        ReadSetting(*setting, node);
      } else if (IsTable(name)) {
        if (const toml::table* inner = node.as_table()) {
          ReadTable(*inner, name + ".");
        } else {
          Add(node.source(), "\"" + name + "\" is a table: [" + name + "]");
        }
      } else {
        Add(key.source(), "unknown key \"" + name + "\"; " + Known(prefix));
      }
    }
  }

  void Add(const toml::source_region& place, const std::string& what) {
    errors_.push_back(file_ + ":" + std::to_string(place.begin.line) + ": " + what);
  }

  // In the order of the lines, not of the keys.
  ConfigErrors TakeErrors() && {
    std::ranges::stable_sort(errors_, {}, [this](const std::string& error) {
      return std::stoul(error.substr(file_.size() + 1));
    });
    return std::move(errors_);
  }

 private:
  static bool IsTable(std::string_view name) {
    return std::ranges::any_of(Settings(), [&](const Setting& setting) {
      return setting.key.starts_with(std::string{name} + ".");
    });
  }

  static std::string Known(const std::string& prefix) {
    std::string known;
    for (const Setting& setting : Settings()) {
      if (!setting.key.starts_with(prefix)) continue;
      const std::string_view rest = setting.key.substr(prefix.size());
      const std::size_t dot = rest.find('.');
      std::string word = dot == std::string_view::npos
                             ? std::string{rest}
                             : "[" + std::string{rest.substr(0, dot)} + "]";
      if (known.find(word) == std::string::npos) known += (known.empty() ? "" : ", ") + word;
    }
    return (prefix.empty() ? "known here: "
                           : "known in [" + prefix.substr(0, prefix.size() - 1) + "]: ") +
           known;
  }

  void ReadSetting(const Setting& setting, const toml::node& node) {
    if (setting.form == Setting::Form::kTexts) {
      const toml::array* array = node.as_array();
      if (array == nullptr || array->empty()) {
        Add(node.source(), Expected(setting, "a list of texts in brackets, with at least one"));
        return;
      }
      config_.listen.clear();
      for (const toml::node& element : *array) Set(setting, element);
    } else {
      Set(setting, node);
    }
  }

  void Set(const Setting& setting, const toml::node& node) {
    std::string expected;
    if (const auto text = TextOf(setting.form, node)) {
      expected = setting.set(config_, *text);
    } else {
      expected = FormOf(setting.form);
    }
    if (!expected.empty()) Add(node.source(), Expected(setting, expected));
  }

  static std::string Expected(const Setting& setting, const std::string& what) {
    return std::string{setting.key} + ": expected " + what;
  }

  static std::string_view FormOf(Setting::Form form) {
    switch (form) {
      case Setting::Form::kNumber:
        return "a whole number";
      case Setting::Form::kNumberOrText:
        return "a whole number, or a number with a unit in quotation marks";
      case Setting::Form::kBoolean:
        return "true or false";
      case Setting::Form::kText:
      case Setting::Form::kTexts:
        break;
    }
    return "a text in quotation marks";
  }

  // The value as text, or nothing if it is written as something that the setting does not take.
  static std::optional<std::string> TextOf(Setting::Form form, const toml::node& node) {
    using Form = Setting::Form;
    if (const auto number = node.as_integer()) {
      if (form == Form::kNumber || form == Form::kNumberOrText)
        return std::to_string(number->get());
    } else if (const auto boolean = node.as_boolean()) {
      if (form == Form::kBoolean) return boolean->get() ? "true" : "false";
    } else if (const auto text = node.as_string()) {
      if (form != Form::kNumber && form != Form::kBoolean) return text->get();
    }
    return std::nullopt;
  }

  const std::string file_;
  Config& config_;
  ConfigErrors errors_;
};

}  // namespace

ConfigErrors ApplyToml(std::string_view text, std::string_view file, Config& config) {
  TomlReader reader{file, config};
  try {
    reader.ReadTable(toml::parse(text), "");
  } catch (const toml::parse_error& error) {
    reader.Add(error.source(), std::string{error.description()});
  }
  return std::move(reader).TakeErrors();
}

ConfigErrors ApplyFile(const std::string& file, Config& config) {
  std::FILE* stream = std::fopen(file.c_str(), "rbe");
  std::string text;
  std::array<char, 4096> chunk;
  std::size_t count = 0;
  while (stream != nullptr && (count = std::fread(chunk.data(), 1, chunk.size(), stream)) > 0) {
    text.append(chunk.data(), count);
  }
  const bool failed =
      stream == nullptr || std::ferror(stream) != 0;  // a folder opens, but does not read
  const std::string reason = std::strerror(errno);
  if (stream != nullptr) std::fclose(stream);
  if (failed) return {file + ": cannot be read: " + reason};
  return ApplyToml(text, file, config);
}

ConfigErrors CheckSafety(const Config& config) {
  if (config.allow_anonymous || !config.password_file.empty()) return {};
  ConfigErrors errors;
  for (const net::Address& address : config.listen) {
    if (address.is_loopback()) continue;
    errors.push_back("refused to listen on " + address.ToString() +
                     ": other machines can reach it, and clients are not authenticated; give a "
                     "--password-file (password_file), listen on 127.0.0.1 or [::1], or allow it "
                     "with --allow-anonymous (allow_anonymous = true)");
  }
  return errors;
}

}  // namespace tallymq::server
