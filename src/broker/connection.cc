#include "connection.h"
#include "tallymq/base/mutant.h"

#include <utility>
#include <variant>

namespace tallymq::broker {
namespace {

bool MayOvertake(const OutPacket& packet) {
  if (const auto* publish = std::get_if<OutPublish>(&packet)) {
    return publish->qos == QoS::kAtMostOnce;
  }
  return std::holds_alternative<mqtt::Pingresp>(packet);
}

}  // namespace

std::size_t WireBytes(const OutPacket& packet) {
  if (const auto* publish = std::get_if<OutPublish>(&packet)) {
    const storage::Message& message = *publish->message;
    return 9 + message.topic().size() + message.properties().size() + message.payload().size();
  }
  return 8;
}

void Connection::HandOut(OutPacket packet) {
  const std::size_t bytes = WireBytes(packet);
  unwritten_bytes_ += bytes;
  context_.counters.buffered_bytes += bytes;
  if (const auto* publish = std::get_if<OutPublish>(&packet)) {
    ++context_.counters.publishes_sent[static_cast<int>(publish->qos)];
  } else if (std::holds_alternative<mqtt::Connack>(packet)) {
    connack_left_ = true;
  }
  context_.effects.emplace_back(broker::Send{id, version, std::move(packet)});
}

void Connection::Send(OutPacket packet, Lsn rests_on) {
  if (rests_on == context_.commit.lsn()) context_.commit.Urge();
#ifdef TALLYMQ_FAULTS
  if (context_.limits.early_acknowledgements) rests_on = Lsn{0};
#endif
  if ((waiting_.empty() || Mutant("overtaking")) && context_.commit.IsDurable(rests_on)) {
    HandOut(std::move(packet));
    return;
  }
  const std::size_t bytes = WireBytes(packet);
  queued_bytes_ += bytes;
  context_.counters.buffered_bytes += bytes;
  if (MayOvertake(packet)) ++queued_unordered_;
  waiting_.push_back(Stamped{rests_on, std::move(packet)});
  if (!listed_) {
    listed_ = true;
    context_.gated.push_back(this);
  }
}

bool Connection::SendUnordered(OutPacket packet, Lsn rests_on) {
  // The budget that all share costs nobody its PINGRESP.
  if (std::holds_alternative<OutPublish>(packet) ? congested() : full()) return false;
  if (connack_left_ && queued_unordered_ == 0 && context_.commit.IsDurable(rests_on)) {
    HandOut(std::move(packet));
  } else {
    Send(std::move(packet), rests_on);
  }
  return true;
}

bool Connection::Release() {
  while (!waiting_.empty() && context_.commit.IsDurable(waiting_.front().rests_on)) {
    OutPacket packet = std::move(waiting_.front().packet);
    waiting_.pop_front();
    const std::size_t bytes = WireBytes(packet);
    queued_bytes_ -= bytes;
    context_.counters.buffered_bytes -= bytes;
    if (MayOvertake(packet)) --queued_unordered_;
    HandOut(std::move(packet));
  }
  if (waiting_.empty()) waiting_.Reset();
  listed_ = !waiting_.empty();
  return listed_;
}

}  // namespace tallymq::broker
