// The subscriptions that one client changes while brokers die, and whether its stored session
// agrees: each acknowledged SUBSCRIBE or UNSUBSCRIBE is there, and one under way may be there.

#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "stored_session.h"

namespace tallymq::crash {

class SubscriptionLedger {
 public:
  enum class State : std::uint8_t { kAbsent, kPresent, kUnknown };

  // SUBSCRIBE or UNSUBSCRIBE of `filter` goes out; SUBACK or UNSUBACK came, and it is `present` or
  // not.
  void Asked(const std::string& filter) { states_[filter] = State::kUnknown; }
  void Answered(const std::string& filter, bool present) {
    states_[filter] = present ? State::kPresent : State::kAbsent;
    ++answered_;
  }
  // The session ended, and all subscriptions with it.
  void SessionEnded() { states_.clear(); }

  void Compare(const StoredSession& stored, Comparison& comparison) const;

  // Absent if nothing was ever said of it.
  [[nodiscard]] State state(const std::string& filter) const;
  [[nodiscard]] std::uint64_t answered() const { return answered_; }

 private:
  std::map<std::string, State> states_;
  std::uint64_t answered_ = 0;
};

}  // namespace tallymq::crash
