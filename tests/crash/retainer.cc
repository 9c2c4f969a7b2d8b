#include "retainer.h"

#include <algorithm>

#include "message_text.h"

namespace tallymq::crash {

namespace {
constexpr unsigned kNumberBits = 40;
}

Retainer::Retainer(Poller& poller, PeerOptions options, Random random, QoS qos,
                   RetainedLedger& ledger, std::vector<StreamId> topics,
                   std::vector<StreamId> still, const bool* open)
    : Peer(poller, std::move(options), random),
      qos_(qos),
      ledger_(ledger),
      topics_(std::move(topics)),
      still_(std::move(still)),
      open_(open) {}

QoS Retainer::QosOf(StreamId topic) const {
  return topic.value() % 3 == 0 ? QoS::kAtLeastOnce : qos_;
}

bool Retainer::ready() const {
  return known() && std::all_of(still_.begin(), still_.end(),
                                [this](StreamId topic) { return ledger_.accepted(topic) > 0; });
}

void Retainer::Send(StreamId topic, bool clear) {
  const std::uint64_t number = clear ? ledger_.Clear(topic) : ledger_.Set(topic);
  payload_.clear();
  if (!clear) WritePayload({topic, number}, payload_);
  const client::Token token{static_cast<std::uint64_t>(topic.value()) << kNumberBits | number};
  const auto id = client().Publish(*mqtt::TopicName::Parse(ledger_.topic(topic)), payload_,
                                   QosOf(topic), true, token);
  TALLYMQ_ASSERT(id.has_value());
}

void Retainer::OnTurn() {
  if (!connected()) return;
  if (!still_sent_) {
    still_sent_ = true;
    for (const StreamId topic : still_) Send(topic, false);
  }
  const Moment now = Clock::now();
  if (!*open_ || now < next_ || !client().window_open()) return;
  next_ = now + std::chrono::milliseconds(random().Between(0, 8));
  Send(topics_[random().Below(topics_.size())], random().Chance(30));
}

void Retainer::OnEvent(const client::Event& event, bool /*mute*/) {
  client::Token token;
  if (const auto* accepted = std::get_if<client::Accepted>(&event)) {
    if (accepted->repeated) return;
    token = accepted->token;
  } else if (const auto* acknowledged = std::get_if<client::Acknowledged>(&event)) {
    if (acknowledged->qos != QoS::kAtLeastOnce) return;
    token = acknowledged->token;
  } else {
    return;
  }
  ledger_.Accepted(StreamId{static_cast<std::uint32_t>(token.value() >> kNumberBits)},
                   token.value() & ((std::uint64_t{1} << kNumberBits) - 1));
}

}  // namespace tallymq::crash
