#include "model_client.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace tallymq::broker {
namespace {

using Kind = ClientPacket::Kind;

template <typename... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <typename... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace

ModelClient::ModelClient(Plan plan) : plan_(std::move(plan)) {
  std::uint16_t id = 60'000;
  const auto add = [&](Kind kind, const std::string& filter) {
    if (filter.empty()) return;
    ClientPacket request;
    request.kind = kind;
    request.id = PacketId{++id};
    request.qos = plan_.filter_qos;
    request.topic = filter;
    setup_.push_back({request, false});
  };
  add(Kind::kSubscribe, plan_.earlier_filter);
  if (!plan_.earlier_filter.empty()) {
    ClientPacket clean;
    clean.clean = true;
    setup_.push_back({clean, false});
  }
  add(Kind::kSubscribe, plan_.filter);
  add(Kind::kSubscribe, plan_.dropped_filter);
  add(Kind::kUnsubscribe, plan_.dropped_filter);
}

bool ModelClient::finished() const {
  return setup_.empty() && open_.empty() && next_message_ > plan_.messages && answers_.empty() &&
         received_.empty();
}

void ModelClient::OnLost() {
  // A CONNECT without an answer may have come to something or not.
  if (connecting_ && (clean_ || session_ == Session::kGone)) session_ = Session::kUnknown;
  connecting_ = connected_ = false;
  answers_.clear();
  for (Open& open : open_) open.sent_here = false;
  for (Setup& setup : setup_) setup.sent_here = false;
}

std::optional<ClientPacket> ModelClient::Next(bool may_publish) {
  if (connecting_) return std::nullopt;
  const bool wants_clean = !setup_.empty() && setup_.front().request.kind == Kind::kConnect;
  if (connected_ && wants_clean) OnLost();  // it takes its own session over
  if (!connected_) {
    connecting_ = true;
    clean_ = wants_clean;
    ClientPacket connect;
    connect.clean = clean_;
    return connect;
  }
  if (!answers_.empty()) {
    ClientPacket answer = std::move(answers_.front());
    answers_.pop_front();
    return answer;
  }
  // Old before new, in the first order [MQTT3-4.6.0-1].
  for (Open& open : open_) {
    if (open.sent_here) continue;
    open.sent_here = true;
    if (!open.released) return Publish(open, std::exchange(open.sent, true));
    ClientPacket pubrel;
    pubrel.kind = Kind::kPubrel;
    pubrel.id = open.id;
    return pubrel;
  }
  if (!setup_.empty()) {
    Setup& setup = setup_.front();
    if (std::exchange(setup.sent_here, true)) return std::nullopt;
    return setup.request;
  }
  if (may_publish && next_message_ <= plan_.messages && open_.size() < plan_.window) {
    Open open;
    open.id = FreeId();
    open.message = next_message_++;
    open.sent = open.sent_here = true;
    open_.push_back(open);
    return Publish(open, false);
  }
  return std::nullopt;
}

// The lowest one: identifiers are used again as soon as they may be.
PacketId ModelClient::FreeId() const {
  std::uint16_t id = 1;
  while (std::ranges::any_of(open_, [&](const Open& open) { return open.id == PacketId{id}; }))
    ++id;
  return PacketId{id};
}

ClientPacket ModelClient::Publish(const Open& open, bool dup) const {
  ClientPacket publish;
  publish.kind = Kind::kPublish;
  publish.id = open.id;
  publish.qos = plan_.qos;
  publish.dup = dup;
  publish.topic = plan_.topic;
  publish.payload = plan_.id + " " + std::to_string(open.message);
  return publish;
}

std::string ModelClient::On(const OutPacket& packet) {
  return std::visit(
      Overloaded{
          [&](const OutConnack& connack) { return OnConnack(connack); },
          [&](const OutPublish& publish) { return OnPublish(publish); },
          [&](const mqtt::Suback& suback) { return OnSetupAnswer(suback.packet_id); },
          [&](const mqtt::Unsuback& unsuback) { return OnSetupAnswer(unsuback.packet_id); },
          [&](const mqtt::Puback& ack) { return OnAck(ack.packet_id, QoS::kAtLeastOnce, true); },
          [&](const mqtt::Pubrec& ack) { return OnAck(ack.packet_id, QoS::kExactlyOnce, false); },
          [&](const mqtt::Pubcomp& ack) { return OnAck(ack.packet_id, QoS::kExactlyOnce, true); },
          [&](const mqtt::Pubrel& pubrel) {
            received_.erase(pubrel.packet_id);
            Answer(Kind::kPubcomp, pubrel.packet_id);
            return std::string();
          },
          [](const auto& /*other*/) { return std::string("a packet that nobody asked for"); },
      },
      packet);
}

std::string ModelClient::OnConnack(const OutConnack& connack) {
  if (!connecting_) return "CONNACK on a connection that has it already";
  if (connack.reason != mqtt::ReasonCode::kSuccess) return "CONNECT was refused";
  connecting_ = false;
  if (clean_) {
    if (connack.session_present) return "a clean session is present";
    session_ = Session::kGone;
    setup_.pop_front();  // it comes back at once, for a session that lasts
    return {};
  }
  connected_ = true;
  if (connack.session_present ? session_ == Session::kGone : session_ == Session::kThere) {
    return connack.session_present ? "a session that was dropped is back"
                                   : "its session was forgotten";
  }
  session_ = Session::kThere;
  return {};
}

std::string ModelClient::OnPublish(const OutPublish& publish) {
  const std::string payload(publish.message->payload());
  if (publish.qos == QoS::kExactlyOnce) {
    const bool fresh = received_.insert(publish.packet_id).second;
    if (!fresh && !publish.dup) return "a message again, without DUP";  // [MQTT3-3.3.1-1]
    if (fresh) delivered_.push_back(payload);
    Answer(Kind::kPubrec, publish.packet_id);
  } else {
    delivered_.push_back(payload);
    if (publish.qos == QoS::kAtLeastOnce) Answer(Kind::kPuback, publish.packet_id);
  }
  return {};
}

std::string ModelClient::OnSetupAnswer(PacketId id) {
  if (setup_.empty() || setup_.front().request.id != id) return "an answer to no request";
  setup_.pop_front();
  return {};
}

std::string ModelClient::OnAck(PacketId id, QoS qos, bool ends) {
  const auto it = std::ranges::find(open_, id, &Open::id);
  if (it == open_.end() || qos != plan_.qos || !it->sent_here)
    return "an acknowledgement of nothing";
  if (!ends) {
    if (!std::exchange(it->released, true)) Answer(Kind::kPubrel, id);
  } else if (qos == QoS::kExactlyOnce && !it->released) {
    return "PUBCOMP before PUBREC";
  } else {
    open_.erase(it);
  }
  return {};
}

void ModelClient::Answer(Kind kind, PacketId id) {
  ClientPacket answer;
  answer.kind = kind;
  answer.id = id;
  answers_.push_back(answer);
}

}  // namespace tallymq::broker
