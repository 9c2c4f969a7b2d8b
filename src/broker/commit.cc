#include "commit.h"

#include <algorithm>

#include "session.h"
#include "tallymq/base/assert.h"
#include "tallymq/base/mutant.h"

namespace tallymq::broker {

Lsn Commit::GateState(Session& session) {
  TALLYMQ_ASSERT(session.persistent());
  if (!session.state_gated) {
    session.state_gated = true;
    gated_.push_back(&session);
  }
  return lsn_;
}

void Commit::DeferState(Session& session, std::uint64_t now_ms) {
  if (session.state_gated || session.lazy) return;
  if (lazy_.empty()) lazy_since_ms_ = now_ms;
  session.lazy = true;
  lazy_.push_back(&session);
}

void Commit::DeferRecord(Session& session, std::uint64_t now_ms) {
  session.record_dirty = true;
  DeferState(session, now_ms);
}

void Commit::Forget(Session& session) {
  if (session.state_gated) std::erase(gated_, &session);
  if (session.lazy) std::erase(lazy_, &session);
  session.state_gated = session.lazy = session.record_dirty = false;
}

void Commit::UrgeLazy() {
  for (Session* session : lazy_) GateState(*session);
  if (!lazy_.empty()) urgent_ = true;
}

void Commit::PutRecord(Session& session) {
  const SessionFacts& facts = session.record;
  storage::SessionRecord& record = record_;
  record.client_id = session.client_id;
  record.user_name = facts.user_name ? *facts.user_name : std::string();
  record.protocol = facts.protocol;
  record.expiry_s = facts.expiry_s;
  record.connected = facts.connected;
  record.start = facts.start;
  record.disconnected_ms = facts.disconnected_ms;
  record.epoch = facts.epoch;
  batch_->PutSession(session.number, record);
  session.record_dirty = false;
}

void Commit::Write(Session& session) {
  const bool connects = session.record_dirty;
  if (session.record_dirty) PutRecord(session);
  ReserveAhead(session, *this, limits_);
  if (!Mutant("connect-leaves-state") || !connects) {
    batch_->PutState(session.number, session.state);
  }
  if (IsDurable(session.recorded_at)) session.durable_floor = session.recorded_floor;
  session.recorded_floor = session.state.floor();
  session.recorded_at = lsn_;
  session.state_gated = false;
  session.lazy = false;
}

std::unique_ptr<storage::Batch> Commit::Close(storage::Times times) {
  TALLYMQ_ASSERT(!in_flight_);
  for (Session* session : gated_) Write(*session);
  gated_.clear();
  std::erase_if(lazy_, [](const Session* session) { return !session->lazy; });
  batch_->set_times(times);
  std::unique_ptr<storage::Batch> closed = std::move(batch_);
  batch_ = spare_ ? std::move(spare_) : std::make_unique<storage::Batch>();
  lsn_ = Lsn{lsn_.value() + 1};
  urgent_ = false;
  in_flight_ = true;
  return closed;
}

void Commit::OnDurable(Lsn lsn, std::unique_ptr<storage::Batch> batch) {
  TALLYMQ_ASSERT(in_flight_ && lsn.value() + 1 == lsn_.value());
  durable_ = lsn;
  in_flight_ = false;
  if (batch) {
    batch->Clear();
    spare_ = std::move(batch);
  }
}

}  // namespace tallymq::broker
