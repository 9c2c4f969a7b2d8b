// Many seeds on all cores: one process for each core, so that a broker that dies or does not answer
// takes only its own seed along.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "report.h"

namespace tallymq::sim {

struct Order {
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = UINT64_MAX;  // so many, unless time is up before
  double seconds = 0;                // 0: without bound
  unsigned workers = 1;
  bool stop_at_finding = true;  // at the first violation, death or silence
  double silence_seconds = 30;  // a seed takes milliseconds: after this it does not answer
};

// How a seed ended that did not end well.
struct Finding {
  enum class Kind : std::uint8_t {
    kViolation,
    kDied,    // the broker's process: an assertion, a signal
    kSilent,  // the broker does not answer
  };
  Kind kind = Kind::kViolation;
  std::uint64_t seed = 0;
  Rule rule = Rule::kD1;
  std::uint64_t message = 0;
  std::string text;
};

struct Haul {
  Tally tally;
  double seconds = 0;
  // Of each kind and rule the count, and the first ones in full.
  std::map<Rule, std::uint64_t> violations;
  std::uint64_t died = 0;
  std::uint64_t silent = 0;
  std::vector<Finding> findings;
};

// `progress` is called now and then.
Haul RunFleet(const Order& order, const std::function<void(const Haul&)>& progress = {});

// Runs `body` in a process of its own. Returns its exit code, or what became of it: says on
// standard error that the broker died or, after `seconds`, that it does not answer, and returns 1.
int RunGuarded(const std::function<int()>& body, double seconds);

}  // namespace tallymq::sim
