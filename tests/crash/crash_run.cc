#include "crash_run.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <fstream>

namespace tallymq::crash {

using std::chrono::milliseconds;

namespace {

// Publishers wait when a subscriber is this far behind, so that the end does not take for ever.
// Messages.
constexpr std::uint64_t kBacklogMax = 2000;
// Without any progress for so long, what has not arrived will not.
constexpr milliseconds kPatience{15'000};

// The last lines of a text file.
std::string TailOf(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  std::string tail;
  for (std::size_t i = lines.size() > 5 ? lines.size() - 5 : 0; i < lines.size(); ++i) {
    tail += "\n    " + lines[i];
  }
  return tail;
}

}  // namespace

CrashRun::CrashRun(const RunOptions& options, const MakeFleet& make_fleet, Progress progress)
    : options_(options),
      progress_(std::move(progress)),
      plan_(options.seed),
      port_(FreePort()),
      oracle_(static_cast<QoS>(options.qos), options.publishers * options.topics),
      fleet_(make_fleet(options, port_, plan_, oracle_)) {}

void CrashRun::StartBroker() {
  broker_ = std::make_unique<Program>(
      std::vector<std::string>{options_.broker, "--listen", fmt::format("127.0.0.1:{}", port_),
                               "--store", options_.folder + "/store"},
      options_.folder + "/tallymqd.log", options_.environment);
}

void CrashRun::UpdateBacklog() {
  std::uint64_t backlog = 0;
  for (const auto& inbox : oracle_.inboxes()) backlog = std::max(backlog, oracle_.Backlog(*inbox));
  Open(backlog < kBacklogMax);
}

void CrashRun::Open(bool open) {
  fleet_->Open(open);
  if (actors_ != nullptr) actors_->Open(open);
}

bool CrashRun::Turn(milliseconds limit, const std::function<bool()>& done) {
  const Moment end = Clock::now() + limit;
  for (;;) {
    fleet_->Turn();
    if (actors_ != nullptr) actors_->Turn();
    if (done()) return true;
    if (Clock::now() >= end) return false;
    if (broker_ != nullptr) {
      if (const auto ending = broker_->Ended()) {
        Blame(fmt::format("the broker ended by itself, exit code {}, signal {}; its last words:{}",
                          ending->code, ending->signal, TailOf(options_.folder + "/tallymqd.log")));
        broker_ = nullptr;
        return false;
      }
    }
  }
}

bool CrashRun::SetUp() {
  StartBroker();
  bool up = Turn(kPatience, [this] { return fleet_->ready(); });
  if (up && options_.everything) {
    // Not before: the fleet counts on it that its subscriptions met no retained messages.
    actors_ = std::make_unique<Actors>(options_, port_, plan_.Fork(), oracle_.faults());
    up = Turn(kPatience, [this] { return actors_->ready(); });
  }
  if (!up && broker_ != nullptr) {
    Blame("not all clients could connect and subscribe to a new broker" +
          TailOf(options_.folder + "/tallymqd.log"));
  }
  return up;
}

void CrashRun::Disagree(std::string sentence) {
  report_.disagreed += 1;
  if (oracle_.faults().sentences.size() < Faults::kSentencesMax) {
    oracle_.faults().sentences.push_back(
        fmt::format("kill {}: tallyctl: {}", report_.kills, sentence));
  }
}

std::optional<StoredSessions> CrashRun::ReadSessions() {
  const Answer shown = Ask({options_.tallyctl, "session", "show", "--all", "--payload", "-o",
                            "json", "--store", options_.folder + "/store"});
  std::string error;
  auto sessions = ParseSessions(shown.output, error);
  if (shown.code == 0 && sessions) return sessions;
  Disagree(fmt::format("session show ends with {}: {} {}", shown.code, shown.errors, error));
  return std::nullopt;
}

std::optional<StoredRetained> CrashRun::ReadRetained() {
  const Answer listed = Ask({options_.tallyctl, "retained", "ls", "--all", "--payload", "-o",
                             "json", "--store", options_.folder + "/store"});
  std::string error;
  auto retained = ParseRetained(listed.output, error);
  if (listed.code == 0 && retained) return retained;
  Disagree(fmt::format("retained ls ends with {}: {} {}", listed.code, listed.errors, error));
  return std::nullopt;
}

void CrashRun::Examine(HandshakeSet& states) {
  const std::string store = options_.folder + "/store";
  const Answer verify = Ask({options_.tallyctl, "store", "verify", "--store", store});
  if (verify.code != 0) {
    Disagree(
        fmt::format("store verify ends with {}: {}{}", verify.code, verify.output, verify.errors));
  }
  const auto sessions = ReadSessions();
  if (!sessions) return;
  Comparison comparison;
  fleet_->Compare(*sessions, comparison);
  std::size_t clients = options_.publishers + options_.subscribers;
  if (actors_ != nullptr) {
    clients += actors_->size();
    if (const auto retained = ReadRetained()) actors_->Compare(*sessions, *retained, comparison);
  }
  if (sessions->size() > clients) Disagree("there are more sessions than clients");
  for (std::string& sentence : comparison.disagreements) Disagree(std::move(sentence));
  states = comparison.states;
}

void CrashRun::Kill() {
  broker_->Stop(SIGKILL);
  broker_ = nullptr;
  ++report_.kills;
  report_.in_flight_sum += fleet_->BrokerDied();
  if (actors_ != nullptr) actors_->BrokerDied();
  HandshakeSet states;
  Examine(states);
  for (std::size_t i = 0; i < kHandshakes; ++i) report_.kills_in_state[i] += states.test(i) ? 1 : 0;
}

void CrashRun::AwaitEnds() {
  const auto under_way = [this] {
    std::uint64_t count = fleet_->under_way();
    if (actors_ != nullptr) count += actors_->under_way();
    for (const auto& inbox : oracle_.inboxes()) count += oracle_.Backlog(*inbox);
    return count;
  };
  for (std::uint64_t before = under_way(); before > 0;) {
    if (Turn(kPatience, [&] { return under_way() < before; })) {
      before = under_way();
      continue;
    }
    Blame(fmt::format("{} exchanges and messages were still under way {} s after the last progress",
                      before, kPatience.count() / 1000));
    for (std::string& sentence : fleet_->Describe()) Blame(std::move(sentence));
    if (actors_ != nullptr) {
      for (std::string& sentence : actors_->Describe()) Blame(std::move(sentence));
    }
    return;
  }
}

// No more kills: whatever is under way must come to its end.
void CrashRun::Drain() {
  Open(false);
  fleet_->Settle();
  if (actors_ != nullptr) actors_->Settle();
  AwaitEnds();
  // With QoS 1 there may be more entries than messages. Behind them all some messages more are
  // sent: once those have arrived, so have the entries.
  const std::uint64_t enough =
      oracle_.published() + std::uint64_t{options_.publishers} * options_.window;
  Open(true);
  Turn(kPatience, [&] { return oracle_.published() >= enough; });
  Open(false);
  AwaitEnds();
  oracle_.End();
  if (actors_ != nullptr) actors_->End();
}

// A stopped broker has nothing open, and says so in its store.
void CrashRun::StopBroker() {
  fleet_->Finish();
  if (actors_ != nullptr) actors_->Finish();
  // What they said last is read before it is asked to end.
  Turn(kPatience, [this] { return OpenConnections(port_) == 0; });
  if (broker_ == nullptr) return;
  const Ending ending = broker_->Stop(SIGTERM);
  broker_ = nullptr;
  if (ending.code != 0 || ending.signal != 0) {
    Blame(fmt::format("SIGTERM ended the broker with exit code {}, signal {}", ending.code,
                      ending.signal));
  }
  const auto sessions = ReadSessions();
  if (!sessions) return;
  if (actors_ != nullptr) {
    Comparison comparison;
    if (const auto retained = ReadRetained()) {
      actors_->CompareStopped(*sessions, *retained, comparison);
    }
    for (std::string& sentence : comparison.disagreements) Disagree(std::move(sentence));
  }
  for (const auto& [id, session] : *sessions) {
    if (!session.inbound.empty() || !session.awaiting_pubcomp.empty() ||
        !session.unacknowledged.empty()) {
      Disagree(fmt::format(
          "{}: exchanges are open after all have ended: {} in, {} unacknowledged, {} awaiting "
          "PUBCOMP",
          id, session.inbound.Count(), session.unacknowledged.size(),
          session.awaiting_pubcomp.Count()));
    }
  }
}

RunReport CrashRun::Run() {
  const Moment begin = Clock::now();
  const Pace pace = fleet_->pace();
  const auto between = [this](milliseconds first, milliseconds last) {
    return milliseconds(plan_.Between(static_cast<std::uint64_t>(first.count()),
                                      static_cast<std::uint64_t>(last.count())));
  };
  const auto never = [this] {
    UpdateBacklog();
    return false;
  };
  bool alive = SetUp();
  for (std::uint32_t i = 0; alive && i < options_.kills; ++i) {
    // One kill in ten falls into the start.
    const bool while_starting = plan_.Chance(10);
    const milliseconds run = while_starting ? between(milliseconds(0), pace.start_max)
                                            : between(pace.run_min, pace.run_max);
    const milliseconds down = between(milliseconds(0), pace.down_max);
    if (broker_ == nullptr) StartBroker();
    if (!while_starting && !Turn(kPatience, [this] { return fleet_->connected(); })) {
      if (broker_ != nullptr) Blame("nobody could connect to a broker that was started again");
      alive = false;
      break;
    }
    Turn(run, never);
    alive = broker_ != nullptr;
    if (!alive) break;
    Kill();
    if (options_.stop_at_fault && faulty()) alive = false;
    if (progress_) progress_(report_);
    Turn(down, never);
  }
  if (alive) {
    StartBroker();
    Drain();
    StopBroker();
  }
  broker_ = nullptr;
  report_.connections = fleet_->connections();
  report_.notes = fleet_->notes();
  for (std::string& complaint : fleet_->complaints()) Blame(std::move(complaint));
  if (actors_ != nullptr) {
    report_.connections += actors_->connections();
    for (std::string& complaint : actors_->complaints()) Blame(std::move(complaint));
    report_.tallies = actors_->tallies(report_.kills);
  }
  for (const auto& inbox : oracle_.inboxes()) {
    report_.delivered += inbox->arrived();
    report_.repetitions += inbox->repetitions();
  }
  report_.published = oracle_.published();
  report_.acknowledged = oracle_.accepted();
  report_.faults = oracle_.faults();
  report_.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return report_;
}

}  // namespace tallymq::crash
