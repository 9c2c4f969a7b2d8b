// Each packet has its own few words, and in 5.0 properties, whose names are one table.

#include "packet_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <utility>
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

// How conversations call the properties of 5.0, in the order of canonical words.
struct NamedProperty {
  std::string_view name;
  mqtt::PropertyId id;
};
constexpr NamedProperty kProperties[] = {
    {"format", mqtt::PropertyId::kPayloadFormatIndicator},
    {"expiry", mqtt::PropertyId::kMessageExpiryInterval},
    {"content_type", mqtt::PropertyId::kContentType},
    {"response_topic", mqtt::PropertyId::kResponseTopic},
    {"correlation", mqtt::PropertyId::kCorrelationData},
    {"sub_id", mqtt::PropertyId::kSubscriptionIdentifier},
    {"alias", mqtt::PropertyId::kTopicAlias},
    {"session_expiry", mqtt::PropertyId::kSessionExpiryInterval},
    {"assigned_id", mqtt::PropertyId::kAssignedClientIdentifier},
    {"server_keepalive", mqtt::PropertyId::kServerKeepAlive},
    {"auth_method", mqtt::PropertyId::kAuthenticationMethod},
    {"auth_data", mqtt::PropertyId::kAuthenticationData},
    {"request_problem_info", mqtt::PropertyId::kRequestProblemInformation},
    {"request_response_info", mqtt::PropertyId::kRequestResponseInformation},
    {"response_info", mqtt::PropertyId::kResponseInformation},
    {"delay", mqtt::PropertyId::kWillDelayInterval},
    {"server_reference", mqtt::PropertyId::kServerReference},
    {"reason_string", mqtt::PropertyId::kReasonString},
    {"receive_max", mqtt::PropertyId::kReceiveMaximum},
    {"topic_alias_max", mqtt::PropertyId::kTopicAliasMaximum},
    {"packet_max", mqtt::PropertyId::kMaximumPacketSize},
    {"qos_max", mqtt::PropertyId::kMaximumQos},
    {"retain_available", mqtt::PropertyId::kRetainAvailable},
    {"wildcard_available", mqtt::PropertyId::kWildcardSubscriptionAvailable},
    {"sub_id_available", mqtt::PropertyId::kSubscriptionIdentifierAvailable},
    {"shared_available", mqtt::PropertyId::kSharedSubscriptionAvailable},
    {"user_property", mqtt::PropertyId::kUserProperty},
};
constexpr std::string_view kOfWill = "will_";

std::string NameIn(const std::string& word) {
  const std::size_t equals = word.find('=');
  return equals == std::string::npos ? std::string() : word.substr(0, equals);
}
std::string ValueIn(const std::string& word) { return word.substr(word.find('=') + 1); }

const NamedProperty* FindProperty(std::string_view name) {
  const auto* it = std::ranges::find(kProperties, name, &NamedProperty::name);
  return it == std::end(kProperties) ? nullptr : it;
}

// The words of one packet, taken apart: PUBLISH a/b x qos=1 expiry=10 has the positions a/b and x,
// one attribute and one property.
class Parts {
 public:
  // Name and value of each, in their order.
  using Attributes = std::vector<std::pair<std::string, std::string>>;

  explicit Parts(const Words& words, Attributes allowed = {}) : attributes_(std::move(allowed)) {
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::string name = NameIn(words[i]);
      const auto it = std::ranges::find(attributes_, name, &Attributes::value_type::first);
      if (!name.empty() && it != attributes_.end()) {
        it->second = ValueIn(words[i]);
      } else if (FindProperty(name) != nullptr) {
        properties_.push_back(words[i]);
      } else if (IsProperty(words[i])) {
        will_properties_.push_back(words[i].substr(kOfWill.size()));
      } else {
        positions_.push_back(words[i]);
      }
    }
  }

  [[nodiscard]] const Words& positions() const { return positions_; }
  [[nodiscard]] const Attributes& attributes() const { return attributes_; }
  [[nodiscard]] const Words& properties() const { return properties_; }
  [[nodiscard]] const Words& will_properties() const { return will_properties_; }
  [[nodiscard]] const std::string& Position(std::size_t i, const char* what) const {
    if (i >= positions_.size()) throw Failure(fmt::format("{} is missing", what));
    return positions_[i];
  }
  void Exactly(std::size_t count) const {
    if (positions_.size() > count) {
      throw Failure(fmt::format("'{}' means nothing here", positions_[count]));
    }
  }
  [[nodiscard]] const std::string& operator[](std::string_view name) const {
    return std::ranges::find(attributes_, name, &Attributes::value_type::first)->second;
  }
  [[nodiscard]] bool Flag(const std::string& name) const {
    const std::string& value = (*this)[name];
    if (value != "0" && value != "1") throw Failure(fmt::format("{} is 0 or 1", name));
    return value == "1";
  }

 private:
  Words positions_;
  Attributes attributes_;
  Words properties_;
  Words will_properties_;
};

// 142 or 0x8E.
std::uint8_t CodeNumber(const std::string& text) {
  return text.starts_with("0x") ? Number<std::uint8_t>(text.substr(2), 16)
                                : Number<std::uint8_t>(text);
}
mqtt::ReasonCode ReasonOf(const Parts& parts) {
  return static_cast<mqtt::ReasonCode>(CodeNumber(parts["reason"]));
}
std::string CodeWord(mqtt::ReasonCode code) {
  return fmt::format("0x{:02X}", static_cast<unsigned>(code));
}

// Text before and behind the first colon.
std::pair<std::string, std::string> PairOf(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) throw Failure(fmt::format("'{}' is no NAME:VALUE", text));
  return {TextBytes(text.substr(0, colon)), TextBytes(text.substr(colon + 1))};
}

// Properties as they stand on the wire. Which packet may have which is not asked: that is for the
// broker to judge.
std::string EncodeProperties(const Words& words, mqtt::Version version) {
  if (!words.empty() && version != mqtt::Version::k50) {
    throw Failure(fmt::format("'{}': there are no properties before 5.0", words[0]));
  }
  std::string out;
  mqtt::PropertyWriter writer(out);
  for (const std::string& word : words) {
    const mqtt::PropertyId id = FindProperty(NameIn(word))->id;
    const std::string value = ValueIn(word);
    switch (mqtt::TypeOf(id)) {
      case mqtt::PropertyType::kByte:
        writer.Add(id, Number<std::uint8_t>(value));
        break;
      case mqtt::PropertyType::kTwoByteInteger:
        writer.Add(id, Number<std::uint16_t>(value));
        break;
      case mqtt::PropertyType::kFourByteInteger:
      case mqtt::PropertyType::kVariableByteInteger:
        writer.Add(id, Number<std::uint32_t>(value));
        break;
      case mqtt::PropertyType::kUtf8String:
      case mqtt::PropertyType::kBinaryData:
        writer.Add(id, TextBytes(value));
        break;
      case mqtt::PropertyType::kUtf8StringPair: {
        const auto [name, text] = PairOf(value);
        writer.AddUserProperty(name, text);
      }
    }
  }
  return out;
}

std::string PropertyWord(const mqtt::Property& property) {
  const auto* named = std::ranges::find(kProperties, property.id, &NamedProperty::id);
  switch (mqtt::TypeOf(property.id)) {
    case mqtt::PropertyType::kUtf8String:
    case mqtt::PropertyType::kBinaryData:
      return fmt::format("{}={}", named->name, property.text);
    case mqtt::PropertyType::kUtf8StringPair:
      return fmt::format("{}={}:{}", named->name, property.name, property.text);
    default:
      return fmt::format("{}={}", named->name, property.number);
  }
}

// What an expected value may be beside a value.
bool IsPattern(const std::string& value) {
  return value == "any" || value == "none" || value.starts_with('{');
}

std::string ExpectedProperty(const std::string& word) {
  const NamedProperty& named = *FindProperty(NameIn(word));
  const std::string value = ValueIn(word);
  if (IsPattern(value)) return word;
  std::string canonical;
  switch (mqtt::TypeOf(named.id)) {
    case mqtt::PropertyType::kUtf8String:
    case mqtt::PropertyType::kBinaryData:
      canonical = TextBytes(value);
      break;
    case mqtt::PropertyType::kUtf8StringPair: {
      const auto [name, text] = PairOf(value);
      canonical = name + ':' + text;
      break;
    }
    default:
      if (value.find("..") != std::string::npos) return word;
      canonical = std::to_string(Number<std::uint32_t>(value));
  }
  return fmt::format("{}={}", named.name, canonical);
}

// Subscription identifiers, of which there may be several, have no order; user properties have.
void Sort(Words& properties) {
  std::ranges::stable_sort(properties, [](const std::string& a, const std::string& b) {
    const NamedProperty* const first = FindProperty(NameIn(a));
    const NamedProperty* const second = FindProperty(NameIn(b));
    if (first != second) return first < second;
    return first->id != mqtt::PropertyId::kUserProperty && a < b;
  });
}

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
                            {"version", ""},
                            {"user", ""},
                            {"password", ""},
                            {"will", ""},
                            {"willqos", "0"},
                            {"willretain", "0"}});
  parts.Exactly(0);
  const std::string id = TextBytes(parts["id"]);
  if (!parts["version"].empty()) {
    const auto named = VersionNamed(parts["version"]);
    if (!named) throw Failure("version is 3.1, 3.1.1 or 5.0");
    version = *named;
  }
  const std::string properties = EncodeProperties(parts.properties(), version);
  const std::string will_properties = EncodeProperties(parts.will_properties(), version);
  mqtt::Connect connect;
  connect.version = version;
  connect.clean_start = parts.Flag("clean");
  connect.keep_alive_s = Number<std::uint16_t>(parts["keepalive"]);
  connect.properties = properties;
  connect.client_id = id;
  if (!parts["user"].empty()) connect.user_name = parts["user"];
  if (!parts["password"].empty()) connect.password = parts["password"];
  std::pair<std::string, std::string> will;
  if (!parts["will"].empty()) {
    will = PairOf(parts["will"]);
    connect.will = mqtt::Will{.qos = QosOf(parts["willqos"]),
                              .retain = parts.Flag("willretain"),
                              .properties = will_properties,
                              .topic = Valid<mqtt::TopicName>(will.first),
                              .payload = will.second};
  } else if (!will_properties.empty()) {
    throw Failure("properties of no will");
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
  const std::string properties = EncodeProperties(parts.properties(), version);
  mqtt::Publish publish;
  // An alias may stand for it.
  if (!topic.empty() || properties.empty()) publish.topic = Valid<mqtt::TopicName>(topic);
  publish.properties = properties;
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
  const Parts parts(words);
  const std::string properties = EncodeProperties(parts.properties(), version);
  mqtt::Subscribe subscribe;
  subscribe.packet_id = PacketId{Number<std::uint16_t>(parts.Position(0, "the identifier"))};
  subscribe.properties = properties;
  std::vector<std::string> filters;
  for (std::size_t i = 1; i < parts.positions().size(); ++i) {
    const SubscriptionWord word(parts.positions()[i]);
    if (word.filter.empty()) throw Failure("a subscription is FILTER:QOS");
    filters.push_back(TextBytes(word.filter));
    mqtt::SubscriptionRequest request;
    request.qos = QosOf(word.qos);
    request.no_local = word.no_local;
    request.retain_as_published = word.retain_as_published;
    request.retain_handling = Number<std::uint8_t>(word.retain_handling);
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
  const Parts parts(words);
  const std::string properties = EncodeProperties(parts.properties(), version);
  mqtt::Unsubscribe unsubscribe;
  unsubscribe.packet_id = PacketId{Number<std::uint16_t>(parts.Position(0, "the identifier"))};
  unsubscribe.properties = properties;
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
  const Parts parts(words, {{"reason", "0"}});
  parts.Exactly(1);
  const std::string properties = EncodeProperties(parts.properties(), version);
  Ack ack;
  ack.packet_id = PacketId{Number<std::uint16_t>(parts.Position(0, "the identifier"))};
  ack.reason = ReasonOf(parts);
  ack.properties = properties;
  std::string out;
  mqtt::Encode(ack, version, out);
  return out;
}

// DISCONNECT and AUTH.
template <typename Reasoned>
std::string EncodeReason(const Words& words, mqtt::Version version) {
  const Parts parts(words, {{"reason", "0"}});
  parts.Exactly(0);
  const std::string properties = EncodeProperties(parts.properties(), version);
  Reasoned packet;
  packet.reason = ReasonOf(parts);
  packet.properties = properties;
  std::string out;
  mqtt::Encode(packet, version, out);
  return out;
}

template <typename Empty>
std::string EncodeEmpty(const Words& words, mqtt::Version version) {
  if (words.size() > 1) throw Failure(fmt::format("'{}' means nothing here", words[1]));
  std::string out;
  mqtt::Encode(Empty{}, version, out);
  return out;
}

class ToWords {
 public:
  explicit ToWords(mqtt::Version version) : is_50_(version == mqtt::Version::k50) {}

  Words operator()(const mqtt::Connack& connack) const {
    return Whole({"CONNACK", fmt::format("present={}", connack.session_present ? 1 : 0),
                  is_50_ ? "reason=" + CodeWord(connack.reason)
                         : fmt::format("code={}",
                                       static_cast<unsigned>(mqtt::ToConnectCode(connack.reason)))},
                 connack.properties);
  }
  Words operator()(const mqtt::Publish& publish) const {
    return Whole({"PUBLISH", std::string(publish.topic.text()), std::string(publish.payload),
                  fmt::format("qos={}", static_cast<int>(publish.qos)),
                  fmt::format("id={}", publish.packet_id.value()),
                  fmt::format("dup={}", publish.dup ? 1 : 0),
                  fmt::format("retain={}", publish.retain ? 1 : 0)},
                 publish.properties);
  }
  Words operator()(const mqtt::Puback& ack) const { return Ack("PUBACK", ack); }
  Words operator()(const mqtt::Pubrec& ack) const { return Ack("PUBREC", ack); }
  Words operator()(const mqtt::Pubrel& ack) const { return Ack("PUBREL", ack); }
  Words operator()(const mqtt::Pubcomp& ack) const { return Ack("PUBCOMP", ack); }
  Words operator()(const mqtt::Suback& suback) const { return Codes("SUBACK", suback); }
  Words operator()(const mqtt::Unsuback& unsuback) const { return Codes("UNSUBACK", unsuback); }
  Words operator()(const mqtt::Pingresp& /*pingresp*/) const { return {"PINGRESP"}; }
  Words operator()(const mqtt::Disconnect& disconnect) const {
    return Whole({"DISCONNECT", "reason=" + CodeWord(disconnect.reason)}, disconnect.properties);
  }
  Words operator()(const mqtt::Auth& auth) const {
    return Whole({"AUTH", "reason=" + CodeWord(auth.reason)}, auth.properties);
  }
  // The decoder lets no other packet of a server through.
  template <typename Other>
  Words operator()(const Other& /*other*/) const {
    return {"a packet that no server sends"};
  }

 private:
  static Words Whole(Words words, mqtt::Properties properties) {
    Words own;
    for (const mqtt::Property& property : mqtt::PropertyRange(properties)) {
      own.push_back(PropertyWord(property));
    }
    Sort(own);
    words.insert(words.end(), own.begin(), own.end());
    return words;
  }
  template <typename AnyAck>
  Words Ack(const char* name, const AnyAck& ack) const {
    Words words{name, std::to_string(ack.packet_id.value())};
    if (is_50_) words.push_back("reason=" + CodeWord(ack.reason));
    return Whole(std::move(words), ack.properties);
  }
  template <typename AnyAck>
  static Words Codes(const char* name, const AnyAck& ack) {
    Words words{name, std::to_string(ack.packet_id.value())};
    for (const mqtt::ReasonCode code : ack.codes) words.push_back(CodeWord(code));
    return Whole(std::move(words), ack.properties);
  }

  const bool is_50_;
};

// What an expected packet may say, and is taken to say where it does not.
Parts::Attributes UsualAttributes(const Words& words, mqtt::Version version) {
  const std::string& name = words[0];
  const bool is_50 = version == mqtt::Version::k50;
  if (name == "PUBLISH") return {{"qos", "0"}, {"id", ""}, {"dup", "0"}, {"retain", "0"}};
  if (name == "CONNACK") return {{"present", "0"}, {is_50 ? "reason" : "code", "0"}};
  if (is_50 && name != "SUBACK" && name != "UNSUBACK" && name != "PINGRESP") {
    return {{"reason", "0"}};
  }
  return {};
}

}  // namespace

std::optional<mqtt::Version> VersionNamed(std::string_view name) {
  if (name == "3.1") return mqtt::Version::k31;
  if (name == "3.1.1") return mqtt::Version::k311;
  if (name == "5.0") return mqtt::Version::k50;
  return std::nullopt;
}

bool IsProperty(const std::string& word) {
  const std::string name = NameIn(word);
  return FindProperty(name) != nullptr ||
         (name.starts_with(kOfWill) && FindProperty(name.substr(kOfWill.size())) != nullptr);
}

SubscriptionWord::SubscriptionWord(std::string word) {
  for (std::size_t colon = word.rfind(':'); colon != std::string::npos; colon = word.rfind(':')) {
    const std::string last = word.substr(colon + 1);
    word.resize(colon);
    if (last == "nl") {
      no_local = true;
    } else if (last == "rap") {
      retain_as_published = true;
    } else if (last.starts_with("rh=")) {
      retain_handling = last.substr(3);
    } else {
      filter = std::move(word);
      qos = last;
      return;
    }
  }
  qos = std::move(word);
}

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
  if (name == "DISCONNECT") return EncodeReason<mqtt::Disconnect>(words, version);
  if (name == "AUTH") return EncodeReason<mqtt::Auth>(words, version);
  throw Failure(fmt::format("a client sends no {}", name));
}

Words WordsOf(const mqtt::Packet& packet, mqtt::Version version) {
  return std::visit(ToWords(version), packet);
}

Words ExpectedWords(const Words& words, mqtt::Version version) {
  const std::string& name = words[0];
  const Parts parts(words, UsualAttributes(words, version));
  Words expected{name};
  if (name == "PUBLISH") {
    parts.Exactly(2);
    expected.push_back(TextBytes(parts.Position(0, "the topic")));
    expected.push_back(TextBytes(parts.Position(1, "the payload")));
  } else if (name == "SUBACK" || name == "UNSUBACK") {
    expected.push_back(parts.Position(0, "the identifier"));
    for (std::size_t i = 1; i < parts.positions().size(); ++i) {
      expected.push_back(CodeWord(mqtt::ReasonCode{CodeNumber(parts.positions()[i])}));
    }
  } else {
    expected.insert(expected.end(), parts.positions().begin(), parts.positions().end());
  }
  for (const auto& [attribute, written] : parts.attributes()) {
    std::string value = written;
    if (attribute == "id" && value.empty()) value = parts["qos"] == "0" ? "0" : "any";
    if (attribute == "reason" && !IsPattern(value)) {
      value = CodeWord(mqtt::ReasonCode{CodeNumber(value)});
    }
    expected.push_back(attribute + '=' + value);
  }
  Words properties;
  for (const std::string& word : parts.properties()) properties.push_back(ExpectedProperty(word));
  Sort(properties);
  expected.insert(expected.end(), properties.begin(), properties.end());
  return expected;
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
