// Kills the broker again and again under load, and holds what clients and killed store say against
// each other.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors.h"
#include "clock.h"
#include "fleet.h"
#include "handshake.h"
#include "oracle.h"
#include "program.h"
#include "random.h"
#include "run_options.h"
#include "stored_session.h"

namespace tallymq::crash {

struct RunReport {
  std::uint32_t kills = 0;
  std::array<std::uint32_t, kHandshakes> kills_in_state{};
  std::uint64_t in_flight_sum = 0;  // over all kills
  std::uint64_t published = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t delivered = 0;
  std::uint64_t repetitions = 0;  // legal ones
  std::uint64_t connections = 0;
  std::uint64_t disagreed = 0;
  Faults faults;                   // sentences of all kinds
  std::vector<std::string> notes;  // on the clients
  std::vector<Tally> tallies;      // with `RunOptions::everything`
  double seconds = 0;

  [[nodiscard]] double in_flight_mean() const {
    return kills == 0 ? 0 : static_cast<double>(in_flight_sum) / kills;
  }
};

class CrashRun {
 public:
  // Called after each kill.
  using Progress = std::function<void(const RunReport&)>;

  CrashRun(const RunOptions& options, const MakeFleet& make_fleet, Progress progress);

  // Does it all. Throws std::system_error where the machine fails.
  RunReport Run();

 private:
  void StartBroker();
  // Turns the loop until `done`, or for `limit`. False if the limit came first.
  bool Turn(std::chrono::milliseconds limit, const std::function<bool()>& done);
  // Sessions, subscriptions, first messages.
  bool SetUp();
  void Kill();
  // Holds the store of the stopped broker against what the clients know.
  void Examine(HandshakeSet& states);
  // What `tallyctl` says of the store; nothing, and a disagreement, if it does not.
  std::optional<StoredSessions> ReadSessions();
  std::optional<StoredRetained> ReadRetained();
  void Open(bool open);
  void Drain();
  // Until all exchanges have ended and all that was accepted has arrived.
  void AwaitEnds();
  void StopBroker();
  void Disagree(std::string sentence);
  void Blame(std::string sentence) { oracle_.faults().Add(&Faults::other, std::move(sentence)); }
  // Publishers wait while subscribers are far behind.
  void UpdateBacklog();
  [[nodiscard]] bool faulty() const { return !oracle_.faults().none() || report_.disagreed > 0; }

  const RunOptions options_;
  const Progress progress_;
  Random plan_;
  const std::uint16_t port_;
  Oracle oracle_;
  const std::unique_ptr<Fleet> fleet_;
  std::unique_ptr<Actors> actors_;  // or none
  std::unique_ptr<Program> broker_;
  RunReport report_;
};

}  // namespace tallymq::crash
