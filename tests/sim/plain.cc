#include "plain.h"

#include <algorithm>
#include <type_traits>
#include <variant>

#include "tallymq/base/assert.h"
#include "tallymq/mqtt/codec.h"

namespace tallymq::sim {
namespace {

constexpr std::size_t kNumberDigits = 8;

template <typename T>
Packet Answer(Type type, const T& packet) {
  Packet plain;
  plain.type = type;
  plain.id = packet.packet_id.value();
  return plain;
}

struct ToPlain {
  Packet operator()(const mqtt::Connect& connect) const {
    Packet plain;
    plain.type = Type::kConnect;
    plain.clean = connect.clean_start;
    plain.version = static_cast<int>(connect.version);
    plain.keep_alive_ms = connect.keep_alive_s * 1000u;
    if (connect.will) {
      plain.will = {NumberIn(connect.will->payload), std::string(connect.will->topic.text()),
                    static_cast<int>(connect.will->qos), connect.will->retain,
                    connect.will->topic.text().size() + connect.will->payload.size()};
    }
    return plain;
  }
  Packet operator()(const mqtt::Connack& connack) const {
    Packet plain;
    plain.type = Type::kConnack;
    plain.present = connack.session_present;
    return plain;
  }
  Packet operator()(const broker::OutConnack& connack) const {
    Packet plain;
    plain.type = Type::kConnack;
    plain.present = connack.session_present;
    return plain;
  }
  Packet operator()(const broker::OutAuth&) const { return Packet{}; }
  Packet operator()(const broker::OutDisconnect&) const {
    return Packet{.type = Type::kDisconnect};
  }
  Packet operator()(const mqtt::Publish& publish) const {
    Packet plain = Answer(Type::kPublish, publish);
    plain.qos = static_cast<int>(publish.qos);
    plain.dup = publish.dup;
    plain.retain = publish.retain;
    plain.topic = publish.topic.text();
    plain.message = NumberIn(publish.payload);
    plain.body_bytes = plain.topic.size() + publish.payload.size();
    return plain;
  }
  Packet operator()(const broker::OutPublish& publish) const {
    Packet plain = Answer(Type::kPublish, publish);
    plain.qos = static_cast<int>(publish.qos);
    plain.dup = publish.dup;
    plain.retain = publish.retain;
    plain.topic = publish.message->topic();
    plain.message = NumberIn(publish.message->payload());
    return plain;
  }
  Packet operator()(const mqtt::Puback& packet) const { return Answer(Type::kPuback, packet); }
  Packet operator()(const mqtt::Pubrec& packet) const { return Answer(Type::kPubrec, packet); }
  Packet operator()(const mqtt::Pubrel& packet) const { return Answer(Type::kPubrel, packet); }
  Packet operator()(const mqtt::Pubcomp& packet) const { return Answer(Type::kPubcomp, packet); }
  Packet operator()(const mqtt::Subscribe& subscribe) const {
    Packet plain = Answer(Type::kSubscribe, subscribe);
    for (const auto& request : subscribe.requests) {
      plain.requests.push_back({std::string(request.filter.text()), static_cast<int>(request.qos)});
    }
    return plain;
  }
  Packet operator()(const mqtt::Suback& suback) const {
    Packet plain = Answer(Type::kSuback, suback);
    for (const auto code : suback.codes) plain.codes.push_back(static_cast<int>(code));
    return plain;
  }
  Packet operator()(const mqtt::Unsubscribe& unsubscribe) const {
    Packet plain = Answer(Type::kUnsubscribe, unsubscribe);
    for (const auto& filter : unsubscribe.filters) {
      plain.requests.push_back({std::string(filter.text()), 0});
    }
    return plain;
  }
  Packet operator()(const mqtt::Unsuback& packet) const { return Answer(Type::kUnsuback, packet); }
  Packet operator()(const mqtt::Pingreq&) const { return Packet{.type = Type::kPingreq}; }
  Packet operator()(const mqtt::Pingresp&) const { return Packet{.type = Type::kPingresp}; }
  Packet operator()(const mqtt::Disconnect&) const { return Packet{.type = Type::kDisconnect}; }
  Packet operator()(const mqtt::Auth&) const { return Packet{}; }
};

}  // namespace

Packet Plain(const mqtt::Packet& packet) { return std::visit(ToPlain{}, packet); }
Packet Plain(const broker::OutPacket& packet) { return std::visit(ToPlain{}, packet); }

std::string PayloadOf(std::uint64_t number, std::size_t bytes) {
  std::string payload = std::to_string(number);
  TALLYMQ_ASSERT(payload.size() <= kNumberDigits);
  payload.insert(0, kNumberDigits - payload.size(), '0');
  if (payload.size() < bytes) payload.append(bytes - payload.size(), '.');
  return payload;
}

std::uint64_t NumberIn(std::string_view payload) {
  if (payload.size() < kNumberDigits) return 0;
  std::uint64_t number = 0;
  for (const char digit : payload.substr(0, kNumberDigits)) {
    if (digit < '0' || digit > '9') return 0;
    number = number * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return number;
}

}  // namespace tallymq::sim
