// The clients of a crash run, whoever wrote them: publishers and subscribers with sessions that
// outlive connections and brokers. The run leads the broker, the fleet leads the clients; they
// share the oracle, which the fleet tells what was published, accepted and received.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "oracle.h"
#include "random.h"
#include "run_options.h"
#include "stored_session.h"

namespace tallymq::crash {

// How long brokers live and are away, for clients that come back as fast as these do.
struct Pace {
  std::chrono::milliseconds start_max;  // of a broker that is killed while it starts
  std::chrono::milliseconds run_min;    // of one that has clients
  std::chrono::milliseconds run_max;
  std::chrono::milliseconds down_max;  // until the next one is started
};

class Fleet {
 public:
  virtual ~Fleet() = default;

  [[nodiscard]] virtual Pace pace() const = 0;
  // Lets the clients do what is due, and waits about a millisecond for what comes.
  virtual void Turn() = 0;
  // From now on publishers publish, or not. At first they do not.
  virtual void Open(bool open) = 0;

  // The broker was killed. Takes in what it had sent, and what cannot be answered any more; then
  // nobody is connected. Returns how many exchanges were under way when it died.
  virtual std::uint64_t BrokerDied() = 0;
  // Holds what the clients knew then against what is in the store.
  virtual void Compare(const StoredSessions& sessions, Comparison& comparison) = 0;

  // No more kills: from now on the clients stay, and come back at once.
  virtual void Settle() = 0;
  // Leaves with DISCONNECT, for good.
  virtual void Finish() = 0;

  // All sessions and subscriptions are confirmed.
  [[nodiscard]] virtual bool ready() const = 0;
  // Somebody is connected.
  [[nodiscard]] virtual bool connected() const = 0;
  // Exchanges that have not ended.
  [[nodiscard]] virtual std::uint64_t under_way() const = 0;
  // A sentence for each client: where it stands.
  [[nodiscard]] virtual std::vector<std::string> Describe() const = 0;
  [[nodiscard]] virtual std::uint64_t connections() const = 0;
  // What MQTT forbids and a client saw, a sentence each.
  [[nodiscard]] virtual std::vector<std::string> complaints() const = 0;
  // What the reader of a report must know of these clients, a sentence each.
  [[nodiscard]] virtual std::vector<std::string> notes() const { return {}; }
};

// Makes the clients of a run with a broker on `port`. Their choices follow from `plan`.
using MakeFleet = std::function<std::unique_ptr<Fleet>(
    const RunOptions& options, std::uint16_t port, Random& plan, Oracle& oracle)>;

}  // namespace tallymq::crash
