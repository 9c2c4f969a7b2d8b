#include "tallymq/client/client.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace tallymq::client {

namespace {

using Fit = Session::Acknowledgement::Fit;

// Everything of a PUBLISH behind its fixed header.
std::size_t RemainingLength(const mqtt::TopicName& topic, std::string_view payload) {
  return 2 + topic.text().size() + 2 + 1 + payload.size();
}

}  // namespace

Client::Client(const Options& options, Session session)
    : options_(options), session_(std::move(session)) {
  session_.ReturnRequestIds();
}

void Client::Connect(const mqtt::Connect& connect) {
  TALLYMQ_ASSERT(state_ == State::kOffline);
  version_ = connect.version;
  if (connect.clean_start) session_.Clear();
  state_ = State::kConnecting;
  Send(connect);
}

void Client::ConnectionLost() {
  state_ = State::kOffline;
  session_.ForgetConnection();
  open_here_ = 0;
  sent_here_ = 0;
  aliases_.clear();
  requests_.clear();
  session_.ReturnRequestIds();
  input_.clear();
  decoded_ = 0;
  output_.clear();
}

Result<PacketId, Refusal> Client::Publish(const mqtt::TopicName& topic, std::string_view payload,
                                          QoS qos, bool retain, Token token) {
  if (RemainingLength(topic, payload) > mqtt::kRemainingLengthMax) {
    return Unexpected{Refusal::kTooLong};
  }
  if (qos == QoS::kAtMostOnce) {
    if (!connected()) return Unexpected{Refusal::kNotConnected};
    mqtt::Publish publish;
    publish.retain = retain;
    publish.topic = topic;
    publish.payload = payload;
    mqtt::EncodePublishHead(publish, version_, output_);
    output_.append(payload);
    return PacketId{};
  }
  if (!window_open()) return Unexpected{Refusal::kWindowFull};
  const std::optional<PacketId> id = session_.TakeId(options_.id_order);
  if (!id) return Unexpected{Refusal::kNoPacketId};
  session_.Append(*id, qos, retain, topic.text(), payload, token);
  if (connected()) SendMore();
  return *id;
}

Result<PacketId, Refusal> Client::Subscribe(std::span<const mqtt::SubscriptionRequest> requests,
                                            Token token) {
  TALLYMQ_ASSERT(!requests.empty());
  if (!connected()) return Unexpected{Refusal::kNotConnected};
  std::size_t length = 2;
  for (const auto& request : requests) length += 2 + request.filter.text().size() + 1;
  if (length > mqtt::kRemainingLengthMax) return Unexpected{Refusal::kTooLong};
  const std::optional<PacketId> id = session_.TakeId(options_.id_order);
  if (!id) return Unexpected{Refusal::kNoPacketId};
  requests_.push_back({*id, token, requests.size()});
  Send(mqtt::Subscribe{
      .packet_id = *id, .properties = {}, .requests = {requests.begin(), requests.end()}});
  return *id;
}

Result<PacketId, Refusal> Client::Unsubscribe(std::span<const mqtt::TopicFilter> filters,
                                              Token token) {
  TALLYMQ_ASSERT(!filters.empty());
  if (!connected()) return Unexpected{Refusal::kNotConnected};
  std::size_t length = 2;
  for (const auto& filter : filters) length += 2 + filter.text().size();
  if (length > mqtt::kRemainingLengthMax) return Unexpected{Refusal::kTooLong};
  const std::optional<PacketId> id = session_.TakeId(options_.id_order);
  if (!id) return Unexpected{Refusal::kNoPacketId};
  requests_.push_back({*id, token, 0});
  Send(mqtt::Unsubscribe{
      .packet_id = *id, .properties = {}, .filters = {filters.begin(), filters.end()}});
  return *id;
}

void Client::Ping() {
  if (connected()) Send(mqtt::Pingreq{});
}

void Client::Disconnect() {
  if (state_ != State::kConnecting && state_ != State::kConnected) return;
  Send(mqtt::Disconnect{});
  state_ = State::kEnded;
}

void Client::Receive(std::string_view bytes) {
  if (state_ != State::kConnecting && state_ != State::kConnected) return;
  if (decoded_ == input_.size()) {
    input_.clear();
    decoded_ = 0;
  } else if (decoded_ > input_.size() / 2) {
    input_.erase(0, decoded_);
    decoded_ = 0;
  }
  input_.append(bytes);
}

std::optional<Event> Client::Next() {
  if (state_ != State::kConnecting && state_ != State::kConnected) return std::nullopt;
  if (decoded_ == input_.size()) return std::nullopt;
  mqtt::DecodeResult result = mqtt::Decode(std::string_view(input_).substr(decoded_),
                                           {.sender = mqtt::Sender::kServer,
                                            .version = version_,
                                            .packet_bytes_max = options_.packet_bytes_max});
  if (std::holds_alternative<mqtt::NeedMore>(result)) return std::nullopt;
  if (const auto* error = std::get_if<mqtt::DecodeError>(&result)) {
    return Fail(error->clause, error->what);
  }
  auto& decoded = *std::get_if<mqtt::Decoded>(&result);
  decoded_ += decoded.consumed;
  const bool connack = std::holds_alternative<mqtt::Connack>(decoded.packet);
  if (state_ == State::kConnecting && !connack) {
    return Fail("MQTT3-3.2.0-1", "The server's first packet is not CONNACK.");
  }
  return std::visit(
      [this](auto& packet) -> Event {
        using Type = std::decay_t<decltype(packet)>;
        if constexpr (std::is_same_v<Type, mqtt::Pingresp>) {
          return Pong{};
        } else if constexpr (requires { On(packet); }) {
          return On(packet);
        } else {
          return Fail("", "A server does not send this packet.");
        }
      },
      decoded.packet);
}

Event Client::On(const mqtt::Connack& connack) {
  if (state_ != State::kConnecting) return Fail("MQTT3-3.2.0-1", "A second CONNACK.");
  if (connack.reason != mqtt::ReasonCode::kSuccess) {
    state_ = State::kEnded;
    return Refused{connack.reason};
  }
  state_ = State::kConnected;
  receive_max_ =
      mqtt::FindNumber(connack.properties, mqtt::PropertyId::kReceiveMaximum).value_or(65'535);
  if (version_ != mqtt::Version::k31 && !connack.session_present) session_.ClearIncoming();
  Resume();
  return Connected{connack.session_present};
}

// PUBREL first: what was released was published before all that was not. [MQTT3-4.4.0-1]
void Client::Resume() {
  for (const OutgoingMessage& message : session_.released()) {
    SendAcknowledgement<mqtt::Pubrel>(message.packet_id);
  }
  SendMore();
}

void Client::SendMore() {
  while (sent_here_ < session_.unacknowledged().size() && open_here_ < receive_max_) {
    session_.SendAt(sent_here_, [this](const OutgoingMessage& message) { SendPublish(message); });
    ++sent_here_;
    ++open_here_;
  }
}

void Client::Ended(const Session::Acknowledgement& found) {
  // One that an earlier connection began gives nothing back. Spec: section 4.9 of 5.0.
  if (found.open_here) --open_here_;
  SendMore();
}

// DUP exactly if it went out before. [MQTT3-3.3.1-1]
void Client::SendPublish(const OutgoingMessage& message) {
  const auto topic = mqtt::TopicName::Parse(message.topic);
  TALLYMQ_ASSERT(topic.has_value());
  mqtt::EncodePublishHead({.dup = message.sent,
                           .qos = message.qos,
                           .retain = message.retain,
                           .topic = *topic,
                           .packet_id = message.packet_id,
                           .properties = {},
                           .payload = message.payload},
                          version_, output_);
  output_.append(message.payload);
}

Event Client::On(const mqtt::Publish& publish) {
  std::string_view topic = publish.topic.text();
  if (version_ == mqtt::Version::k50 && !publish.properties.empty()) {
    const std::uint32_t alias =
        mqtt::FindNumber(publish.properties, mqtt::PropertyId::kTopicAlias).value_or(0);
    if (alias != 0 && !topic.empty()) {
      if (aliases_.size() < alias) aliases_.resize(alias);
      aliases_[alias - 1] = topic;
    } else if (alias != 0) {
      if (alias > aliases_.size() || aliases_[alias - 1].empty()) {
        return Fail("MQTT-3.3.2-7", "A topic alias that stands for nothing.");
      }
      topic = aliases_[alias - 1];
    }
  }
  if (publish.qos == QoS::kAtLeastOnce) SendAcknowledgement<mqtt::Puback>(publish.packet_id);
  if (publish.qos == QoS::kExactlyOnce) {
    SendAcknowledgement<mqtt::Pubrec>(publish.packet_id);
    if (!session_.OnPublish(publish.packet_id)) return Repeated{publish.packet_id, publish.dup};
  }
  return Message{.topic = topic,
                 .payload = publish.payload,
                 .packet_id = publish.packet_id,
                 .qos = publish.qos,
                 .dup = publish.dup,
                 .retain = publish.retain,
                 .properties = publish.properties};
}

Event Client::On(const mqtt::Puback& puback) {
  const auto found = session_.OnPuback(puback.packet_id);
  if (found.fit == Fit::kWrong)
    return Fail("MQTT3-3.3.4-1", "PUBACK to a message of QoS 2, or not sent.");
  if (found.fit == Fit::kUnknown) return Stray{puback.packet_id};
  if (found.open_here) --sent_here_;
  Ended(found);
  return Acknowledged{puback.packet_id, found.token, QoS::kAtLeastOnce, puback.reason};
}

Event Client::On(const mqtt::Pubrec& pubrec) {
  if (mqtt::IsFailure(pubrec.reason)) {
    const auto failed = session_.OnFailedPubrec(pubrec.packet_id);
    if (failed.fit == Fit::kWrong) return Fail("MQTT-3.3.4-1", "PUBREC to a message of QoS 1.");
    if (failed.fit == Fit::kUnknown) return Stray{pubrec.packet_id};
    if (failed.open_here) --sent_here_;
    Ended(failed);
    return Acknowledged{pubrec.packet_id, failed.token, QoS::kExactlyOnce, pubrec.reason};
  }
  const auto found = session_.OnPubrec(pubrec.packet_id);
  if (found.fit == Fit::kWrong)
    return Fail("MQTT3-3.3.4-1", "PUBREC to a message of QoS 1, or not sent.");
  SendAcknowledgement<mqtt::Pubrel>(pubrec.packet_id);
  if (found.fit == Fit::kUnknown) return Stray{pubrec.packet_id};
  if (found.fit == Fit::kFits && found.open_here) --sent_here_;
  return Accepted{pubrec.packet_id, found.token, found.fit == Fit::kRepeated};
}

Event Client::On(const mqtt::Pubrel& pubrel) {
  SendAcknowledgement<mqtt::Pubcomp>(pubrel.packet_id);
  return Released{pubrel.packet_id, session_.OnPubrel(pubrel.packet_id)};
}

Event Client::On(const mqtt::Pubcomp& pubcomp) {
  const auto found = session_.OnPubcomp(pubcomp.packet_id);
  if (found.fit == Fit::kWrong) return Fail("MQTT3-4.3.3-2", "PUBCOMP before PUBREL.");
  if (found.fit == Fit::kUnknown) return Stray{pubcomp.packet_id};
  Ended(found);
  return Acknowledged{pubcomp.packet_id, found.token, QoS::kExactlyOnce};
}

Event Client::On(const mqtt::Disconnect& disconnect) {
  state_ = State::kEnded;
  return Dismissed{disconnect.reason};
}

std::optional<Client::Request> Client::TakeRequest(PacketId id, bool subscribe) {
  const auto it = std::find_if(requests_.begin(), requests_.end(), [&](const Request& request) {
    return request.packet_id == id && (request.filters > 0) == subscribe;
  });
  if (it == requests_.end()) return std::nullopt;
  const Request request = *it;
  requests_.erase(it);
  session_.ReturnId(id);
  return request;
}

Event Client::On(mqtt::Suback& suback) {
  const auto request = TakeRequest(suback.packet_id, true);
  if (!request) return Fail("MQTT3-3.8.4-2", "SUBACK to no SUBSCRIBE.");
  if (suback.codes.size() != request->filters) {
    return Fail("MQTT3-3.8.4-5", "SUBACK has not one code for each filter.");
  }
  return Subscribed{suback.packet_id, request->token, std::move(suback.codes)};
}

Event Client::On(const mqtt::Unsuback& unsuback) {
  const auto request = TakeRequest(unsuback.packet_id, false);
  if (!request) return Fail("MQTT3-3.10.4-4", "UNSUBACK to no UNSUBSCRIBE.");
  return Unsubscribed{unsuback.packet_id, request->token};
}

Event Client::Fail(std::string_view clause, std::string_view what) {
  state_ = State::kEnded;
  return ProtocolError{clause, what};
}

}  // namespace tallymq::client
