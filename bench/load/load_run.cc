#include "load_run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace tallymq::load {

namespace {

using Seconds = std::chrono::duration<double>;

// Read at once at most. Bytes.
constexpr std::size_t kReadBytes = 256 * 1024;
// Longest topic and all else around a payload. Bytes.
constexpr std::size_t kAroundPayload = 1024;

}  // namespace

LoadRun::LoadRun(const Options& options, std::function<void(const Progress&)> show)
    : options_(options),
      show_(std::move(show)),
      per_publisher_(options.messages / options.publishers) {
  state_.target = Resolve(options_.host, options_.port);
  state_.qos = options_.qos;
  state_.version = options_.version;
  state_.payload_bytes = options_.payload_bytes;
  state_.streams.resize(options_.publishers);
  state_.input.resize(kReadBytes + options_.payload_bytes + kAroundPayload);
  const std::uint32_t receivers = options_.pairs ? 1 : options_.subscribers;
  for (std::uint32_t i = 0; i < options_.publishers; ++i) {
    publishers_.push_back(std::make_unique<Publisher>(
        state_, fmt::format("{}-p{}", options_.name, i), fmt::format("{}/{}", options_.name, i), i,
        options_.window, receivers));
  }
  const bool all = !options_.pairs && options_.publishers > 1;
  for (std::uint32_t i = 0; i < options_.subscribers; ++i) {
    const StreamRange streams{.first = options_.pairs ? i : 0,
                              .count = options_.pairs ? 1 : options_.publishers};
    subscribers_.push_back(std::make_unique<Subscriber>(
        state_, fmt::format("{}-s{}", options_.name, i),
        all ? options_.name + "/+" : fmt::format("{}/{}", options_.name, streams.first), streams));
  }
}

Outcome LoadRun::Run() {
  Play();
  outcome_.faults = CountFaults();
  outcome_.failure = state_.failure;
  if (const auto usage = options_.pid == 0 ? std::nullopt : ReadUsage(options_.pid)) {
    outcome_.broker_peak_bytes = usage->peak_bytes;
  }
  return outcome_;
}

Faults LoadRun::CountFaults() {
  const bool cut = !outcome_.phases.empty() && outcome_.phases.back().cut;
  Faults faults{.unexpected = state_.totals.unexpected};
  for (const auto& subscriber : subscribers_) faults += subscriber->CountFaults(cut);
  return faults;
}

bool LoadRun::Play() {
  Totals& totals = state_.totals;
  if (options_.persistent && !ForgetSessions()) return false;
  if (!ConnectSubscribers()) return false;
  if (options_.offline && !LeaveAll()) return false;
  OpenPublishers();
  const std::uint64_t connected =
      options_.publishers + (options_.offline ? 0 : options_.subscribers);
  if (!Until([&] { return totals.connected == connected; })) return false;

  const auto start = [this] {
    for (const auto& publisher : publishers_) publisher->Start(per_publisher_);
  };
  const auto acknowledged = [&] {
    return options_.qos == QoS::kAtMostOnce || totals.acknowledged == published_max();
  };
  const auto delivered = [&] { return totals.delivered == delivered_max() && totals.open == 0; };
  if (options_.offline) {
    const auto open = [this] { OpenSubscribers(false); };
    if (!Measure("fill", start, published_max(), totals.acknowledged, acknowledged)) return false;
    if (!Measure("drain", open, delivered_max(), totals.delivered, delivered,
                 options_.drain_limit)) {
      return false;
    }
  } else if (!Measure("run", start, delivered_max(), totals.delivered,
                      [&] { return acknowledged() && delivered(); })) {
    return false;
  }

  // What comes once more comes before the answer to a PINGREQ.
  for (const auto& subscriber : subscribers_) subscriber->Ping();
  if (!Until([&] { return totals.pongs == options_.subscribers; })) return false;
  return LeaveAll() && (!options_.persistent || ForgetSessions());
}

// Sessions of these names may be left from a run that was cut short, and must not be from this one.
bool LoadRun::ForgetSessions() {
  for (const auto& publisher : publishers_) publisher->Open(true);
  OpenSubscribers(true);
  return Until([this] {
           return state_.totals.connected == options_.publishers + options_.subscribers;
         }) &&
         LeaveAll();
}

bool LoadRun::ConnectSubscribers() {
  OpenSubscribers(!options_.persistent);
  if (!Until([this] { return state_.totals.connected == options_.subscribers; })) return false;
  for (const auto& subscriber : subscribers_) subscriber->Subscribe();
  return Until([this] { return state_.totals.subscribed == options_.subscribers; });
}

bool LoadRun::LeaveAll() {
  for (const auto& publisher : publishers_) publisher->Leave();
  for (const auto& subscriber : subscribers_) subscriber->Leave();
  return Until([this] { return state_.totals.open_sockets == 0; });
}

void LoadRun::OpenPublishers() {
  for (const auto& publisher : publishers_) publisher->Open(!options_.persistent);
}

void LoadRun::OpenSubscribers(bool clean) {
  for (const auto& subscriber : subscribers_) subscriber->Open(clean);
}

bool LoadRun::Measure(std::string_view name, const std::function<void()>& begin,
                      std::uint64_t expected, const std::uint64_t& done_count,
                      const Condition& done, std::chrono::milliseconds limit) {
  constexpr std::chrono::milliseconds kShowEvery{200};
  const auto broker = [this] { return options_.pid == 0 ? std::nullopt : ReadUsage(options_.pid); };
  const auto own = [] { return ReadUsage(::getpid()).value_or(ProcessUsage{}).cpu; };
  const Totals before = state_.totals;
  const auto broker_before = broker();
  const auto own_before = own();
  const Clock::time_point begun = Clock::now();
  Clock::time_point show_at = begun;

  begin();
  Clock::time_point acknowledged_at = begun;
  Clock::time_point delivered_at = begun;
  Totals seen = before;
  bool cut = false;
  const auto ended = [&] { return cut || done(); };
  const bool finished = Until(ended, [&] {
    const Clock::time_point now = Clock::now();
    if (seen.acknowledged != state_.totals.acknowledged) acknowledged_at = now;
    if (seen.delivered != state_.totals.delivered) delivered_at = now;
    seen = state_.totals;
    cut = limit.count() > 0 && now - begun > limit;
    if (options_.qos == QoS::kAtMostOnce) PublishAll();
    if (!show_ || now < show_at) return;
    show_({.phase = name, .done = done_count, .expected = expected});
    show_at = now + kShowEvery;
  });

  Phase phase{.name = std::string{name},
              .seconds = Seconds((finished ? Clock::now() : heard_) - begun).count(),
              .acknowledged_s = Seconds(acknowledged_at - begun).count(),
              .delivered_s = Seconds(delivered_at - begun).count(),
              .published = state_.totals.published - before.published,
              .acknowledged = state_.totals.acknowledged - before.acknowledged,
              .delivered = state_.totals.delivered - before.delivered,
              .broker_cpu_s = {},
              .own_cpu_s = Seconds(own() - own_before).count(),
              .open = state_.totals.open};
  if (const auto now = broker(); now && broker_before) {
    phase.broker_cpu_s = Seconds(now->cpu - broker_before->cpu).count();
    phase.broker_resident_bytes = now->resident_bytes;
  }
  phase.cut = cut && !done();
  outcome_.phases.push_back(std::move(phase));
  return finished && !outcome_.phases.back().cut;
}

void LoadRun::PublishAll() {
  for (const auto& publisher : publishers_) publisher->Publish();
}

bool LoadRun::Until(const Condition& done, const std::function<void()>& on_turn) {
  constexpr std::chrono::milliseconds kTurn{100};
  std::uint64_t packets = state_.totals.packets;
  heard_ = Clock::now();
  while (!done()) {
    state_.poller.Wait(std::min(kTurn, options_.patience));
    if (on_turn) on_turn();
    if (!state_.failure.empty()) return false;
    if (packets != state_.totals.packets) {
      packets = state_.totals.packets;
      heard_ = Clock::now();
    } else if (Clock::now() - heard_ > options_.patience) {
      state_.failure = fmt::format("the broker has sent nothing for {:g} s, and more is awaited",
                                   Seconds(options_.patience).count());
      return false;
    }
  }
  return true;
}

}  // namespace tallymq::load
