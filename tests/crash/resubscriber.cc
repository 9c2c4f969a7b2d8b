#include "resubscriber.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "message_text.h"

namespace tallymq::crash {

using State = SubscriptionLedger::State;

Resubscriber::Resubscriber(Poller& poller, PeerOptions options, Random random, QoS qos,
                           std::vector<std::string> filters, const RetainedLedger& retained,
                           std::vector<StreamId> still, const bool* open, Faults& faults)
    : FencedPeer(poller, std::move(options), random, qos),
      filters_(std::move(filters)),
      retained_(retained),
      still_(std::move(still)),
      open_(open),
      faults_(faults),
      arrived_(still_.size()) {}

std::uint64_t Resubscriber::due() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : arrived_) sum += acknowledged_ - std::min(acknowledged_, count);
  return sum;
}

std::uint64_t Resubscriber::arrived() const {
  return std::accumulate(arrived_.begin(), arrived_.end(), std::uint64_t{0});
}

void Resubscriber::Finished() {
  for (std::size_t i = 0; i < still_.size(); ++i) {
    if (arrived_[i] < acknowledged_) {
      faults_.Add(&Faults::lost,
                  fmt::format("{}: {} subscriptions brought the retained message of {} {} times",
                              client_id(), acknowledged_, retained_.topic(still_[i]), arrived_[i]));
    }
  }
}

void Resubscriber::Ask(const std::string& filter, bool subscribe) {
  request_ = {filter, subscribe};
  subscriptions_.Asked(filter);
  const auto parsed = *mqtt::TopicFilter::Parse(filter);
  if (subscribe) {
    mqtt::SubscriptionRequest request;
    request.filter = parsed;
    request.qos = QoS::kExactlyOnce;
    if (filter == filters_[0]) ++asked_;
    TALLYMQ_ASSERT(client().Subscribe({&request, 1}, {}).has_value());
  } else {
    TALLYMQ_ASSERT(client().Unsubscribe({&parsed, 1}, {}).has_value());
  }
}

void Resubscriber::OnTurn() {
  if (subscriptions_.state(fence()) == State::kPresent) {
    FencedPeer::OnTurn();
  } else if (connected() && !request_) {
    Ask(fence(), true);
  }
  const Moment now = Clock::now();
  if (!connected() || request_ || !*open_ || now < next_) return;
  next_ = now + std::chrono::milliseconds(random().Between(1, 25));
  const bool still = random().Chance(30);
  const std::string& filter = filters_[still ? 0 : 1 + random().Below(filters_.size() - 1)];
  const State state = subscriptions_.state(filter);
  const bool subscribe = state == State::kUnknown ? random().Chance(50) : state == State::kAbsent;
  // UNSUBSCRIBE may end a delivery of retained messages, and so may another SUBSCRIBE.
  if (still && due() > 0) return;
  Ask(filter, subscribe);
}

void Resubscriber::OnMessage(const client::Message& message) {
  if (TakeFence(message)) return;
  const auto name = ReadPayload(message.payload);
  if (!name || name->stream.value() >= retained_.size() ||
      retained_.topic(name->stream) != message.topic) {
    if (message.payload.empty() && !message.retain) return;  // a live clear
    Complain(fmt::format("a damaged message on topic {}", message.topic));
    return;
  }
  const auto still = std::find(still_.begin(), still_.end(), name->stream);
  if (still == still_.end()) return;
  if (!message.retain) Complain(fmt::format("{} came without RETAIN", message.topic));
  std::uint64_t& count = arrived_[static_cast<std::size_t>(still - still_.begin())];
  ++count;
  if (qos() == QoS::kExactlyOnce && message.qos == qos() && count > asked_) {
    faults_.Add(&Faults::duplicated,
                fmt::format("{}: {} subscriptions brought the retained message of {} {} times",
                            client_id(), asked_, message.topic, count));
  }
}

void Resubscriber::OnEvent(const client::Event& event, bool /*mute*/) {
  if (std::holds_alternative<client::Subscribed>(event) ||
      std::holds_alternative<client::Unsubscribed>(event)) {
    subscriptions_.Answered(request_->filter, request_->subscribe);
    if (request_->subscribe && request_->filter == filters_[0]) ++acknowledged_;
    request_.reset();
  } else if (const auto* message = std::get_if<client::Message>(&event)) {
    OnMessage(*message);
  }
}

// Whether the broker took the request, nobody knows.
void Resubscriber::OnEnd(End /*end*/) { request_.reset(); }

}  // namespace tallymq::crash
