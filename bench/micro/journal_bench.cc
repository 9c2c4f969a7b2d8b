// How fast the journal commits, held against the disk it stands on.
//
// One batch at a time, as an otherwise idle broker has it: submit, wait for `Durable`, the next
// one. Beside it the floor: the same bytes appended to a file and synced with fdatasync. The two
// take turns within the same seconds, because the speed of a disk changes from one minute to the
// next; medians of all rounds are compared. The ratio is what counts; rates are those of this disk
// at this hour.

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tallymq/base/assert.h"
#include "tallymq/storage/rocks_journal.h"

namespace tallymq::storage {
namespace {

// What an entry takes in the log, key and value.
constexpr std::size_t kEntryBytes = 150;
constexpr std::size_t kKeyBytes = 16;
constexpr std::size_t kHeadBytes = 6;
constexpr std::string_view kTopic = "bill/meter/1";

// What the issue asks for, as a share of the raw rate.
struct Target {
  std::size_t entries;
  double ratio;
};
constexpr Target kTargets[] = {{64, 0.5}, {512, 0.28}};

struct Settings {
  std::string folder = ".";
  int rounds = 9;
  int round_ms = 400;
};

// Wall and processor time of some commits.
struct Sample {
  double entries_per_s = 0;
  double cpu_us_per_entry = 0;
};

double CpuSeconds() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Calls `commit` for `round_ms` at least.
template <typename Commit>
Sample Measure(std::size_t entries, int round_ms, Commit&& commit) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const double cpu_begin = CpuSeconds();
  std::size_t done = 0;
  Clock::duration elapsed{};
  do {
    commit();
    done += entries;
    elapsed = Clock::now() - begin;
  } while (elapsed < std::chrono::milliseconds(round_ms));
  const double wall = std::chrono::duration<double>(elapsed).count();
  return {static_cast<double>(done) / wall,
          (CpuSeconds() - cpu_begin) * 1e6 / static_cast<double>(done)};
}

struct NoSessions : RecoverySink {
  void OnSession(SessionNumber, const SessionRecord&) override {}
  void OnDeadSession(SessionNumber) override {}
  void OnWill(SessionNumber, std::uint32_t, MessagePtr) override {}
  void OnSubscription(SessionNumber, std::string_view, const SubscriptionRecord&) override {}
  void OnState(SessionNumber, const StateRecord&) override {}
};

// The journal with a loop thread that does nothing else.
class JournalRun {
 public:
  explicit JournalRun(const std::string& path) {
    RocksOptions options;
    options.path = path;
    auto opened = OpenRocksJournal(options, [this] {
      const std::lock_guard lock(mutex_);
      awake_ = true;
      woken_.notify_one();
    });
    if (!opened) Die(opened.error().message);
    journal_ = std::move(*opened);
    NoSessions sink;
    if (auto recovered = journal_->Recover(sink); !recovered) Die(recovered.error().message);
    const std::string payload(kEntryBytes - kKeyBytes - kHeadBytes - kTopic.size(), 'x');
    message_ = Message::Make({QoS::kExactlyOnce, false, 5}, kTopic, {}, payload);

    SessionRecord session;
    session.client_id = "bench";
    batch_->PutSession(kQueue, session);
    Wait();
  }

  void Commit(std::size_t entries) {
    for (std::size_t i = 0; i < entries; ++i) {
      batch_->Append(kQueue, Seq{++seq_}, {QoS::kExactlyOnce, false}, message_);
    }
    Wait();
  }

 private:
  static constexpr SessionNumber kQueue{1};

  [[noreturn]] static void Die(const std::string& message) {
    fmt::print(stderr, "journal_bench: {}\n", message);
    std::exit(2);
  }

  void Wait() {
    journal_->Submit(std::move(batch_));
    while (batch_ == nullptr) {
      {
        std::unique_lock lock(mutex_);
        woken_.wait(lock, [this] { return awake_; });
        awake_ = false;
      }
      events_.clear();
      journal_->Collect(events_);
      for (JournalEvent& event : events_) {
        if (auto* durable = std::get_if<Durable>(&event)) {
          batch_ = std::move(durable->batch);
          batch_->Clear();
        } else if (auto* health = std::get_if<JournalHealth>(&event)) {
          Die(health->message);
        }
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable woken_;
  bool awake_ = false;
  MessagePtr message_;
  std::unique_ptr<Batch> batch_ = std::make_unique<Batch>();
  std::vector<JournalEvent> events_;
  std::uint64_t seq_ = 0;
  std::unique_ptr<Journal> journal_;
};

class RawRun {
 public:
  explicit RawRun(const std::string& path)
      : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)),
        bytes_(4096 * kEntryBytes, 'x') {
    TALLYMQ_ASSERT(file_ >= 0);
  }
  ~RawRun() { ::close(file_); }
  RawRun(const RawRun&) = delete;
  RawRun& operator=(const RawRun&) = delete;

  void Commit(std::size_t entries) {
    const std::size_t size = entries * kEntryBytes;
    TALLYMQ_ASSERT(::write(file_, bytes_.data(), size) == static_cast<ssize_t>(size));
    TALLYMQ_ASSERT(::fdatasync(file_) == 0);
  }

 private:
  const int file_;
  const std::string bytes_;
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Medians {
  std::vector<double> rates;
  std::vector<double> cpus;
  void Add(const Sample& sample) {
    rates.push_back(sample.entries_per_s);
    cpus.push_back(sample.cpu_us_per_entry);
  }
};

// Prints one row. Returns whether the target was reached.
bool RunTarget(const Target& target, const Settings& settings, const std::string& folder) {
  JournalRun journal(folder + "/store-" + std::to_string(target.entries));
  RawRun raw(folder + "/raw-" + std::to_string(target.entries));
  Medians journals;
  Medians raws;
  std::vector<double> ratios;
  for (int round = 0; round < settings.rounds; ++round) {
    raws.Add(Measure(target.entries, settings.round_ms, [&] { raw.Commit(target.entries); }));
    journals.Add(
        Measure(target.entries, settings.round_ms, [&] { journal.Commit(target.entries); }));
    ratios.push_back(journals.rates.back() / raws.rates.back());
  }
  const double journal_rate = Median(journals.rates);
  const double raw_rate = Median(raws.rates);
  const double ratio = journal_rate / raw_rate;
  const bool reached = ratio >= target.ratio;
  const auto [low, high] = std::minmax_element(ratios.begin(), ratios.end());
  fmt::print(
      "{:>7}  {:>12.0f}  {:>12.0f}  {:>5.2f}  {:>4.2f}..{:<4.2f}  {:>6.2f}  {:>6.2f}  {:>6.2f}  "
      "{}\n",
      target.entries, journal_rate, raw_rate, ratio, *low, *high, target.ratio,
      Median(journals.cpus), Median(raws.cpus), reached ? "PASS" : "MISS");
  std::fflush(stdout);
  return reached;
}

bool OnTmpfs(const std::string& folder) {
  struct statfs info = {};
  return ::statfs(folder.c_str(), &info) == 0 &&
         (info.f_type == TMPFS_MAGIC || info.f_type == RAMFS_MAGIC);
}

int Main(int argc, char** argv) {
  CLI::App app{
      "Commits of the journal against raw append and fdatasync of the same bytes, in turns.\n"
      "Exit code: 0 all targets reached, 1 one was missed, 2 it could not be measured."};
  Settings settings;
  app.add_option("--folder", settings.folder, "Measure on this file system (not tmpfs)")
      ->capture_default_str();
  app.add_option("--rounds", settings.rounds, "Turns of each side")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  app.add_option("--round-ms", settings.round_ms, "Length of a turn in milliseconds")
      ->capture_default_str()
      ->check(CLI::Range(10, 60'000));
  CLI11_PARSE(app, argc, argv);

  if (OnTmpfs(settings.folder)) {
    fmt::print(stderr,
               "journal_bench: {} is on tmpfs, where a sync costs nothing; name another "
               "folder with --folder\n",
               settings.folder);
    return 2;
  }
  std::string folder = settings.folder + "/journal-bench-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) {
    fmt::print(stderr, "journal_bench: cannot make a folder in {}\n", settings.folder);
    return 2;
  }
  fmt::print("Journal commits of {}-byte entries into one queue, {} rounds of {} ms each\n",
             kEntryBytes, settings.rounds, settings.round_ms);
  fmt::print("{:>7}  {:>12}  {:>12}  {:>5}  {:>10}  {:>6}  {:>6}  {:>6}\n", "batch", "journal/s",
             "raw/s", "ratio", "rounds", "target", "us/e", "raw");
  bool reached = true;
  for (const Target& target : kTargets) reached = RunTarget(target, settings, folder) && reached;
  std::filesystem::remove_all(folder);
  return reached ? 0 : 1;
}

}  // namespace
}  // namespace tallymq::storage

int main(int argc, char** argv) { return tallymq::storage::Main(argc, argv); }
