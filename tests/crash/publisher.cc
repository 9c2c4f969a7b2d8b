#include "publisher.h"

namespace tallymq::crash {

namespace {

constexpr unsigned kNumberBits = 40;

client::Token TokenOf(const MessageName& name) {
  return client::Token{static_cast<std::uint64_t>(name.stream.value()) << kNumberBits |
                       name.number};
}

MessageName NameOf(client::Token token) {
  return {StreamId{static_cast<std::uint32_t>(token.value() >> kNumberBits)},
          token.value() & ((std::uint64_t{1} << kNumberBits) - 1)};
}

}  // namespace

Publisher::Publisher(Poller& poller, PeerOptions options, Random random, Oracle& oracle, QoS qos,
                     std::uint32_t index, std::uint32_t topics, const bool* open)
    : Peer(poller, std::move(options), random),
      oracle_(oracle),
      qos_(qos),
      first_stream_(index * topics),
      open_(open) {
  for (std::uint32_t i = 0; i < topics; ++i) topics_.push_back(TopicOf(index, i));
}

void Publisher::OnTurn() {
  while (*open_ && client().window_open()) {
    const auto topic = static_cast<std::uint32_t>(random().Below(topics_.size()));
    const StreamId stream{first_stream_ + topic};
    const MessageName name{stream, oracle_.Publish(stream)};
    WritePayload(name, payload_);
    const auto id = client().Publish(*mqtt::TopicName::Parse(topics_[topic]), payload_, qos_, false,
                                     TokenOf(name));
    TALLYMQ_ASSERT(id.has_value());
  }
}

void Publisher::OnConnecting(mqtt::Connect&) {
  resending_.clear();
  for (const client::OutgoingMessage& message : session().unacknowledged()) {
    if (message.sent) resending_.push_back(NameOf(message.token));
  }
}

void Publisher::OnEvent(const client::Event& event, bool mute) {
  if (std::holds_alternative<client::Connected>(event)) {
    if (!mute) {
      for (const MessageName& name : resending_) oracle_.Resent(name.stream, name.number);
    }
  } else if (const auto* accepted = std::get_if<client::Accepted>(&event)) {
    if (accepted->repeated) return;
    const MessageName name = NameOf(accepted->token);
    oracle_.Accepted(name.stream, name.number);
    if (mute) accepted_late_.push_back(accepted->packet_id);
  } else if (const auto* acknowledged = std::get_if<client::Acknowledged>(&event)) {
    if (acknowledged->qos != QoS::kAtLeastOnce) return;
    const MessageName name = NameOf(acknowledged->token);
    oracle_.Accepted(name.stream, name.number);
  }
}

}  // namespace tallymq::crash
