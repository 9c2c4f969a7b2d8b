// sim: does the contract hold for many clients under faults? See --help.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "fleet.h"
#include "mutants.h"
#include "tallymq/base/mutant.h"

namespace tallymq::sim {
namespace {

enum class ExitCode : int { kOk = 0, kFinding = 1, kUsage = 2, kBroken = 3 };

// A single seed that takes this long does not answer. Seconds.
constexpr double kSilence = 60;

struct CommandLine {
  std::optional<std::uint64_t> seed;
  std::uint64_t message = 0;
  bool lines = false;
  double minutes = 0;
  std::uint64_t seeds = 0;
  std::optional<std::uint64_t> first;
  bool mutants = false;
  std::vector<std::string> names;  // of mutants; none: all
  unsigned workers = std::max(1u, std::thread::hardware_concurrency());
};

// ---- One seed.

int RunOne(const CommandLine& line) {
  World world(*line.seed, line.lines ? History::Keep::kPrint : History::Keep::kKeep);
  world.Run();
  const History& history = world.history();
  const auto& violation = world.violation();
  if (line.message != 0) {
    const std::string story = history.Story(line.message);
    fmt::print("{}", story.empty() ? "there is no such message\n" : story);
  } else if (violation && !line.lines) {
    fmt::print("{}",
               violation->message != 0 ? history.Story(violation->message) : history.Tail(60));
  }
  Tally tally;
  tally.Add(world.figures());
  fmt::print("\n{}\nhistory {:016x}\n", Print(tally, 0), history.hash());
  if (!violation) {
    fmt::print("violations: none\n");
    return static_cast<int>(ExitCode::kOk);
  }
  fmt::print("{}: {}\n", NameOf(violation->rule), violation->text);
  return static_cast<int>(ExitCode::kFinding);
}

// ---- Many.

std::string Words(const Finding& finding) {
  if (finding.kind != Finding::Kind::kViolation) return finding.text;
  return fmt::format("{}: {}", NameOf(finding.rule), finding.text);
}

void ShowProgress(const Haul& haul) {
  fmt::print(stderr, "\r{} seeds in {:.0f} s ", haul.tally.seeds, haul.seconds);
}

ExitCode RunMany(const CommandLine& line) {
  Order order;
  order.first_seed = line.first.value_or(std::random_device{}() % 1'000'000'000u * 1'000ull + 1);
  if (line.seeds != 0) order.seeds = line.seeds;
  order.seconds = line.minutes * 60;
  order.workers = line.workers;
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  const Haul haul = RunFleet(order, terminal ? ShowProgress : std::function<void(const Haul&)>());
  if (terminal) std::fputc('\n', stderr);
  fmt::print("seeds from {} on, {} at a time\n\n{}\n", order.first_seed, order.workers,
             Print(haul.tally, haul.seconds));
  const std::string missing = Missing(haul.tally);
  if (haul.findings.empty() && !missing.empty()) {
    fmt::print("in less than 1 % of the seeds: {}\nfailing seed: none, but that is too tame\n",
               missing);
    return ExitCode::kFinding;
  }
  for (const Finding& finding : haul.findings) {
    fmt::print("failing seed: {}: {}\nagain: tools/sim --seed {}\n", finding.seed, Words(finding),
               finding.seed);
  }
  if (!haul.findings.empty()) return ExitCode::kFinding;
  fmt::print("failing seed: none\n");
  return ExitCode::kOk;
}

// ---- Broken rules.

#ifdef TALLYMQ_MUTANTS

constexpr std::uint64_t kSeedsOfMutant = 2000;

// Returns true if a checker that names the rule has noticed.
bool RunMutant(const MutantRow& row, const CommandLine& line) {
  chosen_mutant = row.name;
  Order order;
  order.first_seed = line.first.value_or(1);
  order.seeds = line.seeds != 0 ? line.seeds : kSeedsOfMutant;
  order.workers = line.workers;
  order.stop_at_finding = false;
  order.silence_seconds = 5;
  const Haul haul = RunFleet(order);
  const auto named = haul.violations.find(row.rule);
  const std::uint64_t caught = named == haul.violations.end() ? 0 : named->second;
  std::string others;
  for (const auto& [rule, count] : haul.violations) {
    if (rule != row.rule) others += fmt::format(" {} {}", NameOf(rule), count);
  }
  if (haul.died > 0) others += fmt::format(" died {}", haul.died);
  if (haul.silent > 0) others += fmt::format(" silent {}", haul.silent);
  fmt::print("{:<26}{:<4}{:>7}  {:<62}{}\n", row.name, NameOf(row.rule), caught, row.words, others);
  std::fflush(stdout);
  return caught > 0;
}

ExitCode RunMutants(const CommandLine& line) {
  fmt::print("{:<26}{:<4}{:>7}  {:<62} {}\n", "mutant", "rule", "seeds", "broken",
             "seeds in which something else was noticed first");
  std::size_t run = 0;
  std::size_t caught = 0;
  for (const MutantRow& row : Mutants()) {
    const auto& names = line.names;
    if (!names.empty() && std::find(names.begin(), names.end(), row.name) == names.end()) continue;
    ++run;
    if (RunMutant(row, line)) ++caught;
  }
  fmt::print("\n{} of {} mutants caught by a checker that names the rule, in {} seeds each\n",
             caught, run, line.seeds != 0 ? line.seeds : kSeedsOfMutant);
  return run > 0 && caught == run ? ExitCode::kOk : ExitCode::kFinding;
}

#endif

int Main(int argc, char** argv) {
  CommandLine line;
  CLI::App app("Simulates the broker, its clients and all that goes wrong.", "sim");
  auto* seed = app.add_option("--seed", line.seed, "Replays one seed, and says what went wrong");
  app.add_option("--message", line.message, "Tells the story of this message")->needs(seed);
  app.add_flag("--lines", line.lines, "Prints all that happens, as it happens")->needs(seed);
  auto* minutes = app.add_option("--minutes", line.minutes, "Runs random seeds for so long")
                      ->check(CLI::PositiveNumber);
  auto* seeds = app.add_option("--seeds", line.seeds, "Runs so many seeds");
#ifdef TALLYMQ_MUTANTS
  app.add_flag("--mutants", line.mutants, "Breaks each rule in turn, and sees that it is noticed");
  app.add_option("--mutant", line.names, "Only these; with --seed: replays it in this one");
#endif
  app.add_option("--first", line.first, "The first of them (default: a random one)");
  app.add_option("--workers", line.workers, "Processes (default: one for each core)")
      ->check(CLI::Range(1, 1024));
  seed->excludes(minutes)->excludes(seeds);
  CLI11_PARSE(app, argc, argv);
#ifdef TALLYMQ_MUTANTS
  if (line.mutants) return static_cast<int>(RunMutants(line));
  if (!line.names.empty()) chosen_mutant = line.names.front();
#endif
  if (line.seed) return RunGuarded([&] { return RunOne(line); }, kSilence);
  if (line.minutes == 0 && line.seeds == 0) line.seeds = 1000;
  return static_cast<int>(RunMany(line));
}

}  // namespace
}  // namespace tallymq::sim

int main(int argc, char** argv) {
  try {
    return tallymq::sim::Main(argc, argv);
  } catch (const std::exception& exception) {
    fmt::print(stderr, "sim: {}\n", exception.what());
    return static_cast<int>(tallymq::sim::ExitCode::kBroken);
  }
}
