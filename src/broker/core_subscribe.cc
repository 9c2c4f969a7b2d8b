// SUBSCRIBE and UNSUBSCRIBE.

#include <algorithm>
#include <utility>

#include "core.h"
#include "tallymq/base/mutant.h"

namespace tallymq::broker {

void Core::BeginRetained(Session& session, std::string_view filter,
                         storage::SubscriptionRecord& record) {
  session.sender->DropRetained(filter);
  const Commit& commit = context_.commit;
  if (context_.retained.count == 0 && commit.IsDurable(context_.retained_at)) return;
  storage::RetainedScan& scan = record.scan.emplace();
  scan.before = next_message_;
  if (session.persistent() && record.qos != QoS::kAtMostOnce) {
    scan.next = session.next_seq;
    scan.end = storage::Seq{session.next_seq.value() + storage::RetainedScan::kRange};
    session.next_seq = scan.end;
  }
  session.retained.push_back(RetainedDelivery{std::string(filter), record, context_.retained_at});
  if (!session.retained.back().in_queue()) record.scan.reset();
}

void Core::GoOnRetained(Session& session, std::string_view filter,
                        storage::SubscriptionRecord& record) {
  for (RetainedDelivery& delivery : session.retained) {
    if (delivery.filter != filter) continue;
    if (!delivery.in_queue()) {
      delivery.record.identifier = record.identifier;
      return;
    }
    record.scan = delivery.record.scan;
    delivery.record = record;
    return;
  }
}

mqtt::ReasonCode Core::Subscribe(Session& session, const mqtt::SubscriptionRequest& request,
                                 std::uint32_t identifier) {
  const std::string_view text = request.filter.text();
  const auto it = std::lower_bound(session.filters.begin(), session.filters.end(), text);
  const bool existing = it != session.filters.end() && *it == text;
  // Spec: [MQTT3-3.9.3-2].
  if (!TopicAllowed(text)) {
    ++context_.counters.refused_subscriptions;
    return mqtt::ReasonCode::kTopicFilterInvalid;
  }
  if (!existing && session.filters.size() >= context_.limits.subscriptions_max) {
    ++context_.counters.refused_subscriptions;
    return mqtt::ReasonCode::kQuotaExceeded;
  }
  tree_.Set(
      request.filter,
      Subscriber{&session, request.qos, request.no_local, request.retain_as_published, identifier},
      existing);
  if (!existing) {
    session.filters.emplace(it, text);
    ++context_.counters.subscriptions;
  }
  storage::SubscriptionRecord record{request.qos, request.no_local, request.retain_as_published,
                                     request.retain_handling, identifier};
  // Spec: [MQTT3-3.8.4-3], [MQTT-3.3.1-9], [MQTT-3.3.1-10], [MQTT-3.3.1-11], [MQTT-3.8.4-3].
  if (request.retain_handling == 0 || (request.retain_handling == 1 && !existing)) {
    BeginRetained(session, text, record);
  } else {
    GoOnRetained(session, text, record);
  }
  if (session.persistent()) context_.commit.batch().PutSubscription(session.number, text, record);
  return static_cast<mqtt::ReasonCode>(request.qos);
}

bool Core::Unsubscribe(Session& session, const mqtt::TopicFilter& filter) {
  const auto it = std::lower_bound(session.filters.begin(), session.filters.end(), filter.text());
  if (it == session.filters.end() || *it != filter.text()) return false;
  tree_.Remove(filter, &session);
  session.filters.erase(it);
  session.sender->DropRetained(filter.text());
  --context_.counters.subscriptions;
  if (session.persistent()) {
    context_.commit.batch().EraseSubscription(session.number, filter.text());
  }
  return true;
}

void Core::On(Connection& connection, const mqtt::Subscribe& packet) {
  Session& session = *connection.session;
  mqtt::Suback suback{.packet_id = packet.packet_id};
  const std::uint32_t identifier =
      mqtt::FindNumber(packet.properties, mqtt::PropertyId::kSubscriptionIdentifier).value_or(0);
  const bool v5 = connection.version == mqtt::Version::k50;
  for (const mqtt::SubscriptionRequest& request : packet.requests) {
    if (v5 && request.filter.is_shared()) {
      suback.codes.push_back(mqtt::ReasonCode::kSharedSubscriptionsNotSupported);
      continue;
    }
    suback.codes.push_back(Subscribe(session, request, identifier));
  }
  // The state record goes along: it reserves what the first deliveries would have to write.
  const Lsn rests_on = session.persistent() ? context_.commit.GateState(session) : Lsn{0};
  connection.Send(std::move(suback), Mutant("suback-early") ? Lsn{0} : rests_on);
  if (!session.retained.empty()) session.sender->OnRetainedAdded();
}

void Core::On(Connection& connection, const mqtt::Unsubscribe& packet) {
  Session& session = *connection.session;
  mqtt::Unsuback unsuback{.packet_id = packet.packet_id};
  bool removed = false;
  for (const mqtt::TopicFilter& filter : packet.filters) {
    const bool existed = Unsubscribe(session, filter);
    removed = removed || existed;
    // Spec: [MQTT-3.11.3-2]. 3.x has no codes.
    if (connection.version != mqtt::Version::k50) continue;
    unsuback.codes.push_back(existed ? mqtt::ReasonCode::kSuccess
                                     : mqtt::ReasonCode::kNoSubscriptionExisted);
  }
  // Spec: [MQTT3-3.10.4-5]. Where nothing was removed now, an earlier removal is before this
  // answer.
  const Lsn rests_on = removed && session.persistent() ? context_.commit.lsn() : Lsn{0};
  connection.Send(std::move(unsuback), Mutant("unsuback-early") ? Lsn{0} : rests_on);
}

}  // namespace tallymq::broker
