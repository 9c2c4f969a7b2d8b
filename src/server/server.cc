#include "server.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <variant>

#ifdef TALLYMQ_FAULTS
#include "faults.h"
#endif
#include "credentials.h"
#include "store.h"
#include "tallymq/auth/random_bytes.h"

namespace tallymq::server {
namespace {

// How long a stop waits for peers to take their last bytes. Milliseconds.
constexpr std::uint64_t kGoodbyeMs = 1000;
// At most one line in this time says that connections were refused. Milliseconds.
constexpr std::uint64_t kRefusedReportMs = 10'000;

std::uint64_t Milliseconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

// Goes on while the machine sleeps, and nobody can set it.
std::uint64_t MonotonicMs() { return Milliseconds(CLOCK_BOOTTIME); }

broker::Tick Now() { return {MonotonicMs(), Milliseconds(CLOCK_REALTIME)}; }

LogLevel LevelOf(broker::Notice::Level level) {
  switch (level) {
    case broker::Notice::Level::kDebug:
      return LogLevel::kDebug;
    case broker::Notice::Level::kInfo:
      return LogLevel::kInfo;
    case broker::Notice::Level::kWarning:
      return LogLevel::kWarning;
    case broker::Notice::Level::kError:
      break;
  }
  return LogLevel::kError;
}

}  // namespace

Server::Server(const Config& config, Log& log)
    : config_(config),
      log_(log),
      open_files_(RaiseOpenFiles()),
      secret_(auth::RandomBytes(32)),
      network_({.packet_bytes_max = config.limits.packet_bytes_max,
                .connections_max = open_files_.connections_max()},
               *this) {
  network_.Watch(signals_.fd(), [this] {
    const std::string_view signal = signals_.Take();
    if (signal == kStatusSignal) {
      LogStatus();
    } else if (signal == kReloadSignal) {
      ReloadCredentials();
    } else {
      signal_ = signal;
    }
  });
}

Server::~Server() = default;

ExitCode Server::Run() {
  if (const auto code = OpenCredentials()) return *code;
  if (const auto code = Open()) return *code;
  if (const auto code = Listen()) return *code;
  while (signal_.empty() && !failure_) Turn(TimeToTick());
  if (!failure_) Stop(signal_);
  return failure_.value_or(ExitCode::kOk);
}

std::optional<ExitCode> Server::OpenCredentials() {
  if (config_.password_file.empty()) return std::nullopt;
  auto loaded = LoadCredentials(config_.password_file, secret_);
  if (!loaded) {
    for (const std::string& error : loaded.error()) log_.Write(LogLevel::kError, error);
    return ExitCode::kConfig;
  }
  if (!loaded->warning.empty()) log_.Write(LogLevel::kWarning, loaded->warning);
  log_.Write(LogLevel::kInfo,
             fmt::format("{} users may connect{}", loaded->credentials->users().size(),
                         config_.allow_anonymous ? ", and everyone else who gives "
                                                   "no user name"
                                                 : ""));
  authenticator_ = std::make_unique<Authenticator>(
      std::move(loaded->credentials), config_.allow_anonymous, [this] { network_.Wake(); });
  return std::nullopt;
}

// Those who are connected stay: who is no longer in the file is refused the next time.
void Server::ReloadCredentials() {
  if (!authenticator_) {
    log_.Write(LogLevel::kInfo, "SIGHUP: there is no password file to read again");
    return;
  }
  auto loaded = LoadCredentials(config_.password_file, secret_);
  if (!loaded) {
    for (const std::string& error : loaded.error()) log_.Write(LogLevel::kError, error);
    log_.Write(LogLevel::kError, "SIGHUP: the users stay as they were");
    return;
  }
  if (!loaded->warning.empty()) log_.Write(LogLevel::kWarning, loaded->warning);
  log_.Write(LogLevel::kInfo,
             fmt::format("SIGHUP: {} users may connect", loaded->credentials->users().size()));
  authenticator_->Replace(std::move(loaded->credentials));
}

std::optional<ExitCode> Server::Open() {
  auto journal = OpenStore(config_, [this] { network_.Wake(); });
  if (!journal) {
    log_.Write(LogLevel::kError, journal.error().message);
    return ExitCodeOf(journal.error().kind);
  }
  journal_ = std::move(*journal);
  broker::Limits limits = config_.limits;
  limits.authenticate = authenticator_ != nullptr;
#ifdef TALLYMQ_FAULTS
  limits.early_acknowledgements = HasFault("early-ack");
#endif
  broker_ = std::make_unique<broker::Broker>(limits, *journal_);
  const auto recovered = broker_->Start(Now());
  if (!recovered) {
    log_.Write(LogLevel::kError, recovered.error().message);
    return ExitCodeOf(recovered.error().kind);
  }
  const LossContract contract = LossContractOf(config_);
  log_.Write(contract.loses ? LogLevel::kWarning : LogLevel::kInfo, contract.sentence);
  log_.Write(
      LogLevel::kInfo,
      recovered->fresh
          ? std::string{"the store is new"}
          : fmt::format("the store is at commit {} with {} sessions, after a {}; start {}",
                        recovered->last.value(), broker_->counters().sessions,
                        recovered->clean_shutdown ? "clean stop" : "crash", recovered->start));
  return std::nullopt;
}

std::optional<ExitCode> Server::Listen() {
  std::string addresses;
  for (const net::Address& address : config_.listen) {
    const auto bound = network_.Listen(address);
    if (!bound) {
      log_.Write(LogLevel::kError, bound.error());
      journal_->Close();
      return ExitCode::kCannotListen;
    }
    addresses += (addresses.empty() ? "" : ", ") + bound->ToString();
  }
  log_.Write(LogLevel::kInfo,
             fmt::format("tallymqd " TALLYMQ_VERSION
                         " listening on {}; open files: limit {} (was {}, hard limit {}), for at "
                         "most {} connections",
                         addresses, open_files_.limit, open_files_.before, open_files_.hard,
                         open_files_.connections_max()));
  return std::nullopt;
}

void Server::Turn(std::uint64_t timeout_ms) {
  ticked_ = false;
  network_.Poll(timeout_ms);
  ApplyTick();
  CollectAuthentications();
  broker_->Collect();
  broker_->EndTurn();
  PerformEffects();
  network_.Flush();
  // What the core did about `Writable`.
  broker_->EndTurn();
  PerformEffects();
  ReportRefused(MonotonicMs());
}

void Server::CollectAuthentications() {
  if (!authenticator_) return;
  authenticator_->Collect(authentications_);
  for (const auto& [conn, request, answer] : authentications_) {
    OnEvent(broker::AuthReply{conn, request, answer});
  }
  authentications_.clear();
}

void Server::LogStatus() {
  const broker::Counters& counters = broker_->counters();
  std::string text = "status:";
  for (const broker::CounterName& counter : broker::kCounterNames) {
    text += fmt::format(" {} {}", counter.name, counters.*counter.value);
  }
  constexpr const char* kQos[] = {"qos0", "qos1", "qos2"};
  for (std::size_t i = 0; i < 3; ++i) {
    text += fmt::format(" received_{} {} sent_{} {}", kQos[i], counters.publishes_received[i],
                        kQos[i], counters.publishes_sent[i]);
  }
  log_.Write(LogLevel::kInfo, text);
}

// Lets out what was promised and is on its way, then says goodbye.
void Server::Stop(std::string_view signal) {
  log_.Write(LogLevel::kInfo, fmt::format("stopping on {}", signal));
  network_.StopInput();
  WaitForCommits();
  ticked_ = false;
  OnEvent(broker::Shutdown{});
  Turn(0);
  WaitForCommits();
  const std::uint64_t end_ms = MonotonicMs() + kGoodbyeMs;
  while (!failure_ && network_.output_pending() && MonotonicMs() < end_ms) {
    Turn(std::min(TimeToTick(), end_ms - MonotonicMs()));
  }
  if (failure_) return;
  broker_.reset();
  journal_->Close();
  std::vector<storage::JournalEvent> last_words;
  journal_->Collect(last_words);
  for (const storage::JournalEvent& event : last_words) {
    const auto* health = std::get_if<storage::JournalHealth>(&event);
    if (health != nullptr && health->health == storage::Health::kDoubtful) {
      return Fail(health->message, health->cause);
    }
  }
  log_.Write(LogLevel::kInfo, "stopped; all that was taken is on disk");
}

void Server::WaitForCommits() {
  while (!failure_ && broker_->commit_pending()) Turn(TimeToTick());
}

void Server::OnEvent(const broker::Event& event) {
  ApplyTick();
  broker_->Apply(event);
  PerformEffects();
}

// The time of a turn is that of its first event.
void Server::ApplyTick() {
  if (ticked_) return;
  ticked_ = true;
  broker_->Apply(Now());
  PerformEffects();
}

void Server::PerformEffects() {
  for (const broker::Effect& effect : broker_->effects()) {
    if (failure_) break;
    std::visit(
        [this](const auto& one) {
          if constexpr (requires { network_.Perform(one); }) {
            network_.Perform(one);
          } else {
            Perform(one);
          }
        },
        effect);
  }
  broker_->effects().clear();
}

void Server::Perform(const broker::Authenticate& effect) { authenticator_->Ask(effect); }

void Server::Perform(const broker::Notice& effect) {
  log_.Write(LevelOf(effect.level), effect.text,
             {{"client", effect.client_id}, {"clause", effect.clause}});
}

void Server::Perform(const broker::Stop& effect) { Fail(effect.reason, effect.cause); }

void Server::Fail(std::string_view sentence, storage::StoreErrorKind cause) {
  log_.Write(LogLevel::kError, sentence);
  failure_ = cause == storage::StoreErrorKind::kIo ? ExitCode::kDoubtfulSync : ExitCodeOf(cause);
}

void Server::ReportRefused(std::uint64_t now_ms) {
  const std::uint64_t refused = network_.counters().refused;
  if (refused == refused_reported_) return;
  if (refused_reported_ != 0 && now_ms < refused_reported_ms_ + kRefusedReportMs) return;
  log_.Write(LogLevel::kWarning,
             fmt::format("{} connections were closed at once: the limit of open files allows {}",
                         refused - refused_reported_, open_files_.connections_max()));
  refused_reported_ = refused;
  refused_reported_ms_ = now_ms;
}

std::uint64_t Server::TimeToTick() const {
  const std::uint64_t next_ms = broker_->next_tick_ms();
  if (next_ms == net::Network::kForever) return next_ms;
  const std::uint64_t now_ms = MonotonicMs();
  return next_ms > now_ms ? next_ms - now_ms : 0;
}

}  // namespace tallymq::server
