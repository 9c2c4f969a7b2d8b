// One table of names is not worth it here: each packet has its own few words.

#include "packet_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <type_traits>
#include <variant>

#include "tallymq/mqtt/codec.h"

namespace tallymq::spec {
namespace {

using Words = std::vector<std::string>;

template <typename T>
T Number(const std::string& text, int base = 10) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw Failure(fmt::format("'{}' is no number that fits here", text));
  }
  return value;
}

std::string Unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
    } else if (++i == text.size()) {
      throw Failure("a backslash at the end");
    } else if (text[i] == 'x' && i + 2 < text.size()) {
      out += static_cast<char>(Number<std::uint8_t>(std::string(text.substr(i + 1, 2)), 16));
      i += 2;
    } else if (text[i] == 'n') {
      out += '\n';
    } else {
      out += text[i];
    }
  }
  return out;
}

// The words of one packet, taken apart: PUBLISH a/b x qos=1 has the positions a/b, x and one
// attribute.
class Parts {
 public:
  explicit Parts(const Words& words, const std::map<std::string, std::string>& allowed)
      : attributes_(allowed) {
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::size_t equals = words[i].find('=');
      const auto it = equals == std::string::npos ? attributes_.end()
                                                  : attributes_.find(words[i].substr(0, equals));
      if (it == attributes_.end()) {
        positions_.push_back(words[i]);
      } else {
        it->second = words[i].substr(equals + 1);
      }
    }
  }

  [[nodiscard]] const Words& positions() const { return positions_; }
  [[nodiscard]] const std::string& Position(std::size_t i, const char* what) const {
    if (i >= positions_.size()) throw Failure(fmt::format("{} is missing", what));
    return positions_[i];
  }
  void Exactly(std::size_t count) const {
    if (positions_.size() > count) {
      throw Failure(fmt::format("'{}' means nothing here", positions_[count]));
    }
  }
  [[nodiscard]] const std::string& operator[](const std::string& name) const {
    return attributes_.at(name);
  }
  [[nodiscard]] bool Flag(const std::string& name) const {
    const std::string& value = attributes_.at(name);
    if (value != "0" && value != "1") throw Failure(fmt::format("{} is 0 or 1", name));
    return value == "1";
  }

 private:
  Words positions_;
  std::map<std::string, std::string> attributes_;
};

QoS QosOf(const std::string& text) {
  const auto number = Number<std::uint8_t>(text);
  if (number > 2) throw Failure("QoS is 0, 1 or 2; other values are written as `packet`");
  return static_cast<QoS>(number);
}

template <typename T>
T Valid(std::string_view text) {
  auto parsed = T::Parse(text);
  if (!parsed) {
    throw Failure(
        fmt::format("'{}' is not valid; malformed packets are written as `packet`", text));
  }
  return *parsed;
}

// bytes 30 0a s"a/b" "payload": hexadecimal bytes and texts.
std::string RawBytes(const Words& words, std::size_t first) {
  std::string out;
  for (std::size_t i = first; i < words.size(); ++i) {
    if (words[i].find('"') != std::string::npos) {
      out += TextBytes(words[i]);
    } else if (words[i].size() == 2) {
      out += static_cast<char>(Number<std::uint8_t>(words[i], 16));
    } else {
      throw Failure(fmt::format("'{}' is neither two hexadecimal digits nor a text", words[i]));
    }
  }
  return out;
}

// packet 30 ...: the same behind a fixed header whose length is right.
std::string RawPacket(const Words& words) {
  if (words.size() < 2) throw Failure("packet FIRST-BYTE ...");
  const std::string body = RawBytes(words, 2);
  std::string out(1, static_cast<char>(Number<std::uint8_t>(words[1], 16)));
  std::size_t length = body.size();
  do {
    const std::size_t digit = length % 128;
    length /= 128;
    out += static_cast<char>(length > 0 ? digit | 0x80 : digit);
  } while (length > 0);
  return out + body;
}

std::string EncodeConnect(const Words& words, const std::string& actor, mqtt::Version& version) {
  const Parts parts(words, {{"id", actor},
                            {"clean", "1"},
                            {"keepalive", "0"},
                            {"version", "3.1.1"},
                            {"user", ""},
                            {"password", ""},
                            {"will", ""},
                            {"willqos", "0"},
                            {"willretain", "0"}});
  parts.Exactly(0);
  const std::string id = TextBytes(parts["id"]);
  if (parts["version"] == "3.1") {
    version = mqtt::Version::k31;
  } else if (parts["version"] == "3.1.1") {
    version = mqtt::Version::k311;
  } else {
    throw Failure("version is 3.1 or 3.1.1");
  }
  mqtt::Connect connect;
  connect.version = version;
  connect.clean_start = parts.Flag("clean");
  connect.keep_alive_s = Number<std::uint16_t>(parts["keepalive"]);
  connect.client_id = id;
  if (!parts["user"].empty()) connect.user_name = parts["user"];
  if (!parts["password"].empty()) connect.password = parts["password"];
  const std::string& will = parts["will"];
  const std::size_t colon = will.find(':');
  const std::string will_topic = TextBytes(will.substr(0, colon));
  std::string will_payload;
  if (!will.empty()) {
    if (colon == std::string::npos) throw Failure("a will is TOPIC:PAYLOAD");
    will_payload = TextBytes(will.substr(colon + 1));
    connect.will = mqtt::Will{.qos = QosOf(parts["willqos"]),
                              .retain = parts.Flag("willretain"),
                              .topic = Valid<mqtt::TopicName>(will_topic),
                              .payload = will_payload};
  }
  std::string out;
  mqtt::Encode(connect, version, out);
  return out;
}

std::string EncodePublish(const Words& words, mqtt::Version version) {
  const Parts parts(words, {{"qos", "0"}, {"id", "0"}, {"dup", "0"}, {"retain", "0"}});
  parts.Exactly(2);
  const std::string topic = TextBytes(parts.Position(0, "the topic"));
  const std::string payload = TextBytes(parts.Position(1, "the payload"));
  mqtt::Publish publish;
  publish.topic = Valid<mqtt::TopicName>(topic);
  publish.payload = payload;
  publish.qos = QosOf(parts["qos"]);
  publish.packet_id = PacketId{Number<std::uint16_t>(parts["id"])};
  publish.dup = parts.Flag("dup");
  publish.retain = parts.Flag("retain");
  if ((publish.qos == QoS::kAtMostOnce) != (publish.packet_id == PacketId{})) {
    throw Failure("QoS 1 and 2 have an id, QoS 0 has none");
  }
  std::string out;
  mqtt::Encode(publish, version, out);
  return out;
}

std::string EncodeSubscribe(const Words& words, mqtt::Version version) {
  const Parts parts(words, {});
  mqtt::Subscribe subscribe;
  subscribe.packet_id = PacketId{Number<std::uint16_t>(parts.Position(0, "the identifier"))};
  std::vector<std::string> filters;
  for (std::size_t i = 1; i < parts.positions().size(); ++i) {
    const std::string& word = parts.positions()[i];
    const std::size_t colon = word.rfind(':');
    if (colon == std::string::npos) throw Failure("a subscription is FILTER:QOS");
    filters.push_back(TextBytes(word.substr(0, colon)));
    mqtt::SubscriptionRequest request;
    request.qos = QosOf(word.substr(colon + 1));
    subscribe.requests.push_back(request);
  }
  for (std::size_t i = 0; i < filters.size(); ++i) {
    subscribe.requests[i].filter = Valid<mqtt::TopicFilter>(filters[i]);
  }
  std::string out;
  mqtt::Encode(subscribe, version, out);
  return out;
}

std::string EncodeUnsubscribe(const Words& words, mqtt::Version version) {
  const Parts parts(words, {});
  mqtt::Unsubscribe unsubscribe;
  unsubscribe.packet_id = PacketId{Number<std::uint16_t>(parts.Position(0, "the identifier"))};
  std::vector<std::string> filters;
  for (std::size_t i = 1; i < parts.positions().size(); ++i) {
    filters.push_back(TextBytes(parts.positions()[i]));
  }
  for (const std::string& filter : filters) {
    unsubscribe.filters.push_back(Valid<mqtt::TopicFilter>(filter));
  }
  std::string out;
  mqtt::Encode(unsubscribe, version, out);
  return out;
}

template <typename Ack>
std::string EncodeAck(const Words& words, mqtt::Version version) {
  const Parts parts(words, {});
  parts.Exactly(1);
  Ack ack;
  ack.packet_id = PacketId{Number<std::uint16_t>(parts.Position(0, "the identifier"))};
  std::string out;
  mqtt::Encode(ack, version, out);
  return out;
}

template <typename Empty>
std::string EncodeEmpty(const Words& words, mqtt::Version version) {
  Parts(words, {}).Exactly(0);
  std::string out;
  mqtt::Encode(Empty{}, version, out);
  return out;
}

struct ToWords {
  static Words Ack(const char* name, PacketId id) { return {name, std::to_string(id.value())}; }

  Words operator()(const mqtt::Connack& connack) const {
    return {"CONNACK", fmt::format("present={}", connack.session_present ? 1 : 0),
            fmt::format("code={}", static_cast<int>(mqtt::ToConnectCode(connack.reason)))};
  }
  Words operator()(const mqtt::Publish& publish) const {
    return {"PUBLISH",
            std::string(publish.topic.text()),
            std::string(publish.payload),
            fmt::format("qos={}", static_cast<int>(publish.qos)),
            fmt::format("id={}", publish.packet_id.value()),
            fmt::format("dup={}", publish.dup ? 1 : 0),
            fmt::format("retain={}", publish.retain ? 1 : 0)};
  }
  Words operator()(const mqtt::Puback& ack) const { return Ack("PUBACK", ack.packet_id); }
  Words operator()(const mqtt::Pubrec& ack) const { return Ack("PUBREC", ack.packet_id); }
  Words operator()(const mqtt::Pubrel& ack) const { return Ack("PUBREL", ack.packet_id); }
  Words operator()(const mqtt::Pubcomp& ack) const { return Ack("PUBCOMP", ack.packet_id); }
  Words operator()(const mqtt::Suback& suback) const {
    Words words = Ack("SUBACK", suback.packet_id);
    for (const mqtt::ReasonCode code : suback.codes) {
      words.push_back(std::to_string(static_cast<int>(code)));
    }
    return words;
  }
  Words operator()(const mqtt::Unsuback& unsuback) const {
    return Ack("UNSUBACK", unsuback.packet_id);
  }
  Words operator()(const mqtt::Pingresp& /*pingresp*/) const { return {"PINGRESP"}; }
  // The decoder lets no other packet of a server through in 3.x.
  template <typename Other>
  Words operator()(const Other& /*other*/) const {
    return {"a packet that no server of 3.x sends"};
  }
};

}  // namespace

std::string TextBytes(const std::string& word) {
  const std::size_t open = word.find('"');
  if (open == std::string::npos) return word;
  const std::size_t close = word.rfind('"');
  if (open > 1 || close == open || (open == 1 && word[0] != 's')) {
    throw Failure(fmt::format("'{}' is not a text", word));
  }
  std::string text = Unescaped(std::string_view(word).substr(open + 1, close - open - 1));
  if (close + 1 < word.size()) {
    if (word[close + 1] != '*') throw Failure(fmt::format("'{}' is not a text", word));
    const auto times = Number<std::size_t>(word.substr(close + 2));
    std::string repeated;
    repeated.reserve(text.size() * times);
    for (std::size_t i = 0; i < times; ++i) repeated += text;
    text = std::move(repeated);
  }
  if (open == 1) {
    const std::size_t size = text.size();
    if (size > 0xFFFF) throw Failure("a string has at most 65,535 bytes");
    text.insert(0, {static_cast<char>(size >> 8), static_cast<char>(size & 0xFF)});
  }
  return text;
}

std::string EncodeWords(const Words& words, const std::string& actor, mqtt::Version& version) {
  const std::string& name = words.at(0);
  if (name == "bytes") return RawBytes(words, 1);
  if (name == "packet") return RawPacket(words);
  if (name == "CONNECT") return EncodeConnect(words, actor, version);
  if (name == "PUBLISH") return EncodePublish(words, version);
  if (name == "PUBACK") return EncodeAck<mqtt::Puback>(words, version);
  if (name == "PUBREC") return EncodeAck<mqtt::Pubrec>(words, version);
  if (name == "PUBREL") return EncodeAck<mqtt::Pubrel>(words, version);
  if (name == "PUBCOMP") return EncodeAck<mqtt::Pubcomp>(words, version);
  if (name == "SUBSCRIBE") return EncodeSubscribe(words, version);
  if (name == "UNSUBSCRIBE") return EncodeUnsubscribe(words, version);
  if (name == "PINGREQ") return EncodeEmpty<mqtt::Pingreq>(words, version);
  if (name == "DISCONNECT") return EncodeEmpty<mqtt::Disconnect>(words, version);
  throw Failure(fmt::format("a client sends no {}", name));
}

Words WordsOf(const mqtt::Packet& packet) { return std::visit(ToWords{}, packet); }

Words ExpectedWords(const Words& words) {
  if (words[0] == "CONNACK") {
    const Parts parts(words, {{"present", "0"}, {"code", "0"}});
    parts.Exactly(0);
    return {"CONNACK", "present=" + parts["present"], "code=" + parts["code"]};
  }
  if (words[0] == "PUBLISH") {
    Parts parts(words, {{"qos", "0"}, {"id", ""}, {"dup", "0"}, {"retain", "0"}});
    parts.Exactly(2);
    const std::string usual_id = parts["qos"] == "0" ? "0" : "any";
    return {"PUBLISH",
            TextBytes(parts.Position(0, "the topic")),
            TextBytes(parts.Position(1, "the payload")),
            "qos=" + parts["qos"],
            "id=" + (parts["id"].empty() ? usual_id : parts["id"]),
            "dup=" + parts["dup"],
            "retain=" + parts["retain"]};
  }
  return words;
}

std::string Printable(const Words& words) {
  constexpr std::size_t kShown = 60;
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ' ';
    if (word.empty()) out += "\"\"";
    for (const char c : word.substr(0, kShown)) {
      const auto u = static_cast<unsigned char>(c);
      if (u >= 0x20 && u != 0x7F) {
        out += c;
      } else {
        out += fmt::format("\\x{:02x}", u);
      }
    }
    if (word.size() > kShown) out += fmt::format("...({} bytes)", word.size());
  }
  return out;
}

}  // namespace tallymq::spec
