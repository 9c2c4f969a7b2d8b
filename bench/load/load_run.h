// One run: publishers and subscribers against a broker, in one thread.
//
//   pairs    publisher i ──▶ subscriber i
//   fan-out  one publisher ──▶ every subscriber
//   fan-in   every publisher ──▶ one subscriber
//
// Without `offline` there is one phase, "run", from the first PUBLISH until all is delivered and no
// exchange is open. With it there are two: "fill", in which the subscribers are away, until the
// last acknowledgement; and "drain", from their connecting until all is delivered and answered.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "process_usage.h"
#include "publisher.h"
#include "run_state.h"
#include "stream_tally.h"
#include "subscriber.h"

namespace tallymq::load {

struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 1883;
  std::uint32_t publishers = 10;
  std::uint32_t subscribers = 10;
  bool pairs = true;  // false: every subscriber gets every message
  QoS qos = QoS::kExactlyOnce;
  mqtt::Version version = mqtt::Version::k311;
  bool persistent = true;  // sessions: Clean Session 0
  bool offline = false;    // requires QoS 1 or 2 and persistent sessions
  std::uint32_t window = 100;
  std::size_t payload_bytes = 100;  // kPayloadMin at least
  // Published by all together; each publishes the same number, so up to publishers - 1 less.
  std::uint64_t messages = 100'000;
  // How client identifiers and topics begin.
  std::string name = "load";
  // The broker's process, 0: unknown.
  ::pid_t pid = 0;
  // A "drain" that takes longer is cut, 0: never. What has not arrived by then is not lost.
  std::chrono::milliseconds drain_limit{0};
  // A broker that sends nothing for so long while something is awaited ends the run.
  std::chrono::milliseconds patience{10'000};
};

struct Phase {
  std::string name;
  double seconds = 0;  // all of it; below, until the last one
  double acknowledged_s = 0;
  double delivered_s = 0;
  std::uint64_t published = 0;
  std::uint64_t acknowledged = 0;  // 0 with QoS 0, which has no acknowledgement
  std::uint64_t delivered = 0;     // different messages, at each subscriber
  std::optional<double> broker_cpu_s;
  double own_cpu_s = 0;
  std::uint64_t broker_resident_bytes = 0;  // at its end
  std::uint64_t open = 0;                   // QoS 2 exchanges of subscribers, at its end
  bool cut = false;                         // by `Options::drain_limit`

  // What it is measured in: deliveries, but for "fill", which has acknowledgements only.
  [[nodiscard]] std::uint64_t count() const { return name == "fill" ? acknowledged : delivered; }
  // More of a core than this, and what was measured may be the generator. Share.
  static constexpr double kGeneratorBound = 0.9;
  [[nodiscard]] bool generator_bound() const { return own_cpu_s > kGeneratorBound * seconds; }
};

struct Outcome {
  std::vector<Phase> phases;  // the last one may have ended early
  Faults faults;
  std::uint64_t broker_peak_bytes = 0;  // resident
  std::string failure;                  // why it ended early, a sentence; empty: it did not

  [[nodiscard]] bool passed() const { return faults.none() && failure.empty(); }
};

// Where a run is.
struct Progress {
  std::string_view phase;
  std::uint64_t done = 0;
  std::uint64_t expected = 0;
};

class LoadRun {
 public:
  // `show` is called a few times a second.
  explicit LoadRun(const Options& options, std::function<void(const Progress&)> show = {});

  // Throws std::runtime_error if `host` is unknown or the machine refuses.
  Outcome Run();

 private:
  using Clock = std::chrono::steady_clock;
  using Condition = std::function<bool()>;

  // Each of these returns false if the run cannot go on.
  bool Play();
  bool ForgetSessions();
  bool ConnectSubscribers();
  bool Measure(std::string_view name, const std::function<void()>& begin, std::uint64_t expected,
               const std::uint64_t& done_count, const Condition& done,
               std::chrono::milliseconds limit = {});
  bool Until(const Condition& done, const std::function<void()>& on_turn = {});
  [[nodiscard]] Faults CountFaults();
  bool LeaveAll();

  void OpenPublishers();
  void OpenSubscribers(bool clean);
  void PublishAll();
  [[nodiscard]] std::uint64_t published_max() const { return per_publisher_ * options_.publishers; }
  [[nodiscard]] std::uint64_t delivered_max() const {
    return published_max() * (options_.pairs ? 1 : options_.subscribers);
  }

  const Options options_;
  const std::function<void(const Progress&)> show_;
  const std::uint64_t per_publisher_;
  RunState state_;
  Clock::time_point heard_{};  // when the broker last sent something, while it was waited for
  std::vector<std::unique_ptr<Publisher>> publishers_;
  std::vector<std::unique_ptr<Subscriber>> subscribers_;
  Outcome outcome_;
};

}  // namespace tallymq::load
