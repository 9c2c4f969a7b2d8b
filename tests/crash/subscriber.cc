#include "subscriber.h"

#include <fmt/format.h>

#include "traffic.h"

namespace tallymq::crash {

Subscriber::Subscriber(Poller& poller, PeerOptions options, Random random, Oracle& oracle, QoS qos,
                       std::vector<std::string> filters, const std::vector<std::string>& topics)
    : Peer(poller, std::move(options), random),
      oracle_(oracle),
      inbox_(oracle.AddInbox(client_id())),
      qos_(qos),
      filters_(std::move(filters)),
      topics_(topics) {}

void Subscriber::Subscribe() {
  std::vector<mqtt::SubscriptionRequest> requests;
  for (const std::string& filter : filters_) {
    mqtt::SubscriptionRequest& request = requests.emplace_back();
    request.filter = *mqtt::TopicFilter::Parse(filter);
    request.qos = QoS::kExactlyOnce;
  }
  TALLYMQ_ASSERT(client().Subscribe(requests, {}).has_value());
}

void Subscriber::OnSubscribed(const client::Subscribed& event) {
  for (const mqtt::ReasonCode code : event.codes) {
    if (code != mqtt::ReasonCode::kGrantedQos2) Complain("SUBACK grants less than QoS 2");
  }
  for (const StreamId stream : StreamsOf(filters_, topics_)) oracle_.Subscribed(inbox_, stream);
  subscribed_ = true;
}

void Subscriber::OnMessage(const client::Message& message, bool mute) {
  const std::optional<MessageName> name = ReadPayload(message.payload);
  if (!name || name->stream.value() >= topics_.size() ||
      topics_[name->stream.value()] != message.topic) {
    Complain(fmt::format("a damaged message on topic {}, {} bytes", message.topic,
                         message.payload.size()));
    return;
  }
  if (message.qos != qos_ || message.retain) {
    Complain(fmt::format("stream {} message {} came with QoS {}{}", name->stream.value(),
                         name->number, static_cast<int>(message.qos),
                         message.retain ? ", retained" : ""));
    return;
  }
  inbox_.Arrived({name->stream, name->number, message.packet_id, message.dup}, !mute);
}

void Subscriber::OnEvent(const client::Event& event, bool mute) {
  if (std::holds_alternative<client::Connected>(event)) {
    inbox_.Connected();
    if (!subscribed_) Subscribe();
  } else if (const auto* subscribed = std::get_if<client::Subscribed>(&event)) {
    OnSubscribed(*subscribed);
  } else if (const auto* message = std::get_if<client::Message>(&event)) {
    OnMessage(*message, mute);
  } else if (const auto* repeated = std::get_if<client::Repeated>(&event)) {
    inbox_.Repeated(repeated->packet_id, repeated->dup, !mute);
  } else if (const auto* released = std::get_if<client::Released>(&event)) {
    inbox_.Released(released->packet_id, !mute);
  }
}

}  // namespace tallymq::crash
