// The core and its open batch, driven on one thread over a journal: what the server's loop, the
// tests and the simulator share, so that all of them batch commits in the same way.
//
// Owner: the loop thread. One turn of a loop is: `Collect`, `Apply` for each event at hand,
// `EndTurn`; then carry out `effects()` in order and clear it.

#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tallymq/base/result.h"
#include "tallymq/broker/counters.h"
#include "tallymq/broker/effects.h"
#include "tallymq/broker/events.h"
#include "tallymq/broker/limits.h"
#include "tallymq/storage/journal.h"

namespace tallymq::broker {

class Core;

class Broker {
 public:
  // `journal` outlives the broker. `Tick` tells the time before the first event.
  Broker(const Limits& limits, storage::Journal& journal);
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  // Recovers sessions, subscriptions and state from the journal. Called once, first. May block.
  Result<storage::Recovered, storage::StoreError> Start(const Tick& now);

  // Applies one event. Effects that rest on nothing pending are in `effects()` when it returns.
  void Apply(const Event& event);

  // Takes in what the journal has to say: completions, pages, health; hands out what has become
  // free to leave, a bounded share of it a turn.
  void Collect();

  // True if `Collect` has more to hand out: the next turn must not wait.
  [[nodiscard]] bool busy() const;

  // Ends a turn: submits the open batch if an effect rests on it (or a lazy record is due) and the
  // journal is free.
  void EndTurn();

  // Effects to carry out, in order. The caller empties it.
  std::vector<Effect>& effects() { return effects_; }

  // When `Tick` is wanted next, in ms on its monotonic clock.
  [[nodiscard]] std::uint64_t next_tick_ms() const;
  [[nodiscard]] const Counters& counters() const;
  // True while a submitted batch is not durable yet, or an effect waits for the open one.
  [[nodiscard]] bool commit_pending() const;

 private:
  void Read();

  storage::Journal& journal_;
  std::vector<storage::JournalEvent> journal_events_;
  std::vector<Effect> effects_;
  std::unique_ptr<Core> core_;
};

}  // namespace tallymq::broker
