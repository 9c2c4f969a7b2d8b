#include "connection.h"
#include "tallymq/base/mutant.h"

#include <algorithm>
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

// It gives a 5.0 client one of its receive maximum back. Spec: section 4.9.
bool EndsReceiving(const OutPacket& packet) {
  if (const auto* pubrec = std::get_if<mqtt::Pubrec>(&packet)) {
    return mqtt::IsFailure(pubrec->reason);
  }
  return std::holds_alternative<mqtt::Puback>(packet) ||
         std::holds_alternative<mqtt::Pubcomp>(packet);
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
  if (auto* publish = std::get_if<OutPublish>(&packet)) {
    ++context_.counters.publishes_sent[static_cast<int>(publish->qos)];
    if (version == mqtt::Version::k50) Complete(*publish);
  } else if (std::holds_alternative<OutConnack>(packet)) {
    connack_left_ = true;
  } else if (receiving > 0 && EndsReceiving(packet)) {
    --receiving;
  }
  context_.effects.emplace_back(broker::Send{id, version, std::move(packet)});
}

// What is decided when a PUBLISH leaves: none that is dropped takes an alias with it.
void Connection::Complete(OutPublish& publish) {
  const storage::Message& message = *publish.message;
  if (message.expiry_s()) {
    // Spec: [MQTT-3.3.2-6].
    const std::uint64_t waited_s = (context_.broker_ms() - message.published_ms()) / 1000;
    publish.expiry_s = static_cast<std::uint32_t>(
        *message.expiry_s() - std::min<std::uint64_t>(*message.expiry_s(), waited_s));
  }
  const std::uint16_t aliases_max =
      std::min(terms.topic_aliases_max, context_.limits.topic_aliases_max);
  if (aliases_max == 0) return;
  // With an alias it is larger than it was judged.
  if (!terms.HasRoomFor(message.size(), publish.subscriptions.size())) return;
  if (!aliases) aliases = std::make_unique<TopicAliases>();
  const TopicAliases::Outgoing outgoing = aliases->Assign(message.topic(), aliases_max);
  publish.topic_alias = outgoing.alias;
  publish.topic_known = outgoing.known;
}

void Connection::SendLast(mqtt::ReasonCode reason, std::string_view why) {
  if (version != mqtt::Version::k50 || !connack_left_) return;
  OutDisconnect disconnect{reason, {}};
  if (terms.Allows(why)) {
    mqtt::PropertyWriter(disconnect.properties).Add(mqtt::PropertyId::kReasonString, why);
  }
  HandOut(std::move(disconnect));
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
