// What the parts of the core share while an event is applied.

#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "commit.h"
#include "tallymq/broker/counters.h"
#include "tallymq/broker/effects.h"
#include "tallymq/broker/limits.h"

namespace tallymq::broker {

class Connection;
struct Session;

// A page that the journal is to read; a `storage::Page` with `request` answers.
struct ReadQueue {
  storage::SessionNumber queue;
  storage::Seq from;
  storage::PageLimits limits;
  storage::RequestNumber request;
};

// Retained messages that the journal is to read; a `storage::RetainedPage` with `request` answers.
struct ReadRetained {
  storage::RetainedQuery query;
  storage::RequestNumber request;
};

struct Context {
  Context(const Limits& bounds, std::vector<Effect>& out)
      : limits(bounds), commit(limits), effects(out) {}

  // Broker time, in milliseconds. Contract: D9.
  [[nodiscard]] std::uint64_t broker_ms() const { return broker_base_ms + now_ms; }

  const Limits limits;
  Counters counters;
  Commit commit;
  std::vector<Effect>& effects;      // free to leave
  std::uint64_t now_ms = 0;          // monotonic, of the last Tick
  std::uint64_t broker_base_ms = 0;  // broker time at monotonic time 0 of this process
  std::uint64_t last_request = 0;    // number of the newest read
  std::vector<ReadQueue> reads;      // pages wanted from the journal
  std::vector<ReadRetained> retained_reads;
  boost::unordered_flat_map<storage::RequestNumber, ConnId>
      retained_readers;               // under way, for whom
  storage::RetainedTotals retained;   // as of the newest durable batch
  Lsn retained_at;                    // newest batch that sets or clears a retained message
  std::vector<Connection*> gated;     // connections with packets that wait for a batch
  std::deque<Connection*> releasing;  // those for which a batch has become durable
  std::vector<Session*> postponed;    // sessions whose next read waits for a batch
};

}  // namespace tallymq::broker
