#include "fleet.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <new>
#include <system_error>

namespace tallymq::sim {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kFindingsKept = 5;
constexpr std::size_t kTextBytes = 400;
constexpr std::size_t kRules = static_cast<std::size_t>(Rule::kProtocol) + 1;

double Seconds(Clock::time_point since) {
  return std::chrono::duration<double>(Clock::now() - since).count();
}

// What a worker shares with its parent; plain memory, so that it outlives the worker.
struct Desk {
  std::atomic<std::uint64_t> turn{0};  // grows with each seed begun
  std::atomic<std::uint64_t> seed{0};  // that it is at
  std::atomic<bool> busy{false};
  std::atomic<std::uint64_t> kept{0};  // findings below
  Tally tally;
  std::array<std::uint64_t, kRules> violations{};
  struct Note {
    std::uint64_t seed;
    Rule rule;
    std::uint64_t message;
    char text[kTextBytes];
  };
  std::array<Note, kFindingsKept> notes{};
};

struct Office {
  std::atomic<std::uint64_t> next{0};  // seed to be taken, counted from the first
  std::atomic<bool> stop{false};
};

template <typename T>
T* Share(std::size_t count) {
  void* memory =
      ::mmap(nullptr, sizeof(T) * count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
  T* first = static_cast<T*>(memory);
  for (std::size_t i = 0; i < count; ++i) new (first + i) T;
  return first;
}

void Work(const Order& order, Office& office, Desk& desk) {
  while (!office.stop) {
    const std::uint64_t number = office.next++;
    if (number >= order.seeds) break;
    desk.seed = order.first_seed + number;
    desk.busy = true;
    ++desk.turn;
    const Outcome outcome = RunSeed(desk.seed);
    desk.tally.Add(outcome.figures);
    if (outcome.violation) {
      ++desk.violations[static_cast<std::size_t>(outcome.violation->rule)];
      if (desk.kept < kFindingsKept) {
        Desk::Note& note = desk.notes[desk.kept];
        note.seed = outcome.seed;
        note.rule = outcome.violation->rule;
        note.message = outcome.violation->message;
        std::snprintf(note.text, kTextBytes, "%s", outcome.violation->text.c_str());
        ++desk.kept;
      }
      if (order.stop_at_finding) office.stop = true;
    }
    desk.busy = false;
  }
}

struct Worker {
  ::pid_t pid = -1;
  std::uint64_t turn = 0;
  Clock::time_point since;
};

class Fleet {
 public:
  explicit Fleet(const Order& order)
      : order_(order),
        office_(Share<Office>(1)),
        desks_(Share<Desk>(order.workers)),
        workers_(order.workers) {}
  ~Fleet() {
    ::munmap(desks_, sizeof(Desk) * order_.workers);
    ::munmap(office_, sizeof(Office));
  }
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  Haul Run(const std::function<void(const Haul&)>& progress) {
    for (std::size_t i = 0; i < workers_.size(); ++i) Hire(i);
    Clock::time_point told = Clock::now();
    while (working_ > 0) {
      ::poll(nullptr, 0, 20);
      for (std::size_t i = 0; i < workers_.size(); ++i) LookAfter(i);
      if (order_.seconds > 0 && Seconds(begin_) >= order_.seconds) office_->stop = true;
      if (progress && Seconds(told) >= 1) {
        told = Clock::now();
        progress(Sum());
      }
    }
    return Sum();
  }

 private:
  void Hire(std::size_t i) {
    std::fflush(nullptr);
    const ::pid_t pid = ::fork();
    if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid == 0) {
      Work(order_, *office_, desks_[i]);
      std::_Exit(0);
    }
    workers_[i] = {pid, desks_[i].turn, Clock::now()};
    ++working_;
  }

  void LookAfter(std::size_t i) {
    Worker& worker = workers_[i];
    if (worker.pid < 0) return;
    Desk& desk = desks_[i];
    int status = 0;
    if (::waitpid(worker.pid, &status, WNOHANG) == worker.pid) {
      --working_;
      worker.pid = -1;
      if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
      ++died_;
      Miss(i, Finding::Kind::kDied,
           WIFSIGNALED(status) ? fmt::format("the broker died of signal {}", WTERMSIG(status))
                               : "the broker ended the process");
      return;
    }
    if (desk.turn != worker.turn || !desk.busy) {
      worker.turn = desk.turn;
      worker.since = Clock::now();
    } else if (Seconds(worker.since) > order_.silence_seconds) {
      ::kill(worker.pid, SIGKILL);
      ::waitpid(worker.pid, &status, 0);
      --working_;
      worker.pid = -1;
      ++silent_;
      Miss(i, Finding::Kind::kSilent,
           fmt::format("the broker does not answer: nothing for {} s", order_.silence_seconds));
    }
  }

  void Miss(std::size_t i, Finding::Kind kind, std::string text) {
    if (missed_.size() < kFindingsKept) {
      missed_.push_back(Finding{kind, desks_[i].seed, Rule::kD1, 0, std::move(text)});
    }
    if (order_.stop_at_finding) {
      office_->stop = true;
    } else if (!office_->stop) {
      Hire(i);
    }
  }

  [[nodiscard]] Haul Sum() const {
    Haul haul;
    haul.seconds = Seconds(begin_);
    haul.died = died_;
    haul.silent = silent_;
    haul.findings = missed_;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      const Desk& desk = desks_[i];
      haul.tally.Add(desk.tally);
      for (std::size_t rule = 0; rule < kRules; ++rule) {
        if (desk.violations[rule] > 0) haul.violations[Rule(rule)] += desk.violations[rule];
      }
      for (std::size_t n = 0; n < desk.kept; ++n) {
        const Desk::Note& note = desk.notes[n];
        haul.findings.push_back(
            Finding{Finding::Kind::kViolation, note.seed, note.rule, note.message, note.text});
      }
    }
    std::sort(haul.findings.begin(), haul.findings.end(),
              [](const Finding& a, const Finding& b) { return a.seed < b.seed; });
    return haul;
  }

  const Order order_;
  Office* const office_;
  Desk* const desks_;
  std::vector<Worker> workers_;
  std::size_t working_ = 0;
  std::uint64_t died_ = 0;
  std::uint64_t silent_ = 0;
  std::vector<Finding> missed_;
  const Clock::time_point begin_ = Clock::now();
};

}  // namespace

Haul RunFleet(const Order& order, const std::function<void(const Haul&)>& progress) {
  return Fleet(order).Run(progress);
}

int RunGuarded(const std::function<int()>& body, double seconds) {
  std::fflush(nullptr);
  const ::pid_t pid = ::fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid == 0) {
    const int code = body();
    std::fflush(nullptr);
    std::_Exit(code);
  }
  const Clock::time_point begin = Clock::now();
  int status = 0;
  while (::waitpid(pid, &status, WNOHANG) != pid) {
    if (Seconds(begin) > seconds) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, &status, 0);
      fmt::print(stderr, "the broker does not answer: nothing for {} s\n", seconds);
      return 1;
    }
    ::poll(nullptr, 0, 5);
  }
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  fmt::print(stderr, "the broker died of signal {}\n", WTERMSIG(status));
  return 1;
}

}  // namespace tallymq::sim
