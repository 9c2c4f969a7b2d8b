// One history: the real core and its batching of commits between simulated clients, network, clock
// and disk. The seed decides everything.
//
// The world turns in steps. In a step some clients act, some bytes move, the broker's loop makes
// one turn as the server's does (what is read enters one batch), the disk does something. The
// broker may die between any two things that it does. After the steps the faults stop, all clients
// come back, and everything has to drain.
//
// Not injected: a full disk and a doubtful sync (D6, D7), bytes that are no MQTT, a damaged store.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkers/contract.h"
#include "checkers/delivery.h"
#include "faults.h"
#include "history.h"
#include "link.h"
#include "peer.h"
#include "random.h"
#include "shape.h"
#include "tallymq/broker/broker.h"
#include "watched_journal.h"

namespace tallymq::sim {

struct Figures {
  std::uint64_t clients = 0;
  std::uint64_t packets = 0;  // taken in and handed out by the broker
  std::uint64_t crashes = 0;
  std::uint64_t open_exchanges = 0;  // of QoS 2, at all crashes together
  FaultCounts faults{};
};

class World {
 public:
  World(std::uint64_t seed, History::Keep keep);

  // Runs the history to its end, or to the first violation.
  void Run();

  [[nodiscard]] const std::optional<Violation>& violation() const { return violation_; }
  [[nodiscard]] const History& history() const { return history_; }
  [[nodiscard]] Figures figures() const;

 private:
  // ---- world.cc: the course of a history.
  void Step();
  void PeerTurn(Peer& peer);
  void Drain();
  [[nodiscard]] bool AtRest() const;
  void Inspect(bool at_rest);
  void CheckViolations();
  [[nodiscard]] bool over() const { return violation_.has_value(); }

  // ---- world_broker.cc: the broker's process.
  // Starts it; it may be killed while it recovers.
  void Start();
  // One turn of its loop.
  void Turn(bool all);
  void EndTurn();
  void Read(Link& link, std::uint64_t bytes);
  void Apply(const broker::Event& event);
  // Carries out all effects. `tick`: they are those of time that has passed.
  void Perform(bool tick = false);
  // Tells the checker what the broker has counted.
  void TellCounted();
  void Perform(const broker::Effect& effect);
  void Flush();
  void Settle();
  void Crash();
  // The broker dies here, if chance wants it.
  bool Dies();

  // ---- world_network.cc: connections and clocks.
  void Connect(Peer& peer);
  void WriteUp(Peer& peer, std::uint64_t bytes);
  void ReadDown(Peer& peer, std::uint64_t bytes);
  // The connection of a client breaks, with what is in it.
  void Cut(Peer& peer);
  void Leave(Peer& peer);
  void LetGo(Peer& peer);
  Link* LinkOf(const Peer& peer);
  void PassTime();
  void SetClock();
  [[nodiscard]] broker::Tick now() const { return {mono_ms_, wall_ms_}; }

  void Count(Fault fault, std::uint64_t times = 1) {
    faults_[static_cast<std::size_t>(fault)] += static_cast<std::uint32_t>(times);
  }

  Random random_;
  const Shape shape_;
  History history_;
  Contract contract_;
  Delivery delivery_;
  std::shared_ptr<storage::MemoryDisk> disk_ = storage::MakeMemoryDisk();
  std::unique_ptr<WatchedJournal> journal_;
  std::unique_ptr<broker::Broker> broker_;
  std::vector<Peer> peers_;
  std::map<std::uint64_t, Link> links_;
  std::optional<Violation> violation_;
  FaultCounts faults_{};
  std::uint64_t crashes_ = 0;
  std::uint64_t open_exchanges_ = 0;
  std::uint64_t last_conn_ = 0;
  std::uint64_t last_message_ = 0;
  bool calm_ = false;  // the faults are over

  // ---- Clocks. Real time is what both follow; wall time is set now and then.
  std::uint64_t mono_ms_ = 5'000;
  std::uint64_t wall_ms_ = 1'700'000'000'000;
  std::uint64_t real_ms_ = 0;

  // ---- The process that runs.
  std::uint64_t points_to_live_ = 0;  // until it dies; 0: it is not going to
  bool dead_ = false;
  Counted counted_;                  // as it said last
  std::uint32_t stalled_steps_ = 0;  // the disk does nothing
  std::uint32_t commit_waits_ = 0;   // steps since the oldest batch was submitted
  std::uint32_t page_waits_ = 0;
};

}  // namespace tallymq::sim
