// The further clients of `--everything`: they set and clear retained messages, change
// subscriptions, have wills, take sessions over and drop them, beside a fleet that knows nothing of
// them.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "clean_starter.h"
#include "poller.h"
#include "resubscriber.h"
#include "retained_ledger.h"
#include "retainer.h"
#include "run_options.h"
#include "tally.h"
#include "will_client.h"
#include "will_ledger.h"
#include "will_watcher.h"

namespace tallymq::crash {

class Actors {
 public:
  Actors(const RunOptions& options, std::uint16_t port, Random random, Faults& faults);

  // As in `Fleet`, but for the wait: `Turn` takes what is there.
  void Turn();
  void Open(bool open) { open_ = open && !settled_; }
  void BrokerDied();
  void Settle();
  void Finish();
  [[nodiscard]] bool ready() const;
  // Exchanges that have not ended, and messages that must still arrive.
  [[nodiscard]] std::uint64_t under_way() const;
  [[nodiscard]] std::vector<std::string> Describe() const;
  [[nodiscard]] std::uint64_t connections() const;
  [[nodiscard]] std::vector<std::string> complaints() const;
  // Clients, each of which has one session at most.
  [[nodiscard]] std::size_t size() const { return peers_.size(); }

  // Holds the store of the killed broker against what the clients know.
  void Compare(const StoredSessions& sessions, const StoredRetained& retained,
               Comparison& comparison);
  // The same of a stopped broker, when all have left: nothing may wait, and no will be there.
  void CompareStopped(const StoredSessions& sessions, const StoredRetained& retained,
                      Comparison& comparison);
  // All is over and all has drained: what has not arrived is lost.
  void End();
  // What happened how often in a run with so many kills.
  [[nodiscard]] std::vector<Tally> tallies(std::uint32_t kills) const;

 private:
  template <typename AnyPeer, typename... Arguments>
  AnyPeer& Add(std::vector<std::unique_ptr<AnyPeer>>& to, std::string name,
               Arguments&&... arguments);

  // True if nothing more will be queued for anybody.
  [[nodiscard]] bool quiet() const;

  const std::uint16_t port_;
  const int protocol_;
  Random random_;
  Poller poller_;
  bool open_ = false;
  bool settled_ = false;
  bool started_ = false;  // what must be there before wills and subscriptions come and go is there
  RetainedLedger retained_;
  WillLedger wills_;
  std::vector<std::unique_ptr<Retainer>> retainers_;
  std::vector<std::unique_ptr<WillWatcher>> watchers_;  // one
  std::vector<std::unique_ptr<WillClient>> will_clients_;
  std::vector<std::unique_ptr<Resubscriber>> resubscribers_;
  std::vector<std::unique_ptr<CleanStarter>> clean_starters_;
  std::vector<Peer*> peers_;  // all of them
};

}  // namespace tallymq::crash
