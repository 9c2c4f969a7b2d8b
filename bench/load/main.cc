// load: messages through a broker, counted and timed. See --help.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "report.h"

namespace tallymq::load {
namespace {

enum class ExitCode : int { kOk = 0, kFinding = 1, kUsage = 2, kBroken = 3 };

constexpr const char* kFooter =
    "One phase \"run\", or with --offline two: \"fill\" and \"drain\". CPU us/msg is the broker's, "
    "for each\n"
    "message delivered (fill: acknowledged). Rates are until the last of each; a phase ends with "
    "its last\n"
    "exchange. A line says generator-bound if this program itself "
    "took more\n"
    "than 90 % of a core: the broker may be faster than that.\n"
    "\n"
    "Exit codes: 0 each message came once and in order; 1 some did not, or the broker did not "
    "answer or\n"
    "closed a connection: what was counted so far is printed; 2 usage; 3 it could not run.\n"
    "\n"
    "Examples:\n"
    "  load                                        10 pairs, QoS 2, persistent, broker on "
    "127.0.0.1:1883\n"
    "  load --port 1884 --pid $(pgrep -n mosquitto)   with the broker's CPU time and memory\n"
    "  load --fan-out 100 --qos 1 --clean --messages 20000\n"
    "  load --pairs 10 --qos 2 --offline --window 50 --messages 1000000\n"
    "  load --fan-in 50 --qos 0 --clean -o json";

struct CommandLine {
  Options options;
  bool json = false;
};

std::chrono::milliseconds Milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

void ShowProgress(const Progress& progress) {
  std::fputs(
      fmt::format("\r{}: {} of {} ", progress.phase, progress.done, progress.expected).c_str(),
      stderr);
}

// Returns the exit code if there is nothing to run.
std::optional<int> Parse(int argc, char** argv, CommandLine& line) {
  Options& options = line.options;
  CLI::App app{"Sends messages through an MQTT broker, closed loop: counts and times them.",
               "load"};
  app.footer(kFooter);
  app.add_option("--host", options.host, "The broker's host")->capture_default_str();
  app.add_option("--port", options.port, "The broker's TCP port")->capture_default_str();
  app.add_option("--pid", options.pid, "The broker's process: reports its CPU time and memory")
      ->check(CLI::PositiveNumber);
  std::uint32_t pairs = 10, fan_out = 0, fan_in = 0;
  constexpr std::uint32_t kClientsMax = 500;
  const auto add_shape = [&](const char* flag, std::uint32_t& size, const char* help) {
    return app.add_option(flag, size, help)->type_name("N")->check(CLI::Range(1u, kClientsMax));
  };
  CLI::Option* const of_pairs =
      add_shape("--pairs", pairs, "N publishers, each to a subscriber of its own [10]");
  CLI::Option* const of_out =
      add_shape("--fan-out", fan_out, "One publisher to N subscribers")->excludes(of_pairs);
  add_shape("--fan-in", fan_in, "N publishers to one subscriber")
      ->excludes(of_pairs)
      ->excludes(of_out);
  int qos = 2;
  app.add_option("--qos", qos, "Of all messages: 0, 1 or 2")
      ->capture_default_str()
      ->check(CLI::Range(0, 2));
  int protocol = 3;
  app.add_option("--protocol", protocol, "3: MQTT 3.1.1, 5: MQTT 5.0")
      ->capture_default_str()
      ->check(CLI::IsMember({3, 5}));
  bool clean = false;
  CLI::Option* const of_clean =
      app.add_flag("--clean", clean, "Clean sessions; otherwise they are persistent");
  app.add_flag("--offline", options.offline,
               "Subscribers are away until all is published; then they come for it")
      ->excludes(of_clean);
  app.add_option("--window", options.window,
                 "Messages of a publisher under way: unacknowledged, or with QoS 0 undelivered")
      ->capture_default_str()
      ->check(CLI::Range(1, 65'535));
  app.add_option("--payload", options.payload_bytes, "Size of a payload, bytes")
      ->capture_default_str()
      ->check(CLI::Range(kPayloadMin, std::size_t{1} << 20));
  app.add_option("--messages", options.messages, "Published by all together")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--name", options.name, "How client identifiers and topics begin")
      ->capture_default_str()
      ->check([](const std::string& name) {
        const bool plain = !name.empty() && name.size() <= 64 &&
                           name.find_first_not_of(
                               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
                               "WXYZ0123456789-_") == std::string::npos;
        return plain ? "" : "expected up to 64 letters, digits, - and _";
      });
  double patience_s = 10;
  app.add_option("--patience", patience_s,
                 "A broker that sends nothing for so long ends the run, seconds")
      ->capture_default_str()
      ->check(CLI::Range(0.001, 3600.0));
  double drain_limit_s = 0;
  app.add_option("--drain-limit", drain_limit_s,
                 "Cuts a drain that takes longer, seconds; what is to come is not lost then [none]")
      ->check(CLI::Range(0.001, 86'400.0));
  std::string form = "table";
  app.add_option("-o", form, "Output: table or json")
      ->capture_default_str()
      ->check(CLI::IsMember({"table", "json"}));
  try {
    app.parse(argc, argv);
    if (options.offline && qos == 0) {
      throw CLI::ValidationError("--offline", "QoS 0 is not kept for who is away");
    }
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? static_cast<int>(ExitCode::kOk)
                                : static_cast<int>(ExitCode::kUsage);
  }
  options.pairs = fan_out == 0 && fan_in == 0;
  options.publishers = options.pairs ? pairs : std::max(fan_in, 1u);
  options.subscribers = options.pairs ? pairs : std::max(fan_out, 1u);
  options.messages = std::max<std::uint64_t>(options.messages, options.publishers);
  options.qos = static_cast<QoS>(qos);
  options.version = protocol == 5 ? mqtt::Version::k50 : mqtt::Version::k311;
  options.persistent = !clean;
  options.patience = Milliseconds(patience_s);
  options.drain_limit = Milliseconds(drain_limit_s);
  line.json = form == "json";
  return std::nullopt;
}

int Main(int argc, char** argv) {
  CommandLine line;
  if (const std::optional<int> code = Parse(argc, argv, line)) return *code;
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  LoadRun run(line.options, terminal ? ShowProgress : std::function<void(const Progress&)>{});
  const Outcome outcome = run.Run();
  if (terminal) std::fputs("\r\x1b[K", stderr);
  fmt::print("{}",
             line.json ? PrintJson(line.options, outcome) : PrintTable(line.options, outcome));
  return static_cast<int>(outcome.passed() ? ExitCode::kOk : ExitCode::kFinding);
}

}  // namespace
}  // namespace tallymq::load

int main(int argc, char** argv) {
  try {
    return tallymq::load::Main(argc, argv);
  } catch (const std::exception& exception) {
    fmt::print(stderr, "load: {}\n", exception.what());
    return static_cast<int>(tallymq::load::ExitCode::kBroken);
  }
}
