// The broker as a process: core, network and journal on one loop.
//
// Owner: the main thread, which is the loop thread. One turn: sockets are read and their events
// applied; the journal's completions are collected; the open batch is submitted; what the core let
// out is written.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "authenticator.h"
#include "log.h"
#include "open_files.h"
#include "signals.h"
#include "tallymq/broker/broker.h"
#include "tallymq/net/network.h"
#include "tallymq/server/config.h"
#include "tallymq/server/exit_code.h"

namespace tallymq::server {

class Server : private net::EventSink {
 public:
  Server(const Config& config, Log& log);
  ~Server() override;

  // Serves until a signal or a failure ends it. Called once.
  ExitCode Run();

  // True if `Run` ended because the journal did: the process must end without another step, so that
  // the store is left as a crash would leave it.
  [[nodiscard]] bool journal_failed() const { return failure_.has_value(); }

 private:
  // Each returns a code if the start ends there.
  std::optional<ExitCode> OpenCredentials();
  std::optional<ExitCode> Open();
  std::optional<ExitCode> Listen();

  void Turn(std::uint64_t timeout_ms);
  void LogStatus();
  void ReloadCredentials();
  void CollectAuthentications();
  void Stop(std::string_view signal);
  void WaitForCommits();
  void OnEvent(const broker::Event& event) override;
  void ApplyTick();
  void PerformEffects();
  void Perform(const broker::Authenticate& effect);
  void Perform(const broker::Notice& effect);
  void Perform(const broker::Stop& effect);
  void Fail(std::string_view sentence, storage::StoreErrorKind cause);
  void ReportRefused(std::uint64_t now_ms);
  [[nodiscard]] std::uint64_t TimeToTick() const;

  const Config config_;
  Log& log_;
  Signals signals_;
  const OpenFiles open_files_;
  const std::string secret_;  // of the credentials, the same after a reload
  // The journal and the authenticator wake the network, the broker uses the journal: destroyed in
  // the opposite order.
  net::Network network_;
  std::unique_ptr<Authenticator> authenticator_;  // null: clients are not asked who they are
  std::vector<Authenticator::Answer> authentications_;
  std::unique_ptr<storage::Journal> journal_;
  std::unique_ptr<broker::Broker> broker_;

  bool ticked_ = false;  // in this turn
  std::string signal_;   // the name of the one that asks for the end
  std::optional<ExitCode> failure_;
  std::uint64_t refused_reported_ = 0;
  std::uint64_t refused_reported_ms_ = 0;
};

}  // namespace tallymq::server
