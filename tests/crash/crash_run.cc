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

// A mix of one and several owners a message, of wildcards, and of filters that overlap.
std::vector<std::string> FiltersOf(std::uint32_t subscriber, std::uint32_t publishers) {
  const std::uint32_t publisher = subscriber / 4 % publishers;
  switch (subscriber % 4) {
    case 0:
      return {"crash/#"};
    case 1:
      return {"crash/+/t0"};
    case 2:
      return {TopicOf(publisher, 0), TopicOf(publisher, 1), fmt::format("crash/p{}/#", publisher)};
    default:
      return {fmt::format("crash/p{}/#", (publisher + 1) % publishers)};
  }
}

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

CrashRun::CrashRun(const RunOptions& options, Progress progress)
    : options_(options),
      progress_(std::move(progress)),
      plan_(options.seed),
      port_(FreePort()),
      oracle_(static_cast<QoS>(options.qos), options.publishers * options.topics) {
  const auto qos = static_cast<QoS>(options.qos);
  for (std::uint32_t i = 0; i < options.publishers; ++i) {
    for (std::uint32_t j = 0; j < options.topics; ++j) topics_.push_back(TopicOf(i, j));
  }
  for (std::uint32_t i = 0; i < options.publishers; ++i) {
    const PeerOptions peer{
        .client_id = fmt::format("publisher-{}", i),
        .port = port_,
        .client = {.window = options.window,
                   .id_order = i % 2 == 0 ? client::IdOrder::kLowest : client::IdOrder::kAscending},
        .version = i % 4 == 3 ? mqtt::Version::k31 : mqtt::Version::k311,
        .stay_ms = 600,
        .away_ms = 60};
    publishers_.push_back(std::make_unique<Publisher>(poller_, peer, plan_.Fork(), oracle_, qos, i,
                                                      options.topics, &open_));
  }
  for (std::uint32_t i = 0; i < options.subscribers; ++i) {
    const PeerOptions peer{.client_id = fmt::format("subscriber-{}", i),
                           .port = port_,
                           .client = {},
                           .version = i % 4 == 3 ? mqtt::Version::k31 : mqtt::Version::k311,
                           .stay_ms = 300,
                           .away_ms = 500};
    subscribers_.push_back(std::make_unique<Subscriber>(poller_, peer, plan_.Fork(), oracle_, qos,
                                                        FiltersOf(i, options.publishers), topics_));
  }
}

std::vector<Peer*> CrashRun::peers() const {
  std::vector<Peer*> all;
  for (const auto& peer : publishers_) all.push_back(peer.get());
  for (const auto& peer : subscribers_) all.push_back(peer.get());
  return all;
}

void CrashRun::StartBroker() {
  broker_ = std::make_unique<Program>(
      std::vector<std::string>{options_.broker, "--listen", fmt::format("127.0.0.1:{}", port_),
                               "--store", options_.folder + "/store"},
      options_.folder + "/tallymqd.log", options_.environment);
}

void CrashRun::UpdateBacklog() {
  std::uint64_t backlog = 0;
  for (const auto& inbox : oracle_.inboxes()) backlog = std::max(backlog, oracle_.Backlog(*inbox));
  open_ = backlog < kBacklogMax;
}

bool CrashRun::Turn(milliseconds limit, const std::function<bool()>& done) {
  const Moment end = Clock::now() + limit;
  const std::vector<Peer*> all = peers();
  for (;;) {
    poller_.Wait(milliseconds(1));
    const Moment now = Clock::now();
    for (Peer* peer : all) peer->Tick(now);
    if (done()) return true;
    if (now >= end) return false;
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
  const bool up = Turn(kPatience, [this] {
    return std::all_of(subscribers_.begin(), subscribers_.end(),
                       [](const auto& peer) { return peer->subscribed(); }) &&
           std::all_of(publishers_.begin(), publishers_.end(),
                       [](const auto& peer) { return peer->known(); });
  });
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

void CrashRun::Examine(HandshakeSet& states, const std::vector<bool>& connected) {
  const std::string store = options_.folder + "/store";
  const Answer verify = Ask({options_.tallyctl, "store", "verify", "--store", store});
  if (verify.code != 0) {
    Disagree(
        fmt::format("store verify ends with {}: {}{}", verify.code, verify.output, verify.errors));
  }
  const Answer shown = Ask(
      {options_.tallyctl, "session", "show", "--all", "--payload", "-o", "json", "--store", store});
  std::string error;
  const auto sessions = ParseSessions(shown.output, error);
  if (shown.code != 0 || !sessions) {
    Disagree(fmt::format("session show ends with {}: {} {}", shown.code, shown.errors, error));
    return;
  }
  Comparison comparison;
  const auto session_of = [&](const Peer& peer) -> const StoredSession* {
    const auto found = sessions->find(peer.client_id());
    if (found != sessions->end()) return &found->second;
    if (peer.known()) Disagree(peer.client_id() + ": the session got CONNACK and is not there");
    return nullptr;
  };
  for (const auto& publisher : publishers_) {
    const std::vector<PacketId> late = publisher->TakeAcceptedLate();
    if (const StoredSession* stored = session_of(*publisher)) {
      ComparePublisher(publisher->session(), late, *stored, comparison);
      CompareFilters({}, *stored, comparison);
    }
  }
  for (std::size_t i = 0; i < subscribers_.size(); ++i) {
    Subscriber& subscriber = *subscribers_[i];
    const StoredSession* stored = session_of(subscriber);
    if (stored == nullptr) continue;
    CompareSubscriber(subscriber.inbox(), options_.qos, *stored, comparison);
    CompareFilters({subscriber.filters().begin(), subscriber.filters().end()}, *stored, comparison);
    subscriber.inbox().Finished(
        [stored](std::uint64_t seq) { return stored->acknowledged(seq); },
        [stored](std::uint64_t seq) { return stored->awaiting_pubcomp.Contains(seq); });
    if (connected[i] && oracle_.Backlog(subscriber.inbox()) > 0) {
      comparison.states.set(static_cast<std::size_t>(
          options_.qos == 2 ? Handshake::kOutEntryStored : Handshake::kOutQos1Stored));
    }
  }
  if (sessions->size() > publishers_.size() + subscribers_.size())
    Disagree("there are more sessions than clients");
  for (std::string& sentence : comparison.disagreements) Disagree(std::move(sentence));
  states = comparison.states;
}

void CrashRun::Kill() {
  broker_->Stop(SIGKILL);
  broker_ = nullptr;
  ++report_.kills;
  std::vector<bool> connected;
  for (const auto& subscriber : subscribers_) connected.push_back(subscriber->connected());
  for (Peer* peer : peers()) {
    report_.in_flight_sum += peer->session().outgoing_count() + peer->session().incoming().Count();
    peer->BrokerDied();
  }
  HandshakeSet states;
  Examine(states, connected);
  for (std::size_t i = 0; i < kHandshakes; ++i) report_.kills_in_state[i] += states.test(i) ? 1 : 0;
}

// No more kills: whatever is under way must come to its end.
void CrashRun::Drain() {
  open_ = false;
  const std::vector<Peer*> all = peers();
  for (Peer* peer : all) peer->Settle();
  const auto under_way = [&] {
    std::uint64_t count = 0;
    for (const Peer* peer : all)
      count += peer->session().outgoing_count() + peer->session().incoming().Count();
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
    for (const Peer* peer : all) {
      Blame(fmt::format("{}: {}connected, {} unacknowledged, {} released, {} incoming",
                        peer->client_id(), peer->connected() ? "" : "not ",
                        peer->session().unacknowledged().size(), peer->session().released().size(),
                        peer->session().incoming().Count()));
    }
    break;
  }
  oracle_.End();
}

// A stopped broker has nothing open, and says so in its store.
void CrashRun::StopBroker() {
  for (Peer* peer : peers()) peer->Finish();
  if (broker_ == nullptr) return;
  const Ending ending = broker_->Stop(SIGTERM);
  broker_ = nullptr;
  if (ending.code != 0 || ending.signal != 0) {
    Blame(fmt::format("SIGTERM ended the broker with exit code {}, signal {}", ending.code,
                      ending.signal));
  }
  const Answer shown = Ask({options_.tallyctl, "session", "show", "--all", "--payload", "-o",
                            "json", "--store", options_.folder + "/store"});
  std::string error;
  const auto sessions = ParseSessions(shown.output, error);
  if (shown.code != 0 || !sessions) {
    Disagree(fmt::format("session show ends with {}: {} {}", shown.code, shown.errors, error));
    return;
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
  const auto connected = [this] {
    const std::vector<Peer*> all = peers();
    return std::any_of(all.begin(), all.end(), [](const Peer* peer) { return peer->connected(); });
  };
  const auto never = [this] {
    UpdateBacklog();
    return false;
  };
  bool alive = SetUp();
  for (std::uint32_t i = 0; alive && i < options_.kills; ++i) {
    // One kill in ten falls into the start.
    const bool while_starting = plan_.Chance(10);
    const milliseconds run(plan_.Between(while_starting ? 0 : 20, while_starting ? 150 : 500));
    const milliseconds down(plan_.Below(40));
    if (broker_ == nullptr) StartBroker();
    if (!while_starting && !Turn(kPatience, connected)) {
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
  for (const Peer* peer : peers()) {
    report_.connections += peer->connections();
    for (const std::string& complaint : peer->complaints()) Blame(complaint);
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
