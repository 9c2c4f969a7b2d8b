#include "paho_fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "traffic.h"

namespace tallymq::crash {

using std::chrono::milliseconds;

namespace {

// A client whose connection is gone tells so at once; one that was connecting, within Paho's rounds
// of three seconds.
constexpr milliseconds kAwayLimit{15'000};

// Beside crashtest.
std::string PathOfProgram() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "crashtest-paho";
}

}  // namespace

PahoFleet::PahoFleet(const RunOptions& options, std::uint16_t port, Random& plan, Oracle& oracle)
    : qos_(options.qos), oracle_(oracle), topics_(TopicsOf(options.publishers, options.topics)) {
  const std::string folder = options.folder + "/paho";
  std::filesystem::create_directory(folder);
  const auto qos = static_cast<QoS>(options.qos);
  const std::string program = PathOfProgram();
  for (std::uint32_t i = 0; i < options.publishers; ++i) {
    const PahoOptions client{.program = program,
                             .client_id = PublisherName(i),
                             .port = port,
                             .folder = folder,
                             .version = VersionOf(i, 3),
                             .window = options.window,
                             .stay_ms = 2000,
                             .away_ms = 100};
    publishers_.push_back(std::make_unique<PahoPublisher>(poller_, client, plan.Fork(), oracle, qos,
                                                          i, options.topics, &open_));
    clients_.push_back(publishers_.back().get());
  }
  for (std::uint32_t i = 0; i < options.subscribers; ++i) {
    const PahoOptions client{.program = program,
                             .client_id = SubscriberName(i),
                             .port = port,
                             .folder = folder,
                             .version = VersionOf(i, 3),
                             .stay_ms = 1500,
                             .away_ms = 1500};
    subscribers_.push_back(std::make_unique<PahoSubscriber>(
        poller_, client, plan.Fork(), oracle, qos, FiltersOf(i, options.publishers), topics_));
    clients_.push_back(subscribers_.back().get());
  }
}

// Its threads rest for up to a second here and there.
Pace PahoFleet::pace() const {
  return {.start_max = milliseconds(300),
          .run_min = milliseconds(50),
          .run_max = milliseconds(2500),
          .down_max = milliseconds(200)};
}

void PahoFleet::Turn() {
  poller_.Wait(milliseconds(1));
  const Moment now = Clock::now();
  for (PahoClient* client : clients_) client->Tick(now);
}

void PahoFleet::AwaitAway() {
  const auto away = [](const PahoClient* client) { return client->away(); };
  const Moment end = Clock::now() + kAwayLimit;
  while (!std::all_of(clients_.begin(), clients_.end(), away)) {
    if (Clock::now() > end) {
      for (const PahoClient* client : clients_) {
        if (away(client)) continue;
        complaints_.push_back(client->client_id() + " does not notice that its connection is gone");
      }
      return;
    }
    poller_.Wait(milliseconds(50));
  }
}

std::uint64_t PahoFleet::BrokerDied() {
  for (PahoClient* client : clients_) {
    client->Read();
    client->SetLate(true);
  }
  connected_.clear();
  for (const auto& subscriber : subscribers_) connected_.push_back(subscriber->connected());
  std::uint64_t in_flight = 0;
  for (const PahoClient* client : clients_) in_flight += client->in_flight();
  AwaitAway();
  for (PahoClient* client : clients_) client->SetLate(false);
  return in_flight;
}

void PahoFleet::Compare(const StoredSessions& sessions, Comparison& comparison) {
  for (const auto& publisher : publishers_) {
    const StoredSession* stored =
        FindSession(sessions, publisher->client_id(), publisher->known(), comparison);
    if (stored == nullptr) continue;
    ComparePublisher(publisher->exchanges(), qos_, *stored, comparison);
    CompareFilters({}, *stored, comparison);
  }
  for (std::size_t i = 0; i < subscribers_.size(); ++i) {
    PahoSubscriber& subscriber = *subscribers_[i];
    const StoredSession* stored =
        FindSession(sessions, subscriber.client_id(), subscriber.known(), comparison);
    if (stored == nullptr) continue;
    const bool behind = connected_[i] && oracle_.Backlog(subscriber.inbox()) > 0;
    ExamineSubscriber(subscriber.inbox(), subscriber.filters(), behind, qos_, *stored, comparison);
  }
}

void PahoFleet::Settle() {
  for (PahoClient* client : clients_) client->Settle();
}

void PahoFleet::Finish() {
  for (PahoClient* client : clients_) client->Finish();
}

bool PahoFleet::ready() const {
  return std::all_of(subscribers_.begin(), subscribers_.end(),
                     [](const auto& client) { return client->subscribed(); }) &&
         std::all_of(publishers_.begin(), publishers_.end(),
                     [](const auto& client) { return client->known(); });
}

bool PahoFleet::connected() const {
  return std::any_of(clients_.begin(), clients_.end(),
                     [](const PahoClient* client) { return client->connected(); });
}

std::uint64_t PahoFleet::under_way() const {
  std::uint64_t count = 0;
  for (const PahoClient* client : clients_) count += client->under_way();
  return count;
}

std::vector<std::string> PahoFleet::Describe() const {
  std::vector<std::string> sentences;
  for (const PahoClient* client : clients_) sentences.push_back(client->Describe());
  return sentences;
}

std::uint64_t PahoFleet::connections() const {
  std::uint64_t count = 0;
  for (const PahoClient* client : clients_) count += client->connections();
  return count;
}

std::vector<std::string> PahoFleet::complaints() const {
  std::vector<std::string> all = complaints_;
  for (const PahoClient* client : clients_) {
    all.insert(all.end(), client->complaints().begin(), client->complaints().end());
  }
  return all;
}

std::vector<std::string> PahoFleet::notes() const {
  std::uint64_t programs = 0;
  for (const PahoClient* client : clients_) programs += client->programs();
  std::uint64_t disorders = 0;
  for (const auto& publisher : publishers_) disorders += publisher->disorders();
  return {
      fmt::format("Paho C with its sessions in files, over {} programs for {} clients", programs,
                  clients_.size()),
      "not known from outside of Paho: whether QoS 2 messages that came again had DUP",
      fmt::format("PUBLISHes that Paho sent in another order than they were given to it: {}",
                  disorders),
  };
}

}  // namespace tallymq::crash
