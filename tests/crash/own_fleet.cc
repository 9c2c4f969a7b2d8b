#include "own_fleet.h"

#include <fmt/format.h>

#include <algorithm>

#include "traffic.h"

namespace tallymq::crash {

using std::chrono::milliseconds;

OwnFleet::OwnFleet(const RunOptions& options, std::uint16_t port, Random& plan, Oracle& oracle)
    : qos_(options.qos), oracle_(oracle), topics_(TopicsOf(options.publishers, options.topics)) {
  const auto qos = static_cast<QoS>(options.qos);
  for (std::uint32_t i = 0; i < options.publishers; ++i) {
    const PeerOptions peer{
        .client_id = PublisherName(i),
        .port = port,
        .client = {.window = options.window,
                   .id_order = i % 2 == 0 ? client::IdOrder::kLowest : client::IdOrder::kAscending},
        .version = VersionOf(i, options.protocol),
        .stay_ms = 600,
        .away_ms = 60};
    publishers_.push_back(std::make_unique<Publisher>(poller_, peer, plan.Fork(), oracle, qos, i,
                                                      options.topics, &open_));
    peers_.push_back(publishers_.back().get());
  }
  for (std::uint32_t i = 0; i < options.subscribers; ++i) {
    const PeerOptions peer{.client_id = SubscriberName(i),
                           .port = port,
                           .client = {},
                           .version = VersionOf(i, options.protocol),
                           .stay_ms = 300,
                           .away_ms = 500};
    subscribers_.push_back(std::make_unique<Subscriber>(poller_, peer, plan.Fork(), oracle, qos,
                                                        FiltersOf(i, options.publishers), topics_));
    peers_.push_back(subscribers_.back().get());
  }
}

Pace OwnFleet::pace() const {
  return {.start_max = milliseconds(150),
          .run_min = milliseconds(20),
          .run_max = milliseconds(500),
          .down_max = milliseconds(39)};
}

void OwnFleet::Turn() {
  poller_.Wait(milliseconds(1));
  const Moment now = Clock::now();
  for (Peer* peer : peers_) peer->Tick(now);
}

std::uint64_t OwnFleet::BrokerDied() {
  connected_.clear();
  for (const auto& subscriber : subscribers_) connected_.push_back(subscriber->connected());
  std::uint64_t in_flight = 0;
  for (Peer* peer : peers_) {
    in_flight += peer->session().outgoing_count() + peer->session().incoming().Count();
    peer->BrokerDied();
  }
  return in_flight;
}

void OwnFleet::Compare(const StoredSessions& sessions, Comparison& comparison) {
  for (const auto& publisher : publishers_) {
    const Exchanges exchanges = ExchangesOf(publisher->session(), publisher->TakeAcceptedLate());
    const StoredSession* stored =
        FindSession(sessions, publisher->client_id(), publisher->known(), comparison);
    if (stored == nullptr) continue;
    ComparePublisher(exchanges, qos_, *stored, comparison);
    CompareFilters({}, *stored, comparison);
  }
  for (std::size_t i = 0; i < subscribers_.size(); ++i) {
    Subscriber& subscriber = *subscribers_[i];
    const StoredSession* stored =
        FindSession(sessions, subscriber.client_id(), subscriber.known(), comparison);
    if (stored == nullptr) continue;
    const bool behind = connected_[i] && oracle_.Backlog(subscriber.inbox()) > 0;
    ExamineSubscriber(subscriber.inbox(), subscriber.filters(), behind, qos_, *stored, comparison);
  }
}

void OwnFleet::Settle() {
  for (Peer* peer : peers_) peer->Settle();
}

void OwnFleet::Finish() {
  for (Peer* peer : peers_) peer->Finish();
}

bool OwnFleet::ready() const {
  return std::all_of(subscribers_.begin(), subscribers_.end(),
                     [](const auto& peer) { return peer->subscribed(); }) &&
         std::all_of(publishers_.begin(), publishers_.end(),
                     [](const auto& peer) { return peer->known(); });
}

bool OwnFleet::connected() const {
  return std::any_of(peers_.begin(), peers_.end(),
                     [](const Peer* peer) { return peer->connected(); });
}

std::uint64_t OwnFleet::under_way() const {
  std::uint64_t count = 0;
  for (const Peer* peer : peers_) {
    count += peer->session().outgoing_count() + peer->session().incoming().Count();
  }
  return count;
}

std::vector<std::string> OwnFleet::Describe() const {
  std::vector<std::string> sentences;
  for (const Peer* peer : peers_) {
    sentences.push_back(fmt::format(
        "{}: {}connected, {} unacknowledged, {} released, {} incoming", peer->client_id(),
        peer->connected() ? "" : "not ", peer->session().unacknowledged().size(),
        peer->session().released().size(), peer->session().incoming().Count()));
  }
  return sentences;
}

std::uint64_t OwnFleet::connections() const {
  std::uint64_t count = 0;
  for (const Peer* peer : peers_) count += peer->connections();
  return count;
}

std::vector<std::string> OwnFleet::complaints() const {
  std::vector<std::string> all;
  for (const Peer* peer : peers_) {
    all.insert(all.end(), peer->complaints().begin(), peer->complaints().end());
  }
  return all;
}

}  // namespace tallymq::crash
