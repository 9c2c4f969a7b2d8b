#include "subscription_ledger.h"

#include <fmt/format.h>

namespace tallymq::crash {

SubscriptionLedger::State SubscriptionLedger::state(const std::string& filter) const {
  const auto found = states_.find(filter);
  return found == states_.end() ? State::kAbsent : found->second;
}

void SubscriptionLedger::Compare(const StoredSession& stored, Comparison& comparison) const {
  for (const auto& [filter, state] : states_) {
    if (state == State::kPresent && !stored.filters.contains(filter)) {
      comparison.disagreements.push_back(fmt::format(
          "{}: subscription '{}' got SUBACK and is not there", stored.client_id, filter));
    }
  }
  for (const std::string& filter : stored.filters) {
    if (state(filter) == State::kAbsent) {
      comparison.disagreements.push_back(
          fmt::format("{}: subscription '{}' is there; it got UNSUBACK, or its session has ended, "
                      "or it was never asked for",
                      stored.client_id, filter));
    }
  }
}

}  // namespace tallymq::crash
