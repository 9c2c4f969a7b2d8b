// Does a sync of the log lie between what a broker was told and what it says on the strength of it?
// SIGKILL cannot tell, as the page cache survives it; the order of system calls can. Contract: D1.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trace.h"

namespace tallymq::crash {

// One kind of exchange: what is read, and what must not be written before a sync.
struct OrderRow {
  std::string_view what;            // "PUBLISH of QoS 2, PUBREC"
  std::uint64_t exchanges = 0;      // seen in the trace
  std::uint64_t unsynced = 0;       // without a completed sync between
  std::uint64_t syncs = 0;          // completed between, all exchanges together
  std::uint64_t syncs_max = 0;      // of one exchange
  std::string first_unsynced = {};  // where in the trace
};

struct OrderReport {
  std::vector<OrderRow> rows;
  // Each kind was seen, and each exchange had its sync.
  [[nodiscard]] bool in_order() const;
  // Each QoS 2 PUBLISH had exactly one sync before its PUBREC.
  [[nodiscard]] bool one_sync() const;
};

// Looks through the calls of a broker whose log files are `*.log` in `store`. A sync counts if it
// began behind a write to the same file that began behind the read.
OrderReport CheckOrder(const std::vector<Call>& calls, std::string_view store);

std::string Print(const OrderReport& report);

}  // namespace tallymq::crash
