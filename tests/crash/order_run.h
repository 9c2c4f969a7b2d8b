// Leads one exchange after the other with a broker under strace, each on an idle broker.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sync_order.h"

namespace tallymq::crash {

struct OrderOptions {
  std::string broker;                    // path of tallymqd
  std::string folder;                    // absolute, for store and trace; not there yet
  std::vector<std::string> environment;  // for the broker
  std::uint32_t rounds = 10;             // exchanges of each kind
};

// Throws std::runtime_error if the broker or strace does not work.
OrderReport RunOrder(const OrderOptions& options);

}  // namespace tallymq::crash
