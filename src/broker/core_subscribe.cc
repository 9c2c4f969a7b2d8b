// SUBSCRIBE and UNSUBSCRIBE.

#include <algorithm>
#include <utility>

#include "core.h"
#include "tallymq/base/mutant.h"

namespace tallymq::broker {

QoS Core::Subscribe(Session& session, const mqtt::SubscriptionRequest& request) {
  const std::string_view text = request.filter.text();
  const bool existing =
      std::find(session.filters.begin(), session.filters.end(), text) != session.filters.end();
  tree_.Set(request.filter, Subscriber{&session, request.qos}, existing);
  if (!existing) {
    session.filters.emplace_back(text);
    ++context_.counters.subscriptions;
  }
  if (session.persistent()) {
    context_.commit.batch().PutSubscription(session.number, text, {.qos = request.qos});
  }
  return request.qos;
}

bool Core::Unsubscribe(Session& session, const mqtt::TopicFilter& filter) {
  const auto it = std::find(session.filters.begin(), session.filters.end(), filter.text());
  if (it == session.filters.end()) return false;
  tree_.Remove(filter, &session);
  session.filters.erase(it);
  --context_.counters.subscriptions;
  if (session.persistent()) {
    context_.commit.batch().EraseSubscription(session.number, filter.text());
  }
  return true;
}

void Core::On(Connection& connection, const mqtt::Subscribe& packet) {
  Session& session = *connection.session;
  mqtt::Suback suback{.packet_id = packet.packet_id};
  for (const mqtt::SubscriptionRequest& request : packet.requests) {
    suback.codes.push_back(static_cast<mqtt::ReasonCode>(Subscribe(session, request)));
  }
  // The state record goes along: it reserves what the first deliveries would have to write.
  const Lsn rests_on = session.persistent() ? context_.commit.GateState(session) : Lsn{0};
  connection.Send(std::move(suback), Mutant("suback-early") ? Lsn{0} : rests_on);
}

void Core::On(Connection& connection, const mqtt::Unsubscribe& packet) {
  Session& session = *connection.session;
  bool removed = false;
  for (const mqtt::TopicFilter& filter : packet.filters) {
    removed = Unsubscribe(session, filter) || removed;
  }
  // Spec: [MQTT3-3.10.4-5]. Where nothing was removed now, an earlier removal is before this
  // answer.
  const Lsn rests_on = removed && session.persistent() ? context_.commit.lsn() : Lsn{0};
  connection.Send(mqtt::Unsuback{.packet_id = packet.packet_id},
                  Mutant("unsuback-early") ? Lsn{0} : rests_on);
}

}  // namespace tallymq::broker
