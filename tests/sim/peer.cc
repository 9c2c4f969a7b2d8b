#include "peer.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "plain.h"

namespace tallymq::sim {
namespace {

constexpr std::string_view kWillTopics[] = {"a", "a/b", "b/c/d", "$x/b"};

}  // namespace

Peer::Peer(int number, const PeerShape& shape, std::uint64_t clean_start_percent)
    : number_(number),
      name_("c" + std::to_string(number)),
      shape_(shape),
      clean_start_percent_(clean_start_percent),
      client_(std::make_unique<client::Client>(shape.options)),
      wanted_(shape.filters) {}

bool Peer::Connect(std::uint64_t conn, std::uint64_t will, Random& random, bool calm,
                   Delivery& delivery) {
  conn_ = conn;
  const bool drop = shape_.persistent && !calm && random.Chance(clean_start_percent_);
  if (drop) must_clean_ = dropped_session_ = true;
  clean_ = !shape_.persistent || must_clean_;
  mqtt::Connect connect;
  connect.version = shape_.version;
  connect.clean_start = clean_;
  connect.keep_alive_s = shape_.keep_alive_s;
  connect.client_id = name_;
  if (clean_) {
    granted_.clear();
    delivery.OnCleanStart(number_);
  }
  const std::string payload = PayloadOf(will, 0);
  heard_ = false;
  // Who is refused again and again would leave a will each time.
  const bool has_will = random.Chance(shape_.will_percent) && !calm;
  if (has_will) {
    const std::string_view topic = kWillTopics[random.Below(std::size(kWillTopics))];
    connect.will = mqtt::Will{.qos = static_cast<QoS>(random.Below(3)),
                              .retain = random.Chance(25),
                              .topic = *mqtt::TopicName::Parse(topic),
                              .payload = payload};
    delivery.OnWill({will, number_, std::string(topic), static_cast<int>(connect.will->qos)});
  }
  client_->Connect(connect);
  return has_will;
}

void Peer::Lost(std::uint64_t back_ms) {
  conn_ = 0;
  back_ms_ = back_ms;
  // That its session had ended it would not hear again: it must begin anew.
  if (shape_.expires && !heard_) must_clean_ = true;
  client_->ConnectionLost();
  asked_.clear();
  // What belonged to a clean session must not be used again. [MQTT3-3.1.2-6]
  if (clean_) {
    client_ = std::make_unique<client::Client>(shape_.options);
    granted_.clear();
  }
}

void Peer::Subscribe(Delivery& delivery) {
  if (!asked_.empty()) return;
  Asked subscribe{true, {}};
  Asked unsubscribe{false, {}};
  for (const auto& [filter, qos] : wanted_) {
    const auto it = granted_.find(filter);
    if (it == granted_.end() || it->second != qos) subscribe.filters.emplace(filter, qos);
  }
  for (const auto& [filter, qos] : granted_) {
    if (!wanted_.contains(filter)) unsubscribe.filters.emplace(filter, qos);
  }
  if (!subscribe.filters.empty()) {
    std::vector<mqtt::SubscriptionRequest> requests;
    for (const auto& [filter, qos] : subscribe.filters) {
      delivery.OnUnsubscribing(number_, filter);
      requests.push_back(
          {.filter = *mqtt::TopicFilter::Parse(filter), .qos = static_cast<QoS>(qos)});
    }
    if (client_->Subscribe(requests, client::Token{next_token_++})) asked_.push_back(subscribe);
  }
  if (!unsubscribe.filters.empty()) {
    std::vector<mqtt::TopicFilter> filters;
    for (const auto& [filter, qos] : unsubscribe.filters) {
      delivery.OnUnsubscribing(number_, filter);
      filters.push_back(*mqtt::TopicFilter::Parse(filter));
    }
    if (client_->Unsubscribe(filters, client::Token{next_token_++})) asked_.push_back(unsubscribe);
  }
}

void Peer::ChangeMind(Random& random) {
  if (shape_.filters.empty()) return;
  auto filter = shape_.filters.begin();
  std::advance(filter, static_cast<long>(random.Below(shape_.filters.size())));
  if (wanted_.contains(filter->first) && random.Chance(50)) {
    wanted_.erase(filter->first);
  } else {
    wanted_[filter->first] = static_cast<int>(random.Below(3));
  }
}

bool Peer::Publish(std::uint64_t number, std::size_t payload_bytes_max, Random& random,
                   Delivery& delivery, History& history) {
  if (!may_publish() || !client_->window_open()) return false;
  const std::uint64_t chance = random.Below(100);
  const int qos = chance < shape_.qos_percent[0]                           ? 0
                  : chance < shape_.qos_percent[0] + shape_.qos_percent[1] ? 1
                                                                           : 2;
  const std::string& topic = shape_.topics[random.Below(shape_.topics.size())];
  const bool retain = random.Chance(shape_.retain_percent);
  const bool clear = retain && random.Chance(shape_.clear_percent);
  std::string payload = PayloadOf(number, random.Below(payload_bytes_max + 1));
  if (clear) payload.clear();
  const auto id = client_->Publish(*mqtt::TopicName::Parse(topic), payload, static_cast<QoS>(qos),
                                   retain, client::Token{number});
  if (!id) return false;
  ++published_;
  if (!clear) delivery.OnPublish({number, number_, topic, qos});
  history.Add(number_, conn_,
              (clear ? "clears m" : "publishes m") + std::to_string(number) + " q" +
                  std::to_string(qos) + " " + topic,
              number);
  return true;
}

void Peer::KeepAlive(std::uint64_t now_ms) {
  if (shape_.keep_alive_s != 0 && now_ms - wrote_ms_ > shape_.keep_alive_s * 500u) client_->Ping();
}

std::string Peer::Hear(const client::Event& event, Delivery& delivery, History& history) {
  if (const auto* connected = std::get_if<client::Connected>(&event)) {
    const bool unknown = shape_.version == mqtt::Version::k31;
    if (!connected->session_present && !unknown) granted_.clear();
    if (!connected->session_present && !clean_ && shape_.expires) delivery.OnExpired(number_);
    if (clean_ && connected->session_present) return "a session is present after a clean start";
    must_clean_ = false;
    heard_ = true;
  } else if (const auto* message = std::get_if<client::Message>(&event)) {
    Packet packet{.type = Type::kPublish, .id = message->packet_id.value()};
    packet.qos = static_cast<int>(message->qos);
    packet.dup = message->dup;
    packet.retain = message->retain;
    packet.topic = message->topic;
    packet.message = NumberIn(message->payload);
    history.Add(number_, conn_, History::At::kHeard, packet);
    if (!packet.retain && packet.message != 0) {
      delivery.OnMessage(number_, packet.message, packet.qos);
    }
  } else if (const auto* accepted = std::get_if<client::Accepted>(&event)) {
    delivery.OnAccepted(accepted->token.value());
  } else if (const auto* acknowledged = std::get_if<client::Acknowledged>(&event)) {
    delivery.OnAccepted(acknowledged->token.value());
  } else if (std::holds_alternative<client::Subscribed>(event) ||
             std::holds_alternative<client::Unsubscribed>(event)) {
    if (asked_.empty()) return "an answer to no request";
    const Asked asked = std::move(asked_.front());
    asked_.erase(asked_.begin());
    for (const auto& [filter, qos] : asked.filters) {
      if (asked.subscribe) {
        granted_[filter] = qos;
        if (shape_.persistent && !clean_) delivery.OnSubscribed(number_, filter, qos);
      } else {
        granted_.erase(filter);
      }
    }
  } else if (const auto* error = std::get_if<client::ProtocolError>(&event)) {
    return std::string(error->what);
  } else if (std::holds_alternative<client::Refused>(event)) {
    return "CONNECT was refused";
  }
  return {};
}

std::size_t Peer::open_exchanges() const {
  const client::Session& session = client_->session();
  std::size_t open = session.incoming().Count() + session.released().size();
  for (const client::OutgoingMessage& message : session.unacknowledged()) {
    if (message.qos == QoS::kExactlyOnce && message.sent) ++open;
  }
  return open;
}

bool Peer::at_rest() const {
  return conn_ != 0 && client_->connected() && client_->session().empty() && asked_.empty() &&
         granted_ == wanted_;
}

}  // namespace tallymq::sim
