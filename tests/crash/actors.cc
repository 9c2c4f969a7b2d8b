#include "actors.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "traffic.h"

namespace tallymq::crash {

using std::chrono::milliseconds;

namespace {

constexpr std::uint32_t kStill = 6;      // retained topics that are set once
constexpr std::uint32_t kRetainers = 2;  // each with so many topics:
constexpr std::uint32_t kRetainedTopics = 4;
constexpr std::uint32_t kWillClients = 4;
constexpr std::uint32_t kResubscribers = 2;
constexpr std::uint32_t kCleanStarters = 2;

std::vector<std::string> RetainedTopics() {
  std::vector<std::string> topics;
  for (std::uint32_t i = 0; i < kStill; ++i) topics.push_back(fmt::format("every/still/{}", i));
  for (std::uint32_t i = 0; i < kRetainers * kRetainedTopics; ++i) {
    topics.push_back(fmt::format("every/retained/{}/{}", i / kRetainedTopics, i % kRetainedTopics));
  }
  return topics;
}

std::vector<std::string> WillTopics() {
  std::vector<std::string> topics;
  for (std::uint32_t i = 0; i < kWillClients; ++i)
    topics.push_back(fmt::format("every/will/{}", i));
  return topics;
}

// The streams from `first` on.
std::vector<StreamId> Streams(std::uint32_t first, std::uint32_t count) {
  std::vector<StreamId> streams;
  for (std::uint32_t i = 0; i < count; ++i) streams.push_back(StreamId{first + i});
  return streams;
}

}  // namespace

template <typename AnyPeer, typename... Arguments>
AnyPeer& Actors::Add(std::vector<std::unique_ptr<AnyPeer>>& to, std::string name,
                     Arguments&&... arguments) {
  const PeerOptions options{
      .client_id = std::move(name),
      .port = port_,
      .client = {.window = 8},
      .version = VersionOf(static_cast<std::uint32_t>(peers_.size()), protocol_),
      .stay_ms = 150,
      .away_ms = 100,
      .awaits_close = std::is_same_v<AnyPeer, WillClient>};
  to.push_back(std::make_unique<AnyPeer>(poller_, options, random_.Fork(),
                                         std::forward<Arguments>(arguments)...));
  peers_.push_back(to.back().get());
  return *to.back();
}

Actors::Actors(const RunOptions& options, std::uint16_t port, Random random, Faults& faults)
    : port_(port),
      protocol_(options.protocol),
      random_(random),
      retained_(RetainedTopics()),
      wills_(WillTopics(), static_cast<QoS>(options.qos), faults) {
  const auto qos = static_cast<QoS>(options.qos);
  const std::vector<StreamId> still = Streams(0, kStill);
  for (std::uint32_t i = 0; i < kRetainers; ++i) {
    Add(retainers_, fmt::format("retainer-{}", i), qos, retained_,
        Streams(kStill + i * kRetainedTopics, kRetainedTopics),
        i == 0 ? still : std::vector<StreamId>(), &open_);
  }
  Add(watchers_, "watcher", qos, wills_, "every/will/+");
  for (std::uint32_t i = 0; i < kWillClients; ++i) {
    Add(will_clients_, fmt::format("will-{}", i), qos, wills_, StreamId{i}, i % 2 == 1);
  }
  for (std::uint32_t i = 0; i < kResubscribers; ++i) {
    const std::vector<std::string> filters = {"every/still/#",
                                              fmt::format("every/retained/{}/#", i),
                                              "every/retained/+/0", "every/+/never", "every/never"};
    Add(resubscribers_, fmt::format("resubscriber-{}", i), qos, filters, retained_, still, &open_,
        faults);
  }
  for (std::uint32_t i = 0; i < kCleanStarters; ++i) {
    Add(clean_starters_, fmt::format("clean-starter-{}", i), qos, fmt::format("every/life/{}", i),
        &open_);
  }
}

bool Actors::ready() const {
  return watchers_[0]->subscribed() &&
         std::all_of(retainers_.begin(), retainers_.end(),
                     [](const auto& retainer) { return retainer->ready(); });
}

void Actors::Turn() {
  started_ = started_ || ready();
  poller_.Wait(milliseconds(0));
  const Moment now = Clock::now();
  for (const auto& retainer : retainers_) retainer->Tick(now);
  for (const auto& watcher : watchers_) watcher->Tick(now);
  if (!started_) return;
  for (const auto& client : will_clients_) client->Tick(now);
  for (const auto& client : resubscribers_) client->Tick(now);
  for (const auto& client : clean_starters_) client->Tick(now);
  if (!settled_ || !quiet()) return;
  for (const auto& watcher : watchers_) watcher->Fence();
  for (const auto& client : resubscribers_) client->Fence();
}

// A client whose CONNACK came has no will of an earlier connection that is still to be published.
bool Actors::quiet() const {
  return std::all_of(will_clients_.begin(), will_clients_.end(),
                     [](const auto& client) { return client->connected(); }) &&
         std::all_of(retainers_.begin(), retainers_.end(), [](const auto& retainer) {
           return retainer->session().outgoing_count() == 0;
         });
}

void Actors::BrokerDied() {
  wills_.BrokerDied();
  for (Peer* peer : peers_) peer->BrokerDied();
}

void Actors::Settle() {
  settled_ = true;
  open_ = false;
  for (Peer* peer : peers_) peer->Settle();
}

void Actors::Finish() {
  for (Peer* peer : peers_) peer->Finish();
}

std::uint64_t Actors::under_way() const {
  std::uint64_t count = wills_.due();
  for (const auto& watcher : watchers_) count += settled_ && !watcher->fenced() ? 1 : 0;
  for (const auto& client : resubscribers_) {
    count += client->due() + (settled_ && !client->fenced() ? 1 : 0);
  }
  for (const Peer* peer : peers_) {
    count += peer->session().outgoing_count() + peer->session().incoming().Count();
  }
  return count;
}

std::vector<std::string> Actors::Describe() const {
  std::vector<std::string> sentences = {fmt::format("{} wills are due", wills_.due())};
  for (const auto& client : resubscribers_) {
    sentences.push_back(
        fmt::format("{}: {} retained messages are due", client->client_id(), client->due()));
  }
  for (const Peer* peer : peers_) {
    sentences.push_back(fmt::format("{}: {}connected, {} outgoing, {} incoming", peer->client_id(),
                                    peer->connected() ? "" : "not ",
                                    peer->session().outgoing_count(),
                                    peer->session().incoming().Count()));
  }
  return sentences;
}

std::uint64_t Actors::connections() const {
  std::uint64_t count = 0;
  for (const Peer* peer : peers_) count += peer->connections();
  return count;
}

std::vector<std::string> Actors::complaints() const {
  std::vector<std::string> all;
  for (const Peer* peer : peers_) {
    all.insert(all.end(), peer->complaints().begin(), peer->complaints().end());
  }
  return all;
}

void Actors::Compare(const StoredSessions& sessions, const StoredRetained& retained,
                     Comparison& comparison) {
  const auto look_up = [&](const Peer& peer) -> const StoredSession* {
    return FindSession(sessions, peer.client_id(), peer.known(), comparison);
  };
  const auto find = [&](const Peer& peer) -> const StoredSession* {
    const auto found = sessions.find(peer.client_id());
    return found == sessions.end() ? nullptr : &found->second;
  };
  for (const auto& retainer : retainers_) {
    if (const StoredSession* stored = look_up(*retainer)) CompareFilters({}, *stored, comparison);
  }
  for (const auto& watcher : watchers_) {
    const StoredSession* stored = look_up(*watcher);
    if (stored != nullptr && watcher->subscribed()) {
      CompareFilters(watcher->filters(), *stored, comparison);
    }
  }
  for (const auto& client : will_clients_) {
    const StoredSession* stored = client->clean() ? find(*client) : look_up(*client);
    wills_.Compare(client->index(), stored, comparison);
    if (client->clean() && stored != nullptr && !stored->will) {
      comparison.disagreements.push_back(client->client_id() +
                                         ": a session is there that ended with its connection");
    }
  }
  for (const auto& client : resubscribers_) {
    const StoredSession* stored = look_up(*client);
    if (stored != nullptr) client->subscriptions().Compare(*stored, comparison);
  }
  for (const auto& client : clean_starters_) client->Compare(find(*client), comparison);

  retained_.Compare(retained, comparison);
  wills_.CompareRetained(retained, comparison);
  for (const auto& [topic, payload] : retained) {
    if (!retained_.knows(topic) && !wills_.knows(topic)) {
      comparison.disagreements.push_back(fmt::format("retained on {}: nobody set it", topic));
    }
  }
}

void Actors::CompareStopped(const StoredSessions& sessions, const StoredRetained& retained,
                            Comparison& comparison) {
  Compare(sessions, retained, comparison);
  for (const Peer* peer : peers_) {
    const auto found = sessions.find(peer->client_id());
    if (found == sessions.end()) continue;
    if (found->second.will) {
      comparison.disagreements.push_back(peer->client_id() + ": its will outlived DISCONNECT");
    }
    if (found->second.waiting > 0) {
      comparison.disagreements.push_back(
          fmt::format("{}: {} entries wait, and all had drained before it left", peer->client_id(),
                      found->second.waiting));
    }
  }
}

void Actors::End() {
  wills_.Finished();
  for (const auto& client : resubscribers_) client->Finished();
}

std::vector<Tally> Actors::tallies(std::uint32_t kills) const {
  std::uint64_t changes = 0;
  std::uint64_t still = 0;
  std::uint64_t clean_starts = 0;
  std::uint64_t takeovers = 0;
  for (const auto& client : resubscribers_) {
    changes += client->subscriptions().answered();
    still += client->arrived();
  }
  for (const auto& client : clean_starters_) clean_starts += client->clean_starts();
  for (const Peer* peer : peers_) takeovers += peer->takeovers();
  const std::uint64_t some = kills / 4;
  return {
      {"retained messages set", retained_.sets(), kills},
      {"retained messages cleared", retained_.clears(), some},
      {"retained topics checked after kills", retained_.compared(), kills},
      {"retained messages that subscriptions brought", still, kills},
      {"subscriptions added or removed", changes, kills},
      {"wills published", wills_.fired(), kills},
      {"wills published after a kill", wills_.fired_by_kill(), some},
      {"wills stored and checked after kills", wills_.compared(), some},
      {"wills that DISCONNECT dropped", wills_.declined(), kills / 10},
      {"takeovers", takeovers, some},
      {"clean starts", clean_starts, some},
  };
}

}  // namespace tallymq::crash
