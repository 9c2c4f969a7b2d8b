// crashtest: does the real broker keep its promises when it is killed anywhere? See --help.

#include <fmt/format.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <random>

#include "crash_run.h"
#include "order_run.h"
#include "own_fleet.h"
#include "paho_fleet.h"
#include "report.h"

namespace tallymq::crash {
namespace {

namespace fs = std::filesystem;

enum class ExitCode : int { kOk = 0, kFinding = 1, kUsage = 2, kBroken = 3 };

struct CommandLine {
  std::string broker;
  std::string tallyctl;
  std::string faulty_broker;  // built with faults, for the self-test
  std::string folder = "build/crashtest";
  RunOptions run;
  std::optional<std::uint64_t> seed;
  std::string client = "own";
  bool sync_order = false;
  bool self_test = false;
  bool keep = false;
};

// True if the file system of `folder` forgets all at a power cut anyway, and its syncs do nothing.
bool IsMemory(const fs::path& folder) {
  constexpr auto kTmpfs = 0x01021994;
  constexpr auto kRamfs = 0x858458f6;
  struct ::statfs info {};
  if (::statfs(folder.c_str(), &info) != 0) return false;
  return info.f_type == kTmpfs || static_cast<unsigned long>(info.f_type) == kRamfs;
}

// A folder of its own for each run, below the one asked for.
fs::path NewFolder(const fs::path& parent, std::string_view name) {
  fs::create_directories(parent);
  const fs::path folder = fs::absolute(parent) / fmt::format("{}-{}", name, ::getpid());
  fs::remove_all(folder);
  fs::create_directory(folder);
  return folder;
}

void ShowProgress(const RunReport& report, std::uint32_t kills) {
  constexpr std::size_t kWidth = 30;
  const std::size_t full = kWidth * report.kills / kills;
  std::fputs(fmt::format("\r[{}{}] {}/{} kills  {} disagreed ", std::string(full, '#'),
                         std::string(kWidth - full, '.'), report.kills, kills, report.disagreed)
                 .c_str(),
             stderr);
  if (report.kills == kills) std::fputc('\n', stderr);
}

void CleanUp(const CommandLine& line, const fs::path& folder, bool passed) {
  if (passed && !line.keep) {
    fs::remove_all(folder);
  } else {
    fmt::print("store and logs are in {}\n", folder.string());
  }
}

template <typename AnyFleet>
std::unique_ptr<Fleet> Make(const RunOptions& options, std::uint16_t port, Random& plan,
                            Oracle& oracle) {
  return std::make_unique<AnyFleet>(options, port, plan, oracle);
}

RunReport Crash(const CommandLine& line, RunOptions options, std::string_view name) {
  const fs::path folder = NewFolder(line.folder, name);
  options.folder = folder;
  options.tallyctl = line.tallyctl;
  CrashRun::Progress progress;
  if (::isatty(STDERR_FILENO) != 0) {
    progress = [&](const RunReport& report) { ShowProgress(report, options.kills); };
  }
  const MakeFleet make_fleet = line.client == "paho" ? Make<PahoFleet> : Make<OwnFleet>;
  const RunReport report = CrashRun(options, make_fleet, progress).Run();
  CleanUp(line, folder, Passed(report, options.qos));
  return report;
}

OrderReport Order(const CommandLine& line, const std::string& broker,
                  std::vector<std::string> environment, std::string_view name) {
  const fs::path folder = NewFolder(line.folder, name);
  OrderOptions options{.broker = broker, .folder = folder, .environment = std::move(environment)};
  const OrderReport report = RunOrder(options);
  CleanUp(line, folder, report.in_order());
  return report;
}

ExitCode RunKills(const CommandLine& line) {
  RunOptions options = line.run;
  options.broker = line.broker;
  fmt::print("seed {}, QoS {}, {} publishers, {} subscribers, window {}{}{}\n\n", options.seed,
             options.qos, options.publishers, options.subscribers, options.window,
             line.client == "paho" ? ", clients of Paho C" : "",
             options.everything ? ", and everything else" : "");
  std::fflush(stdout);
  const RunReport report = Crash(line, options, "kills");
  fmt::print("{}", Print(report, options.qos));
  if (!Passed(report, options.qos)) fmt::print("again: --seed {}\n", options.seed);
  return Passed(report, options.qos) ? ExitCode::kOk : ExitCode::kFinding;
}

ExitCode RunSyncOrder(const CommandLine& line) {
  const OrderReport report = Order(line, line.broker, {}, "order");
  const bool passed = report.in_order() && report.one_sync();
  fmt::print("{}\none sync between PUBLISH of QoS 2 and PUBREC on an idle broker: {}\n{}\n",
             Print(report), report.one_sync() ? "yes" : "no", passed ? "passed" : "FAILED");
  return passed ? ExitCode::kOk : ExitCode::kFinding;
}

// A fault that is built into a broker, and who must notice it.
struct Fault {
  const char* variable;
  const char* words;
  bool seen_by_kills;  // SIGKILL does not lose what the page cache holds
};
constexpr Fault kFaults[] = {
    {"TALLYMQ_FAULT=no-sync", "the sync switched off", false},
    {"TALLYMQ_FAULT=early-ack", "acknowledgements sent early", true},
};

ExitCode RunSelfTest(const CommandLine& line) {
  bool passed = true;
  const auto judge = [&](std::string_view what, bool right, std::string_view detail) {
    fmt::print("{:<62}{}  {}\n", what, right ? "ok    " : "FAILED", detail);
    std::fflush(stdout);
    passed = passed && right;
  };
  for (const Fault& fault : kFaults) {
    const OrderReport order = Order(line, line.faulty_broker, {fault.variable}, "self-order");
    std::uint64_t unsynced = 0;
    for (const OrderRow& row : order.rows) unsynced += row.unsynced;
    judge(fmt::format("{}: --sync-order reports it", fault.words), unsynced > 0,
          fmt::format("{} answers without a sync", unsynced));
    if (!fault.seen_by_kills) continue;
    for (const int qos : {1, 2}) {
      RunOptions options = line.run;
      options.broker = line.faulty_broker;
      options.environment = {fault.variable};
      options.qos = qos;
      options.stop_at_fault = true;
      const RunReport report = Crash(line, options, "self-kills");
      judge(fmt::format("{}: kills at QoS {} report it", fault.words, qos),
            report.disagreed > 0 || !report.faults.none(),
            fmt::format(
                "after {} kills: {}", report.kills,
                report.faults.sentences.empty() ? "nothing" : report.faults.sentences.front()));
    }
  }
  // The same program without a fault passes: it is the faults that were noticed.
  const OrderReport order = Order(line, line.faulty_broker, {}, "self-order");
  judge("no fault: --sync-order reports nothing", order.in_order(), "");
  fmt::print("{}\n", passed ? "passed" : "FAILED");
  return passed ? ExitCode::kOk : ExitCode::kFinding;
}

int Main(int argc, char** argv) {
  CommandLine line;
  CLI::App app("Kills a broker under load again and again, and checks what it promised.",
               "crashtest");
  app.add_option("--broker", line.broker, "Path of tallymqd")->required()->check(CLI::ExistingFile);
  app.add_option("--tallyctl", line.tallyctl, "Path of tallyctl")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--faulty-broker", line.faulty_broker,
                 "Path of a tallymqd built with TALLYMQ_FAULTS");
  app.add_option("--folder", line.folder, "Where stores and logs go; not in memory")
      ->capture_default_str();
  app.add_option("--kills", line.run.kills, "How often")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000));
  app.add_option("--qos", line.run.qos, "1 or 2")->capture_default_str()->check(CLI::Range(1, 2));
  app.add_option("--protocol", line.run.protocol,
                 "5: all our clients speak MQTT 5.0, 3: none (default: some)")
      ->check(CLI::IsMember({3, 5}));
  app.add_flag("--everything", line.run.everything,
               "With retained messages, wills, clean starts, subscriptions that come and go");
  app.add_option("--client", line.client, "own, or paho: Paho C with its sessions in files")
      ->capture_default_str()
      ->check(CLI::IsMember({"own", "paho"}));
  app.add_option("--seed", line.seed,
                 "Repeats the choices of an earlier run (default: another one each time)");
  app.add_option("--publishers", line.run.publishers, "How many")
      ->capture_default_str()
      ->check(CLI::Range(1, 200));
  app.add_option("--subscribers", line.run.subscribers, "How many")
      ->capture_default_str()
      ->check(CLI::Range(1, 200));
  app.add_option("--window", line.run.window, "Messages that a publisher has under way")
      ->capture_default_str()
      ->check(CLI::Range(1, 60'000));
  app.add_flag("--keep", line.keep, "Keep store and logs of a run that passed");
  app.add_flag("--sync-order", line.sync_order,
               "Look at the order of reads, syncs and writes instead");
  app.add_flag("--self-test", line.self_test, "Break the broker, and see that it is noticed");
  CLI11_PARSE(app, argc, argv);

  fs::create_directories(line.folder);
  if (IsMemory(line.folder)) {
    fmt::print(
        stderr,
        "crashtest: {} is in memory, where a sync means nothing; name another with --folder\n",
        line.folder);
    return static_cast<int>(ExitCode::kUsage);
  }
  line.run.seed = line.seed.value_or(std::random_device{}());
  if (line.self_test) return static_cast<int>(RunSelfTest(line));
  if (line.sync_order) return static_cast<int>(RunSyncOrder(line));
  return static_cast<int>(RunKills(line));
}

}  // namespace
}  // namespace tallymq::crash

int main(int argc, char** argv) {
  try {
    return tallymq::crash::Main(argc, argv);
  } catch (const std::exception& exception) {
    fmt::print(stderr, "crashtest: {}\n", exception.what());
    return static_cast<int>(tallymq::crash::ExitCode::kBroken);
  }
}
