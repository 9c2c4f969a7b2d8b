// Does for the core what net and server do for it in the real broker, on one thread and without
// sockets.

#include "core_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "packet_text.h"
#include "tallymq/mqtt/codec.h"

namespace tallymq::spec {
namespace {

using std::chrono::milliseconds;

// Returns false if there is no such setting. README.md has the names.
bool Set(broker::Limits& limits, std::string_view name, std::uint64_t value) {
  const auto set = [&](std::string_view setting, auto& limit, std::uint64_t unit = 1) {
    if (name != setting) return false;
    limit = static_cast<std::remove_reference_t<decltype(limit)>>(value * unit);
    return true;
  };
  return set("client_id_max", limits.client_id_bytes_max) ||
         set("connect_timeout_s", limits.connect_timeout_ms, 1000) ||
         set("connections_max", limits.connections_max) || set("inflight", limits.inflight_max) ||
         set("keep_alive_max_s", limits.keep_alive_max_s) ||
         set("packet_max", limits.packet_bytes_max) ||
         set("queue_messages_max", limits.queue_messages_max) ||
         set("receive_max", limits.receive_max) ||
         set("session_expiry_s", limits.session_expiry_s) ||
         set("subscriptions_max", limits.subscriptions_max) ||
         set("topic_alias_max", limits.topic_aliases_max) ||
         set("topic_levels", limits.topic_levels_max) ||
         set("validate_payload_format", limits.validate_payload_format);
}

// A broker that is still not quiet after so many turns never will be.
constexpr int kTurnsMax = 1'000'000;

template <typename... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <typename... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace

CoreWorld::CoreWorld() : disk_(storage::MakeMemoryDisk()) {}
CoreWorld::~CoreWorld() = default;

void CoreWorld::Start(const Settings& settings) {
  for (const auto& [name, value] : settings) {
    if (!Set(limits_, name, value)) throw Failure("no setting is called " + name);
  }
  StartBroker();
}

void CoreWorld::StartBroker() {
  journal_ = std::make_unique<storage::MemoryJournal>(
      disk_, storage::MemoryJournal::Completion::kAutomatic);
  broker_ = std::make_unique<broker::Broker>(limits_, *journal_);
  const auto recovered = broker_->Start(broker::Tick{now_ms_, now_ms_});
  if (!recovered) throw Failure("the broker does not start: " + recovered.error().message);
  broker_->Apply(broker::Tick{now_ms_, now_ms_});
  RunUntilQuiet();
}

void CoreWorld::Restart(milliseconds away) {
  broker_->Apply(broker::Shutdown{});
  RunUntilQuiet();
  journal_->Close();
  for (auto& [link, connection] : connections_) connection.closed = true;
  StartAgain(away);
}

void CoreWorld::Crash(milliseconds away) {
  connections_.clear();
  StartAgain(away);
}

void CoreWorld::StartAgain(milliseconds away) {
  broker_.reset();
  journal_.reset();
  now_ms_ += static_cast<std::uint64_t>(away.count());
  StartBroker();
}

Link CoreWorld::Open() {
  const Link link = ++last_link_;
  connections_[link];
  broker_->Apply(broker::Connected{ConnId{link}, "in process", link * 0x9E3779B97F4A7C15});
  RunUntilQuiet();
  return link;
}

void CoreWorld::Write(Link link, std::string_view bytes) {
  Connection& connection = connections_.at(link);
  if (connection.closed) return;
  connection.to_broker += bytes;
  Deliver(link);
  RunUntilQuiet();
}

void CoreWorld::Deliver(Link link) {
  Connection& connection = connections_.at(link);
  std::size_t used = 0;
  while (!connection.closed && !connection.paused) {
    const std::string_view bytes = std::string_view(connection.to_broker).substr(used);
    const auto result = mqtt::Decode(
        bytes,
        mqtt::DecodeOptions{mqtt::Sender::kClient, connection.version, limits_.packet_bytes_max});
    if (std::holds_alternative<mqtt::NeedMore>(result)) break;
    if (const auto* error = std::get_if<mqtt::DecodeError>(&result)) {
      broker_->Apply(broker::Malformed{ConnId{link}, *error});
      // The core closes; that effect may have to wait, but nothing behind these bytes is decoded.
      connection.paused = true;
      break;
    }
    const auto& decoded = std::get<mqtt::Decoded>(result);
    if (const auto* connect = std::get_if<mqtt::Connect>(&decoded.packet)) {
      connection.version = connect->version;
    }
    used += decoded.consumed;
    broker_->Apply(broker::Received{ConnId{link}, decoded.packet});
    std::vector<broker::Effect> effects = std::exchange(broker_->effects(), {});
    for (const broker::Effect& effect : effects) CarryOut(effect);
  }
  connection.to_broker.erase(0, used);
}

void CoreWorld::RunUntilQuiet() {
  for (int turn = 0; turn < kTurnsMax; ++turn) {
    broker_->Collect();
    broker_->EndTurn();
    std::vector<broker::Effect> effects = std::exchange(broker_->effects(), {});
    if (effects.empty() && !broker_->commit_pending() && journal_->pending_reads() == 0) return;
    for (const broker::Effect& effect : effects) CarryOut(effect);
  }
  throw Failure("the broker never gets quiet");
}

void CoreWorld::CarryOut(const broker::Effect& effect) {
  std::visit(
      Overloaded{
          [&](const broker::Send& send) {
            Connection& connection = connections_.at(send.conn.value());
            if (connection.closed) throw Failure("the broker sends on a connection it closed");
            broker::Encode(send, connection.to_client);
            broker_->Apply(broker::Writable{send.conn});
          },
          [&](const broker::Close& close) { connections_.at(close.conn.value()).closed = true; },
          [&](const broker::PauseReading& pause) {
            connections_.at(pause.conn.value()).paused = true;
          },
          [&](const broker::ResumeReading& resume) {
            connections_.at(resume.conn.value()).paused = false;
            Deliver(resume.conn.value());
          },
          [](const broker::Authenticate& /*question*/) {},
          [](const broker::Notice& /*notice*/) {},
          [](const broker::Stop& stop) { throw Failure("the broker stops: " + stop.reason); },
      },
      effect);
}

void CoreWorld::Close(Link link) {
  if (!connections_.at(link).closed) {
    connections_.at(link).closed = true;
    broker_->Apply(broker::Closed{ConnId{link}});
    RunUntilQuiet();
  }
  connections_.erase(link);
}

World::Incoming CoreWorld::Read(Link link, std::string& in) {
  Connection& connection = connections_.at(link);
  if (!connection.to_client.empty()) {
    in += std::exchange(connection.to_client, {});
    return Incoming::kBytes;
  }
  return connection.closed ? Incoming::kClosed : Incoming::kNone;
}

milliseconds CoreWorld::Await(Link link, milliseconds limit) {
  constexpr std::uint64_t kStepMs = 10;
  const std::uint64_t start_ms = now_ms_;
  const auto limit_ms = static_cast<std::uint64_t>(limit.count());
  const Connection& connection = connections_.at(link);
  while (!connection.closed && connection.to_client.empty() && now_ms_ - start_ms < limit_ms) {
    now_ms_ += kStepMs;
    broker_->Apply(broker::Tick{now_ms_, now_ms_});
    RunUntilQuiet();
  }
  return std::min(limit, milliseconds(now_ms_ - start_ms));
}

}  // namespace tallymq::spec
