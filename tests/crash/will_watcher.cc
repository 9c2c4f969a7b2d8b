#include "will_watcher.h"

#include <fmt/format.h>

#include <array>

#include "message_text.h"

namespace tallymq::crash {

WillWatcher::WillWatcher(Poller& poller, PeerOptions options, Random random, QoS qos,
                         WillLedger& ledger, std::string filter)
    : FencedPeer(poller, std::move(options), random, qos),
      ledger_(ledger),
      filter_(std::move(filter)) {}

void WillWatcher::OnMessage(const client::Message& message) {
  if (TakeFence(message)) return;
  const auto name = ReadPayload(message.payload);
  if (!name || name->stream.value() >= ledger_.size() ||
      ledger_.topic(name->stream) != message.topic) {
    Complain(fmt::format("a damaged will on topic {}", message.topic));
    return;
  }
  if (message.qos != qos() || message.retain) {
    Complain(fmt::format("will {} on {} came with QoS {}{}", name->number, message.topic,
                         static_cast<int>(message.qos), message.retain ? ", retained" : ""));
  }
  ledger_.Arrived(name->stream, {name->number, message.packet_id, message.dup});
}

void WillWatcher::OnEvent(const client::Event& event, bool /*mute*/) {
  if (std::holds_alternative<client::Connected>(event)) {
    if (subscribed_) return;
    std::array<mqtt::SubscriptionRequest, 2> requests;
    requests[0].filter = *mqtt::TopicFilter::Parse(filter_);
    requests[1].filter = *mqtt::TopicFilter::Parse(fence());
    for (mqtt::SubscriptionRequest& request : requests) request.qos = QoS::kExactlyOnce;
    TALLYMQ_ASSERT(client().Subscribe(requests, {}).has_value());
  } else if (std::holds_alternative<client::Subscribed>(event)) {
    subscribed_ = true;
  } else if (const auto* message = std::get_if<client::Message>(&event)) {
    OnMessage(*message);
  }
}

}  // namespace tallymq::crash
