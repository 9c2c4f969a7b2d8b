#include "command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <map>
#include <vector>

#include "credentials.h"
#include "settings.h"

namespace tallymq::server {
namespace {

std::string Footer() {
  std::string text =
      "Examples:\n"
      "  tallymqd                                        a broker on 127.0.0.1:1883\n"
      "  tallymqd --listen 127.0.0.1:1884 --listen [::1]:1884 --store /var/tmp/t\n"
      "  tallymqd --config tallymqd.toml --log-level debug\n"
      "  tallymqd --config tallymqd.toml --check-config\n"
      "  tallymqd --listen 0.0.0.0:1883 --allow-anonymous   everyone may connect\n"
      "  tallymqd --listen 0.0.0.0:1883 --password-file users   those in the file may connect\n"
      "\n"
      "A setting comes from its flag, else from the file, else it has its default. SIGTERM and "
      "SIGINT\n"
      "stop the broker cleanly; a second one stops it at once, and nothing acknowledged is lost.\n"
      "SIGHUP reads the password file again.\n"
      "\n"
      "Exit codes:\n";
  for (const ExitCodeMeaning& row : kExitCodes) {
    const std::string code = std::to_string(static_cast<int>(row.code));
    text += std::string(4 - code.size(), ' ') + code + "  " + std::string{row.meaning} + "\n";
  }
  text.pop_back();
  return text;
}

std::string HelpOf(const Setting& setting) {
  const std::string value = setting.get(Config{});
  return std::string{setting.help} + (value.empty() ? "" : " [" + value + "]");
}

CommandLine EndWith(ExitCode code) { return {.config = {}, .exit = code}; }

CommandLine Refuse(ExitCode code, const ConfigErrors& errors) {
  for (const std::string& error : errors) std::cerr << "tallymqd: " << error << "\n";
  return EndWith(code);
}

}  // namespace

CommandLine ParseCommandLine(int argc, const char* const* argv) {
  CLI::App app{"TallyMQ, an MQTT broker: what it has acknowledged is on disk.", "tallymqd"};
  app.footer(Footer());
  app.set_version_flag("--version", "tallymqd " TALLYMQ_VERSION);
  std::string file;
  app.add_option("--config", file, "Configuration file, in TOML")->type_name("FILE");
  bool check = false;
  app.add_flag("--check-config", check,
               "Check the configuration file and the flags, start nothing, and say what is wrong");

  std::map<std::string_view, std::vector<std::string>> values;  // by flag
  for (const Setting& setting : Settings()) {
    std::vector<std::string>& value = values[setting.flag];
    if (setting.form == Setting::Form::kBoolean) {
      app.add_flag(std::string{setting.flag}, value, HelpOf(setting))
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    } else {
      CLI::Option* option = app.add_option(std::string{setting.flag}, value, HelpOf(setting))
                                ->type_name(std::string{setting.value})
                                ->allow_extra_args(false);
      if (setting.form != Setting::Form::kTexts) option->expected(1);
    }
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // help, version
    app.exit(asked);
    return EndWith(ExitCode::kOk);
  } catch (const CLI::ParseError& error) {
    return Refuse(ExitCode::kUsage, {std::string{error.what()} + " (see tallymqd --help)"});
  }

  CommandLine line;
  if (app.count("--config") > 0) {
    const ConfigErrors errors = ApplyFile(file, line.config);
    if (!errors.empty()) return Refuse(ExitCode::kConfig, errors);
  }
  for (const Setting& setting : Settings()) {
    const std::vector<std::string>& texts = values[setting.flag];
    if (setting.form == Setting::Form::kTexts && !texts.empty()) line.config.listen.clear();
    for (const std::string& text : texts) {
      const std::string expected = setting.set(line.config, text);
      if (!expected.empty()) {
        return Refuse(ExitCode::kUsage, {std::string{setting.flag} + " " + text + ": expected " +
                                         expected + " (see tallymqd --help)"});
      }
    }
  }
  const ConfigErrors unsafe = CheckSafety(line.config);
  if (!unsafe.empty()) return Refuse(ExitCode::kConfig, unsafe);
  if (check && !line.config.password_file.empty()) {
    const auto loaded = LoadCredentials(line.config.password_file, {});
    if (!loaded) return Refuse(ExitCode::kConfig, loaded.error());
  }
  if (check) {
    std::cout << "tallymqd: the configuration is right\n";
    line.exit = ExitCode::kOk;
  }
  return line;
}

}  // namespace tallymq::server
