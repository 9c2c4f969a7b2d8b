// Goal: a property stands only where it may, only as often as it may and only with a value that it
// may have; all else is refused with the reason that the standard gives it.
// Method: every property in every packet and from every side, by table 2-4 as it is written there:
// alone, twice, and cut short. Then a table of values.

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "tallymq/mqtt/codec.h"
#include "wire.h"

namespace tallymq::mqtt {
namespace {

constexpr Sender kClient = Sender::kClient;
constexpr Sender kServer = Sender::kServer;

// A place for properties: a packet from one side, without its remaining length.
struct Place {
  std::string name;  // begins with the packet's, as table 2-4 has it
  Sender sender;
  std::string first;   // byte of the fixed header
  std::string before;  // what stands before the length of the properties
  std::string after;
  std::string needed;  // a property that must stand there too
};

std::vector<Place> Places() {
  std::vector<Place> places = {
      {"CONNECT", kClient, "10", "0004'MQTT' 05 02 003C", "0002'id'", ""},
      {"Will", kClient, "10", "0004'MQTT' 05 06 003C 00 0002'id'", "0001'w' 0001'g'", ""},
      {"CONNACK", kServer, "20", "00 00", "", ""},
      {"SUBSCRIBE", kClient, "82", "0001", "0001'a' 00", ""},
      {"SUBACK", kServer, "90", "0001", "00", ""},
      {"UNSUBSCRIBE", kClient, "A2", "0001", "0001'a'", ""},
      {"UNSUBACK", kServer, "B0", "0001", "00", ""},
      {"AUTH FromClient", kClient, "F0", "18", "", "15 0001'm'"},
      {"AUTH FromServer", kServer, "F0", "18", "", "15 0001'm'"},
      {"DISCONNECT FromClient", kClient, "E0", "00", "", ""},
      {"DISCONNECT FromServer", kServer, "E0", "8B", "", ""},
  };
  for (const Sender sender : {kClient, kServer}) {
    const std::string from = sender == kClient ? " FromClient" : " FromServer";
    places.push_back({"PUBLISH" + from, sender, "32", "0001't' 0001", "'p'", ""});
    places.push_back({"PUBACK" + from, sender, "40", "0001 00", "", ""});
    places.push_back({"PUBREC" + from, sender, "50", "0001 00", "", ""});
    places.push_back({"PUBREL" + from, sender, "62", "0001 00", "", ""});
    places.push_back({"PUBCOMP" + from, sender, "70", "0001 00", "", ""});
  }
  return places;
}

// Table 2-4, with two values that the property can have.
struct PropertyRow {
  const char* name;
  PropertyId id;
  PropertyType type;
  const char* one;
  const char* other;
  const char* packets;
};
void PrintTo(const PropertyRow& row, std::ostream* out) { *out << row.name; }
const char kEverywhere[] =
    "CONNECT, CONNACK, PUBLISH, Will, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, SUBACK, "
    "UNSUBSCRIBE, UNSUBACK, DISCONNECT, AUTH";
const char kAnswers[] =
    "CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK, DISCONNECT, AUTH";

// clang-format off: a table.
using enum PropertyType;
const PropertyRow kProperties[] = {
    {"Payload Format Indicator", PropertyId{1}, kByte, "00", "01", "PUBLISH, Will"},
    {"Message Expiry Interval", PropertyId{2}, kFourByteInteger, "00000000", "FFFFFFFF",
     "PUBLISH, Will"},
    {"Content Type", PropertyId{3}, kUtf8String, "0000", "0002'ct'", "PUBLISH, Will"},
    {"Response Topic", PropertyId{8}, kUtf8String, "0001'/'", "0003'r/t'", "PUBLISH, Will"},
    {"Correlation Data", PropertyId{9}, kBinaryData, "0000", "0003 00FFC0", "PUBLISH, Will"},
    {"Subscription Identifier", PropertyId{11}, kVariableByteInteger, "01", "FFFFFF7F",
     "PUBLISH, SUBSCRIBE"},
    {"Session Expiry Interval", PropertyId{17}, kFourByteInteger, "00000000", "FFFFFFFF",
     "CONNECT, CONNACK, DISCONNECT"},
    {"Assigned Client Identifier", PropertyId{18}, kUtf8String, "0001'c'", "0000", "CONNACK"},
    {"Server Keep Alive", PropertyId{19}, kTwoByteInteger, "0000", "FFFF", "CONNACK"},
    {"Authentication Method", PropertyId{21}, kUtf8String, "0001'm'", "0000",
     "CONNECT, CONNACK, AUTH"},
    {"Authentication Data", PropertyId{22}, kBinaryData, "0000", "0002 FF00",
     "CONNECT, CONNACK, AUTH"},
    {"Request Problem Information", PropertyId{23}, kByte, "00", "01", "CONNECT"},
    {"Will Delay Interval", PropertyId{24}, kFourByteInteger, "00000000", "FFFFFFFF", "Will"},
    {"Request Response Information", PropertyId{25}, kByte, "00", "01", "CONNECT"},
    {"Response Information", PropertyId{26}, kUtf8String, "0001'i'", "0000", "CONNACK"},
    {"Server Reference", PropertyId{28}, kUtf8String, "0001's'", "0000", "CONNACK, DISCONNECT"},
    {"Reason String", PropertyId{31}, kUtf8String, "0001'r'", "0000", kAnswers},
    {"Receive Maximum", PropertyId{33}, kTwoByteInteger, "0001", "FFFF", "CONNECT, CONNACK"},
    {"Topic Alias Maximum", PropertyId{34}, kTwoByteInteger, "0000", "FFFF", "CONNECT, CONNACK"},
    {"Topic Alias", PropertyId{35}, kTwoByteInteger, "0001", "FFFF", "PUBLISH"},
    {"Maximum QoS", PropertyId{36}, kByte, "00", "01", "CONNACK"},
    {"Retain Available", PropertyId{37}, kByte, "00", "01", "CONNACK"},
    {"User Property", PropertyId{38}, kUtf8StringPair, "0001'k' 0001'v'", "0000 0000", kEverywhere},
    {"Maximum Packet Size", PropertyId{39}, kFourByteInteger, "00000001", "FFFFFFFF",
     "CONNECT, CONNACK"},
    {"Wildcard Subscription Available", PropertyId{40}, kByte, "00", "01", "CONNACK"},
    {"Subscription Identifier Available", PropertyId{41}, kByte, "00", "01", "CONNACK"},
    {"Shared Subscription Available", PropertyId{42}, kByte, "00", "01", "CONNACK"},
};
// clang-format on

// The bytes of a packet with `properties`, and where these begin in it.
struct Built {
  std::string wire;
  std::size_t properties_at = 0;
};
Built Build(const Place& place, const std::string& properties) {
  std::string body = Wire(place.before);
  body.push_back(static_cast<char>(properties.size()));  // one byte is enough here
  const std::size_t at = body.size();
  body += properties + Wire(place.after);
  Built built;
  built.wire = Wire(place.first) + static_cast<char>(body.size()) + body;
  built.properties_at = 2 + at;
  return built;
}

// The packet's views are into `bytes`.
DecodeResult DecodeAt(const Place& place, const ExactCopy& bytes) {
  return Decode(bytes.view(), {place.sender, Version::k50});
}

std::string Value(const PropertyRow& row, const char* value) {
  return static_cast<char>(row.id) + Wire(value);
}

// The properties of a packet of one kind.
Properties PropertiesOf(const Place& place, const Packet& packet) {
  return std::visit(
      [&](const auto& any) -> Properties {
        if constexpr (requires { any.will; }) {
          return place.name == "Will" ? any.will->properties : any.properties;
        } else if constexpr (requires { any.properties; }) {
          return any.properties;
        } else {
          return {};
        }
      },
      packet);
}

// A property in a place.
class Placement {
 public:
  Placement(const PropertyRow& row, const Place& place) : row_(row), place_(place) {}

  // Spec: 2.2.2.2, and "It is a Protocol Error to include ... more than once" of each property.
  void Check() const {
    const std::string before = Before();
    const std::string one = Value(row_, row_.one);
    const std::string other = Value(row_, row_.other);
    const bool of_client = place_.sender == kClient;
    if (!Stands()) {
      const std::string needed = Wire(place_.needed);
      ExpectError(needed + one, needed.size(), "[MQTT-4.13.1-1]", ReasonCode::kMalformedPacket);
      return;
    }
    if (row_.id == PropertyId::kSubscriptionIdentifier && place_.first == "32" && of_client) {
      ExpectError(one, 0, "[MQTT-3.3.4-6]", ReasonCode::kProtocolError);
      return;
    }
    if (row_.id == PropertyId::kSessionExpiryInterval && place_.first == "E0" && !of_client) {
      ExpectError(one, 0, "[MQTT-3.14.2-2]", ReasonCode::kProtocolError);
      return;
    }
    ExpectPacket(before + one);
    ExpectPacket(before + other);
    const bool may_repeat =
        row_.id == PropertyId::kUserProperty ||
        (row_.id == PropertyId::kSubscriptionIdentifier && place_.first == "32");
    if (may_repeat) {
      ExpectPacket(before + one + other + one);
    } else {
      ExpectError(before + one + other, (before + one).size(), "[MQTT-4.13.1-1]",
                  ReasonCode::kProtocolError);
    }
    ExpectNoPart(before, one);
    ExpectNoPart(before, other);
  }

 private:
  [[nodiscard]] bool Stands() const {
    const std::string packet = place_.name.substr(0, place_.name.find(' '));
    const std::string list = std::string(row_.packets) + ',';
    return (", " + list).find(", " + packet + ',') != std::string::npos;
  }
  // What stands before and makes the packet whole: the method of an AUTH, or of its data.
  [[nodiscard]] std::string Before() const {
    if (row_.id == PropertyId::kAuthenticationMethod) return "";
    return Wire(row_.id == PropertyId::kAuthenticationData ? "15 0001'm'" : place_.needed);
  }
  void ExpectError(const std::string& properties, std::size_t offset, const char* clause,
                   ReasonCode reason) const {
    const Built built = Build(place_, properties);
    const ExactCopy bytes(built.wire);
    const DecodeResult result = DecodeAt(place_, bytes);
    const auto* error = std::get_if<DecodeError>(&result);
    ASSERT_NE(error, nullptr) << Hex(built.wire) << ": " << Describe(result);
    EXPECT_EQ(Tag(*error), clause) << Describe(result);
    EXPECT_EQ(error->reason, reason) << Describe(result);
    EXPECT_EQ(error->offset, built.properties_at + offset) << Describe(result);
  }
  void ExpectPacket(const std::string& properties) const {
    const Built built = Build(place_, properties);
    const ExactCopy bytes(built.wire);
    const DecodeResult result = DecodeAt(place_, bytes);
    const auto* decoded = std::get_if<Decoded>(&result);
    ASSERT_NE(decoded, nullptr) << Hex(built.wire) << ": " << Describe(result);
    EXPECT_EQ(Hex(PropertiesOf(place_, decoded->packet)), Hex(properties));
    std::string encoded;
    Encode(decoded->packet, Version::k50, encoded);
    EXPECT_EQ(Hex(encoded), Hex(built.wire));
  }
  // Cut anywhere, with lengths that say so.
  void ExpectNoPart(const std::string& before, const std::string& whole) const {
    for (std::size_t size = 1; size < whole.size(); ++size) {
      const Built built = Build(place_, before + whole.substr(0, size));
      const ExactCopy bytes(built.wire);
      const DecodeResult result = DecodeAt(place_, bytes);
      const auto* error = std::get_if<DecodeError>(&result);
      ASSERT_NE(error, nullptr) << Hex(built.wire) << ": " << Describe(result);
      EXPECT_EQ(error->reason, ReasonCode::kMalformedPacket) << Hex(built.wire);
      EXPECT_FALSE(error->clause.empty());
    }
  }

  const PropertyRow& row_;
  const Place& place_;
};

class PlacementTest : public testing::TestWithParam<PropertyRow> {};

TEST_P(PlacementTest, IsAsTheTableHasItInEveryPacket) {
  for (const Place& place : Places()) {
    SCOPED_TRACE(place.name);
    Placement(GetParam(), place).Check();
  }
}

std::string NameOf(const testing::TestParamInfo<PropertyRow>& info) {
  std::string name = info.param.name;
  std::erase(name, ' ');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, PlacementTest, testing::ValuesIn(kProperties), NameOf);

TEST(PropertyTableTest, NamesAndTypesAreThoseOfTheStandard) {
  for (const PropertyRow& row : kProperties) {
    EXPECT_EQ(Name(row.id), row.name);
    EXPECT_EQ(TypeOf(row.id), row.type) << row.name;
  }
  EXPECT_EQ(std::size(kProperties), 27u);
}

// Spec: 2.2.2.2. Identifiers that are none are malformed, in every packet.
TEST(PropertyTableTest, HasNoOtherIdentifiers) {
  for (unsigned id = 0; id < 256; ++id) {
    const auto known = [&](const PropertyRow& row) { return static_cast<unsigned>(row.id) == id; };
    if (std::any_of(std::begin(kProperties), std::end(kProperties), known)) continue;
    EXPECT_EQ(Name(static_cast<PropertyId>(id)), "Unknown property") << id;
    for (const Place& place : Places()) {
      const Built built = Build(place, static_cast<char>(id) + Wire("0001'x'"));
      const ExactCopy bytes(built.wire);
      const DecodeResult result = DecodeAt(place, bytes);
      const auto* error = std::get_if<DecodeError>(&result);
      ASSERT_NE(error, nullptr) << id << ' ' << place.name << Describe(result);
      EXPECT_EQ(error->reason, ReasonCode::kMalformedPacket) << id << ' ' << place.name;
      EXPECT_EQ(error->offset, built.properties_at) << id << ' ' << place.name;
    }
  }
}

// Values that a property cannot have. `offset` is from the first byte of the properties.
struct ValueRow {
  const char* name;
  const char* clause;
  const char* place;
  const char* properties;
  std::size_t offset;
  ReasonCode reason;
};
void PrintTo(const ValueRow& row, std::ostream* out) {
  *out << row.clause << ' ' << row.properties;
}
constexpr ReasonCode kMalformed = ReasonCode::kMalformedPacket;
constexpr ReasonCode kProtocol = ReasonCode::kProtocolError;

// clang-format off: a table.
const ValueRow kValues[] = {
    {"PayloadFormatIndicator2", "[MQTT-4.13.1-1]", "PUBLISH FromClient", "01 02", 1, kProtocol},
    {"PayloadFormatIndicatorOfWill", "[MQTT-4.13.1-1]", "Will", "01 FF", 1, kProtocol},
    {"ResponseTopicPlus", "[MQTT-3.3.2-14]", "PUBLISH FromClient", "08 0003'a/+'", 5, kProtocol},
    {"ResponseTopicHash", "[MQTT-3.3.2-14]", "PUBLISH FromServer", "08 0001'#'", 3, kProtocol},
    {"ResponseTopicOfWill", "[MQTT-3.3.2-14]", "Will", "08 0001'+'", 3, kProtocol},
    {"ResponseTopicEmpty", "[MQTT-4.7.3-1]", "PUBLISH FromClient", "08 0000", 1, kProtocol},
    // [MQTT-3.3.2-13]
    {"ResponseTopicIllFormed", "[MQTT-1.5.4-1]", "PUBLISH FromClient", "08 0002'a' FF", 4,
     kMalformed},
    {"ResponseTopicNull", "[MQTT-1.5.4-2]", "PUBLISH FromClient", "08 0002'a' 00", 4, kMalformed},
    // [MQTT-3.3.2-19]
    {"ContentTypeIllFormed", "[MQTT-1.5.4-1]", "PUBLISH FromClient", "03 0002 C3 28", 3,
     kMalformed},
    {"ContentTypeSurrogate", "[MQTT-1.5.4-1]", "Will", "03 0003 ED A0 80", 3, kMalformed},
    {"TopicAlias0", "[MQTT-3.3.2-8]", "PUBLISH FromClient", "23 0000", 1, kProtocol},
    {"TopicAlias0OfServer", "[MQTT-3.3.2-8]", "PUBLISH FromServer", "02 00000001 23 0000", 6,
     kProtocol},
    {"SubscriptionIdentifier0", "[MQTT-4.13.1-1]", "SUBSCRIBE", "0B 00", 1, kProtocol},
    {"SubscriptionIdentifier0OfServer", "[MQTT-4.13.1-1]", "PUBLISH FromServer", "0B 01 0B 00", 3,
     kProtocol},
    {"SubscriptionIdentifierLong", "[MQTT-1.5.5-1]", "SUBSCRIBE", "0B 8100", 1, kMalformed},
    {"SubscriptionIdentifierFiveBytes", "[MQTT-1.5.5-1]", "SUBSCRIBE", "0B 8080808001", 1,
     kMalformed},
    {"SubscriptionIdentifierCut", "[MQTT-1.5.5-1]", "SUBSCRIBE", "0B 80", 1, kMalformed},
    {"RequestProblemInformation2", "[MQTT-4.13.1-1]", "CONNECT", "17 02", 1, kProtocol},
    {"RequestResponseInformation2", "[MQTT-4.13.1-1]", "CONNECT", "19 80", 1, kProtocol},
    {"ReceiveMaximum0", "[MQTT-4.13.1-1]", "CONNECT", "21 0000", 1, kProtocol},
    {"ReceiveMaximum0OfServer", "[MQTT-4.13.1-1]", "CONNACK", "21 0000", 1, kProtocol},
    {"MaximumPacketSize0", "[MQTT-4.13.1-1]", "CONNECT", "27 00000000", 1, kProtocol},
    {"MaximumPacketSize0OfServer", "[MQTT-4.13.1-1]", "CONNACK", "27 00000000", 1, kProtocol},
    {"MaximumQos2", "[MQTT-4.13.1-1]", "CONNACK", "24 02", 1, kProtocol},
    {"RetainAvailable2", "[MQTT-4.13.1-1]", "CONNACK", "25 02", 1, kProtocol},
    {"WildcardSubscriptionAvailable2", "[MQTT-4.13.1-1]", "CONNACK", "28 02", 1, kProtocol},
    {"SubscriptionIdentifierAvailable2", "[MQTT-4.13.1-1]", "CONNACK", "29 02", 1, kProtocol},
    {"SharedSubscriptionAvailable2", "[MQTT-4.13.1-1]", "CONNACK", "2A 02", 1, kProtocol},
    {"AuthenticationDataAlone", "[MQTT-4.13.1-1]", "CONNECT", "16 0001 'd'", std::size_t(-1),
     kProtocol},
    {"UserPropertyNameIllFormed", "[MQTT-1.5.7-1]", "CONNECT", "26 0001 80 0000", 3, kMalformed},
    {"UserPropertyValueIllFormed", "[MQTT-1.5.7-1]", "PUBACK FromClient", "26 0001'k' 0002'v' 80",
     7, kMalformed},
    {"UserPropertyNull", "[MQTT-1.5.4-2]", "PUBLISH FromClient", "26 0001'k' 0001 00", 6,
     kMalformed},
    {"UserPropertyWithoutValue", "[MQTT-4.13.1-1]", "DISCONNECT FromClient", "26 0001'k'", 0,
     kMalformed},
    {"ReasonStringIllFormed", "[MQTT-1.5.4-1]", "PUBREC FromClient", "1F 0001 FE", 3, kMalformed},
    {"AuthenticationMethodIllFormed", "[MQTT-1.5.4-1]", "CONNECT", "15 0001 FE", 3, kMalformed},
    {"StringBeyondProperties", "[MQTT-4.13.1-1]", "PUBLISH FromClient", "01 00 03 0005'abcd'", 2,
     kMalformed},
};
// clang-format on

class PropertyValueTest : public testing::TestWithParam<ValueRow> {};

TEST_P(PropertyValueTest, IsRefused) {
  const ValueRow& row = GetParam();
  const std::vector<Place> places = Places();
  const auto place = std::find_if(places.begin(), places.end(),
                                  [&](const Place& any) { return any.name == row.place; });
  ASSERT_NE(place, places.end());
  const Built built = Build(*place, Wire(row.properties));
  const ExactCopy bytes(built.wire);
  const DecodeResult result = DecodeAt(*place, bytes);
  const auto* error = std::get_if<DecodeError>(&result);
  ASSERT_NE(error, nullptr) << Describe(result);
  EXPECT_EQ(Tag(*error), row.clause) << Describe(result);
  EXPECT_EQ(error->reason, row.reason) << Describe(result);
  EXPECT_EQ(error->offset, built.properties_at + row.offset) << Describe(result);
}

INSTANTIATE_TEST_SUITE_P(Values, PropertyValueTest, testing::ValuesIn(kValues),
                         [](const auto& row) { return std::string(row.param.name); });

// The length before the properties: [MQTT-1.5.5-1], [MQTT-2.2.2-1].
TEST(PropertyLengthTest, IsAVariableByteIntegerInItsShortestForm) {
  const struct {
    const char* wire;
    const char* clause;
    std::size_t offset;
  } kRows[] = {
      {"40 05 0001 00 8000", "[MQTT-1.5.5-1]", 5},
      {"40 07 0001 00 80808000", "[MQTT-1.5.5-1]", 5},
      {"40 08 0001 00 8080808001", "[MQTT-1.5.5-1]", 5},
      {"40 05 0001 00 8080", "[MQTT-1.5.5-1]", 5},
      {"40 05 0001 00 8001", "[MQTT-4.13.1-1]", 5},
      {"F0 01 18", "[MQTT-2.2.2-1]", 3},
  };
  for (const auto& row : kRows) {
    const DecodeResult result = Decode(Wire(row.wire), {kClient, Version::k50});
    const auto* error = std::get_if<DecodeError>(&result);
    ASSERT_NE(error, nullptr) << row.wire << Describe(result);
    EXPECT_EQ(Tag(*error), row.clause) << row.wire;
    EXPECT_EQ(error->reason, ReasonCode::kMalformedPacket) << row.wire;
    EXPECT_EQ(error->offset, row.offset) << row.wire;
  }
}

// [MQTT-1.5.5-1], [MQTT-2.2.2-1]: written in its shortest form, and 0 where there are none.
TEST(PropertyLengthTest, IsWrittenInOneToFourBytes) {
  for (const std::size_t size : {0u, 127u, 128u, 16'383u, 16'384u, 2'097'151u, 2'097'152u}) {
    std::string properties;
    while (properties.size() + 70'000 < size) {
      PropertyWriter(properties).AddUserProperty(std::string(60'000, 'k'), "");
    }
    if (size != 0) {  // what is left, in up to two strings
      const std::size_t left = size - properties.size() - 5;
      const std::size_t name = std::min<std::size_t>(left, 65'535);
      PropertyWriter(properties)
          .AddUserProperty(std::string(name, 'k'), std::string(left - name, 'v'));
    }
    ASSERT_EQ(properties.size(), size);
    Publish publish;
    publish.topic = Name("t");
    publish.properties = properties;
    publish.payload = "p";
    std::string wire;
    Encode(publish, Version::k50, wire);
    EXPECT_EQ(wire.size(), PublishSize(publish, Version::k50));
    const DecodeResult result = Decode(wire, {kClient, Version::k50});
    const auto* decoded = std::get_if<Decoded>(&result);
    ASSERT_NE(decoded, nullptr) << size << Describe(result);
    EXPECT_TRUE(decoded->packet == Packet(publish)) << size;
  }
}

}  // namespace
}  // namespace tallymq::mqtt
