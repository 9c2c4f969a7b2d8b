// Our codec behind lines of text: packets as JSON on one side, bytes as hexadecimal on the other.
//
// Reads lines until there are no more, and writes one for each:
//   decode VERSION client|server HEX   the packet, or what is wrong with it
//   encode JSON                        the bytes
// Version 4 is 3.1.1, 5 is 5.0; the JSON says its own. Binary data is hexadecimal, a property is a
// pair of its identifier and its value.

#include <cstdint>
#include <deque>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>

#include "tallymq/base/assert.h"
#include "tallymq/mqtt/codec.h"

namespace tallymq::mqtt {
namespace {

using Json = nlohmann::json;

std::string ToHex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char byte : bytes) {
    hex.push_back(kDigits[static_cast<std::uint8_t>(byte) >> 4]);
    hex.push_back(kDigits[static_cast<std::uint8_t>(byte) & 0xF]);
  }
  return hex;
}

std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(at, 2)), nullptr, 16)));
  }
  return bytes;
}

template <typename Enum>
int Number(Enum value) {
  return static_cast<int>(value);
}

// ---- Packets to JSON.

Json ToJson(Properties properties) {
  Json list = Json::array();
  for (const Property& property : PropertyRange(properties)) {
    Json value;
    switch (TypeOf(property.id)) {
      case PropertyType::kUtf8String:
        value = property.text;
        break;
      case PropertyType::kBinaryData:
        value = ToHex(property.text);
        break;
      case PropertyType::kUtf8StringPair:
        value = Json::array({property.name, property.text});
        break;
      default:
        value = property.number;
    }
    list.push_back(Json::array({Number(property.id), value}));
  }
  return list;
}

// All but type, version, sender and properties, which are added to each that has them.
class ToFields {
 public:
  explicit ToFields(Version version) : version_(version) {}

  Json operator()(const Connect& connect) const {
    Json json = {{"type", "connect"},
                 {"clean", connect.clean_start},
                 {"keepAlive", connect.keep_alive_s},
                 {"clientId", connect.client_id}};
    if (connect.will) {
      json["will"] = {{"qos", Number(connect.will->qos)},
                      {"retain", connect.will->retain},
                      {"topic", connect.will->topic.text()},
                      {"payload", ToHex(connect.will->payload)},
                      {"properties", ToJson(connect.will->properties)}};
    }
    if (connect.user_name) json["userName"] = *connect.user_name;
    if (connect.password) json["password"] = ToHex(*connect.password);
    return json;
  }
  Json operator()(const Connack& connack) const {
    const int reason =
        version_ == Version::k50 ? Number(connack.reason) : Number(ToConnectCode(connack.reason));
    return {{"type", "connack"}, {"present", connack.session_present}, {"reason", reason}};
  }
  Json operator()(const Publish& publish) const {
    return {{"type", "publish"},
            {"dup", publish.dup},
            {"qos", Number(publish.qos)},
            {"retain", publish.retain},
            {"topic", publish.topic.text()},
            {"id", publish.packet_id.value()},
            {"payload", ToHex(publish.payload)}};
  }
  Json operator()(const Puback& puback) const { return Ack("puback", puback); }
  Json operator()(const Pubrec& pubrec) const { return Ack("pubrec", pubrec); }
  Json operator()(const Pubrel& pubrel) const { return Ack("pubrel", pubrel); }
  Json operator()(const Pubcomp& pubcomp) const { return Ack("pubcomp", pubcomp); }
  Json operator()(const Subscribe& subscribe) const {
    Json requests = Json::array();
    for (const SubscriptionRequest& request : subscribe.requests) {
      requests.push_back({{"filter", request.filter.text()},
                          {"qos", Number(request.qos)},
                          {"noLocal", request.no_local},
                          {"retainAsPublished", request.retain_as_published},
                          {"retainHandling", request.retain_handling}});
    }
    return {{"type", "subscribe"}, {"id", subscribe.packet_id.value()}, {"requests", requests}};
  }
  Json operator()(const Suback& suback) const { return Codes("suback", suback); }
  Json operator()(const Unsubscribe& unsubscribe) const {
    Json filters = Json::array();
    for (const TopicFilter& filter : unsubscribe.filters) filters.push_back(filter.text());
    return {{"type", "unsubscribe"}, {"id", unsubscribe.packet_id.value()}, {"filters", filters}};
  }
  Json operator()(const Unsuback& unsuback) const { return Codes("unsuback", unsuback); }
  Json operator()(const Pingreq&) const { return {{"type", "pingreq"}}; }
  Json operator()(const Pingresp&) const { return {{"type", "pingresp"}}; }
  Json operator()(const Disconnect& disconnect) const {
    return {{"type", "disconnect"}, {"reason", Number(disconnect.reason)}};
  }
  Json operator()(const Auth& auth) const {
    return {{"type", "auth"}, {"reason", Number(auth.reason)}};
  }

 private:
  template <typename Any>
  static Json Ack(const char* type, const Any& ack) {
    return {{"type", type}, {"id", ack.packet_id.value()}, {"reason", Number(ack.reason)}};
  }
  template <typename Any>
  static Json Codes(const char* type, const Any& answer) {
    Json codes = Json::array();
    for (const ReasonCode code : answer.codes) codes.push_back(Number(code));
    return {{"type", type}, {"id", answer.packet_id.value()}, {"codes", codes}};
  }

  Version version_;
};

std::string Decoded(Version version, Sender sender, const std::string& bytes) {
  const DecodeResult result = Decode(bytes, {.sender = sender, .version = version});
  if (const auto* error = std::get_if<DecodeError>(&result)) {
    return "we refuse: " + std::string(error->what) + ", byte " + std::to_string(error->offset);
  }
  const auto* decoded = std::get_if<mqtt::Decoded>(&result);
  if (decoded == nullptr || decoded->consumed != bytes.size()) return "we read another length";
  Json json = std::visit(ToFields(version), decoded->packet);
  json["version"] = Number(version);
  json["sender"] = sender == Sender::kClient ? "client" : "server";
  std::visit(
      [&](const auto& packet) {
        if constexpr (requires { packet.properties; })
          json["properties"] = ToJson(packet.properties);
      },
      decoded->packet);
  return json.dump();
}

// ---- JSON to packets.

// Makes packets, whose strings live as long as it does.
class FromJson {
 public:
  explicit FromJson(const Json& json)
      : json_(json), version_(Version{json.at("version").get<std::uint8_t>()}) {}

  [[nodiscard]] Version version() const { return version_; }

  Packet Make() {
    const std::string type = json_.at("type");
    if (type == "connect") return MakeConnect();
    if (type == "connack") return MakeConnack();
    if (type == "publish") return MakePublish();
    if (type == "puback") return MakeAck<Puback>();
    if (type == "pubrec") return MakeAck<Pubrec>();
    if (type == "pubrel") return MakeAck<Pubrel>();
    if (type == "pubcomp") return MakeAck<Pubcomp>();
    if (type == "subscribe") return MakeSubscribe();
    if (type == "suback") return MakeCodes<Suback>();
    if (type == "unsubscribe") return MakeUnsubscribe();
    if (type == "unsuback") return MakeCodes<Unsuback>();
    if (type == "pingreq") return Pingreq();
    if (type == "pingresp") return Pingresp();
    if (type == "disconnect") return Disconnect{Reason(), PropertiesOf(json_)};
    TALLYMQ_ASSERT(type == "auth");
    return Auth{Reason(), PropertiesOf(json_)};
  }

 private:
  std::string_view Keep(std::string text) { return kept_.emplace_back(std::move(text)); }
  std::string_view Text(const Json& json) { return Keep(json.get<std::string>()); }
  std::string_view Binary(const Json& json) { return Keep(FromHex(json.get<std::string>())); }
  [[nodiscard]] PacketId Id() const { return PacketId(json_.at("id").get<std::uint16_t>()); }
  [[nodiscard]] ReasonCode Reason() const {
    return ReasonCode{json_.at("reason").get<std::uint8_t>()};
  }
  static QoS QosOf(const Json& json) { return QoS{json.at("qos").get<std::uint8_t>()}; }
  TopicName Name(const Json& json) {
    const std::string_view text = Text(json);
    return text.empty() ? TopicName() : *TopicName::Parse(text);
  }
  TopicFilter Filter(const Json& json) { return *TopicFilter::Parse(Text(json)); }

  Properties PropertiesOf(const Json& json) {
    std::string bytes;
    PropertyWriter writer(bytes);
    for (const Json& property : json.at("properties")) {
      const auto id = PropertyId{property[0].get<std::uint8_t>()};
      const Json& value = property[1];
      switch (TypeOf(id)) {
        case PropertyType::kUtf8String:
          writer.Add(id, Text(value));
          break;
        case PropertyType::kBinaryData:
          writer.Add(id, Binary(value));
          break;
        case PropertyType::kUtf8StringPair:
          writer.AddUserProperty(Text(value[0]), Text(value[1]));
          break;
        default:
          writer.Add(id, value.get<std::uint32_t>());
      }
    }
    return Keep(std::move(bytes));
  }

  Connect MakeConnect() {
    Connect connect;
    connect.version = version_;
    connect.clean_start = json_.at("clean");
    connect.keep_alive_s = json_.at("keepAlive");
    connect.properties = PropertiesOf(json_);
    connect.client_id = Text(json_.at("clientId"));
    if (json_.contains("will")) {
      const Json& will = json_.at("will");
      connect.will = Will{.qos = QosOf(will),
                          .retain = will.at("retain"),
                          .properties = PropertiesOf(will),
                          .topic = Name(will.at("topic")),
                          .payload = Binary(will.at("payload"))};
    }
    if (json_.contains("userName")) connect.user_name = Text(json_.at("userName"));
    if (json_.contains("password")) connect.password = Binary(json_.at("password"));
    return connect;
  }
  Connack MakeConnack() {
    const ReasonCode reason =
        version_ == Version::k50
            ? Reason()
            : ToReasonCode(ConnectCode{json_.at("reason").get<std::uint8_t>()});
    return {json_.at("present"), reason, PropertiesOf(json_)};
  }
  Publish MakePublish() {
    return {.dup = json_.at("dup"),
            .qos = QosOf(json_),
            .retain = json_.at("retain"),
            .topic = Name(json_.at("topic")),
            .packet_id = Id(),
            .properties = PropertiesOf(json_),
            .payload = Binary(json_.at("payload"))};
  }
  template <typename Ack>
  Ack MakeAck() {
    return {Id(), Reason(), PropertiesOf(json_)};
  }
  Subscribe MakeSubscribe() {
    Subscribe subscribe{Id(), PropertiesOf(json_), {}};
    for (const Json& request : json_.at("requests")) {
      subscribe.requests.push_back({.filter = Filter(request.at("filter")),
                                    .qos = QosOf(request),
                                    .no_local = request.at("noLocal"),
                                    .retain_as_published = request.at("retainAsPublished"),
                                    .retain_handling = request.at("retainHandling")});
    }
    return subscribe;
  }
  Unsubscribe MakeUnsubscribe() {
    Unsubscribe unsubscribe{Id(), PropertiesOf(json_), {}};
    for (const Json& filter : json_.at("filters")) unsubscribe.filters.push_back(Filter(filter));
    return unsubscribe;
  }
  template <typename Answer>
  Answer MakeCodes() {
    Answer answer{Id(), PropertiesOf(json_), {}};
    for (const Json& code : json_.at("codes")) {
      answer.codes.push_back(ReasonCode{code.get<std::uint8_t>()});
    }
    return answer;
  }

  const Json& json_;
  const Version version_;
  std::deque<std::string> kept_;
};

std::string Encoded(const Json& json) {
  FromJson from(json);
  std::string bytes;
  Encode(from.Make(), from.version(), bytes);
  return ToHex(bytes);
}

std::string Answer(const std::string& line) {
  std::istringstream words(line);
  std::string word;
  words >> word;
  if (word == "encode") return Encoded(Json::parse(line.substr(word.size())));
  TALLYMQ_ASSERT(word == "decode");
  int version = 0;
  std::string sender;
  std::string hex;
  words >> version >> sender >> hex;
  return Decoded(static_cast<Version>(version),
                 sender == "server" ? Sender::kServer : Sender::kClient, FromHex(hex));
}

}  // namespace
}  // namespace tallymq::mqtt

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << tallymq::mqtt::Answer(line) << '\n';
  }
  return 0;
}
