// What outlives connections, and for how long: wills, expiry, what the last process left behind,
// the clocks.
//
// All deadlines are in broker time, which nobody can set and which goes on over downtime. Contract:
// D5, D9.

#include <algorithm>
#include <utility>

#include "core.h"
#include "tallymq/base/mutant.h"

namespace tallymq::broker {

namespace {

// Sessions that one turn ends, publishes the will of, or reaps.
constexpr std::size_t kSlice = 64;
constexpr std::uint64_t kHourMs = 3'600'000;
// Wall clock and broker time may drift apart by so much before it is written down.
constexpr std::uint64_t kDriftMs = 1000;

}  // namespace

// ---- Wills. [design 9.11]

void Core::PublishWill(Session& session) {
  const std::unique_ptr<Will> will = std::move(session.will);
  if (!Mutant("will-left-behind")) context_.commit.batch().EraseWill(session.number);
  context_.commit.Urge();
  const storage::Message& message = *will->message;
  const Publication publication{message.qos(),        message.retain(),
                                message.expiry_s(),   mqtt::TopicName::Known(message.topic()),
                                message.properties(), message.payload()};
  CollectRecipients(publication, &session);
  if (TooWide(publication)) {
    ++context_.counters.refused_too_wide;
    context_.effects.emplace_back(Notice{Notice::Level::kError,
                                         ConnId{0},
                                         session.client_id,
                                         {},
                                         "its will would write more than 64 MiB at once, and is "
                                         "not published"});
    return;
  }
  ++context_.counters.wills_published;
  Admit(publication, true);
  Route(publication, true);
}

// ---- Sessions without a connection.

std::uint64_t Core::ExpiresAt(const Session& session) const {
  if (session.connection != nullptr || !session.persistent()) return kNever;
  const bool names_it = session.record.protocol >= static_cast<std::uint8_t>(mqtt::Version::k50);
  const std::uint32_t expiry_s =
      names_it ? session.record.expiry_s : context_.limits.session_expiry_s;
  if (expiry_s == kNoExpiry) return kNever;
  return session.record.disconnected_ms + std::uint64_t{expiry_s} * 1000;
}

// Spec: [MQTT-3.1.2-8], [MQTT-3.1.3-9].
std::uint64_t Core::WillDueAt(const Session& session) const {
  if (session.connection != nullptr || !session.will) return kNever;
  return session.record.disconnected_ms + std::uint64_t{session.will->delay_s} * 1000;
}

void Core::WatchDues(Session& session) {
  const std::uint64_t at_ms = std::min(ExpiresAt(session), WillDueAt(session));
  if (at_ms >= session.due_ms) return;  // the earlier one leads to it
  session.due_ms = at_ms;
  dues_.push(Due{at_ms, session.number});
}

void Core::ForgetWill(Session& session) {
  session.will.reset();
  if (!Mutant("will-not-taken-back")) context_.commit.batch().EraseWill(session.number);
  context_.commit.Urge();
}

void Core::ExpireSession(Session& session) {
  context_.effects.emplace_back(
      Notice{Notice::Level::kInfo, ConnId{0}, session.client_id, {}, "the session has expired"});
  ++context_.counters.sessions_expired;
  if (session.will) PublishWill(session);
  EndSession(session);
  context_.commit.Urge();
}

void Core::SettleOrphans() {
  for (std::size_t i = 0; i < kSlice && !orphans_.empty() && !context_.commit.full(); ++i) {
    const auto it = by_number_.find(orphans_.back());
    orphans_.pop_back();
    if (it == by_number_.end() || it->second->connection != nullptr) continue;  // it came back
    Session& session = *it->second;
    if (session.will) PublishWill(session);
    if (!session.outlives()) EndSession(session);
    context_.commit.Urge();
  }
}

void Core::SettleDues() {
  const std::uint64_t now_ms = times().broker_ms;
  for (std::size_t i = 0; i < kSlice && !dues_.empty() && !context_.commit.full(); ++i) {
    const Due due = dues_.top();
    if (due.at_ms > now_ms) break;
    dues_.pop();
    const auto it = by_number_.find(due.session);
    if (it == by_number_.end() || it->second->due_ms != due.at_ms) continue;
    Session& session = *it->second;
    session.due_ms = kNever;
    if (ExpiresAt(session) <= now_ms) {
      ExpireSession(session);
      continue;
    }
    if (WillDueAt(session) <= now_ms) PublishWill(session);
    WatchDues(session);
  }
}

void Core::ReapDead() {
  for (std::size_t i = 0; i < kSlice && !dead_.empty() && !context_.commit.full(); ++i) {
    context_.commit.batch().ReapSession(dead_.back());
    context_.commit.Urge();
    dead_.pop_back();
  }
}

// ---- Clocks.

std::uint64_t Core::ClocksDueMs() const {
  return context_.now_ms + kHourMs - std::min(kHourMs, times().broker_ms - recorded_.broker_ms);
}

void Core::RecordClocks() {
  const storage::Times now = times();
  const std::uint64_t moved_ms =  // modulo 2^64, as both clocks count from their own beginnings
      (now.wall_ms - now.broker_ms) - (recorded_.wall_ms - recorded_.broker_ms);
  const bool drifted = moved_ms > kDriftMs && moved_ms < std::uint64_t{0} - kDriftMs;
  if (drifted || ClocksDueMs() <= context_.now_ms) context_.commit.Urge();
}

}  // namespace tallymq::broker
