// Goal: as in decode_errors_test.cc, which has the test, for packets of 5.0: each error with the
// reason that the standard gives it. What properties may be is in property_rules_test.cc.

#include "decode_error_row.h"
#include "wire.h"

namespace tallymq::mqtt {
namespace {

constexpr Sender kClient = Sender::kClient;
constexpr Sender kServer = Sender::kServer;
constexpr Version k50 = Version::k50;
constexpr ReasonCode kProtocol = ReasonCode::kProtocolError;
constexpr ReasonCode kName = ReasonCode::kTopicNameInvalid;
constexpr ReasonCode kFilter = ReasonCode::kTopicFilterInvalid;

// clang-format off: a table.
const ErrorRow kFixedHeaders[] = {
    {"Type0", "[MQTT-4.13.1-1]", kClient, k50, "00 00", 1, 0},
    {"ConnackFromClient", "[MQTT-4.13.1-1]", kClient, k50, "20 03 00 00 00", 1, 0, kProtocol},
    {"SubackFromClient", "[MQTT-4.13.1-1]", kClient, k50, "90 04 0001 00 00", 1, 0, kProtocol},
    {"UnsubackFromClient", "[MQTT-4.13.1-1]", kClient, k50, "B0 04 0001 00 00", 1, 0, kProtocol},
    {"PingrespFromClient", "[MQTT-4.13.1-1]", kClient, k50, "D0 00", 1, 0, kProtocol},
    {"ConnectFromServer", "[MQTT-4.13.1-1]", kServer, k50, "10 0D 0004'MQTT' 05 02 003C 00 0000", 1,
     0, kProtocol},
    {"SubscribeFromServer", "[MQTT-4.13.1-1]", kServer, k50, "82 07 0001 00 0001'a' 00", 1, 0,
     kProtocol},
    {"UnsubscribeFromServer", "[MQTT-4.13.1-1]", kServer, k50, "A2 06 0001 00 0001'a'", 1, 0,
     kProtocol},
    {"PingreqFromServer", "[MQTT-4.13.1-1]", kServer, k50, "C0 00", 1, 0, kProtocol},

    {"ConnectFlags", "[MQTT-2.1.3-1]", kClient, k50, "11 0D 0004'MQTT' 05 02 003C 00 0000", 1, 0},
    {"ConnackFlags", "[MQTT-2.1.3-1]", kServer, k50, "21 03 00 00 00", 1, 0},
    {"PubackFlags", "[MQTT-2.1.3-1]", kClient, k50, "42 02 0001", 1, 0},
    {"PubrecFlags", "[MQTT-2.1.3-1]", kServer, k50, "51 02 0001", 1, 0},
    {"PubrelFlags0", "[MQTT-3.6.1-1]", kClient, k50, "60 02 0001", 1, 0},
    {"PubrelDup", "[MQTT-3.6.1-1]", kServer, k50, "6A 02 0001", 1, 0},
    {"PubcompFlags", "[MQTT-2.1.3-1]", kClient, k50, "74 02 0001", 1, 0},
    {"SubscribeFlags0", "[MQTT-3.8.1-1]", kClient, k50, "80 07 0001 00 0001'a' 00", 1, 0},
    {"SubscribeDup", "[MQTT-3.8.1-1]", kClient, k50, "8A 07 0001 00 0001'a' 00", 1, 0},
    {"SubackFlags", "[MQTT-2.1.3-1]", kServer, k50, "92 04 0001 00 00", 1, 0},
    {"UnsubscribeFlags0", "[MQTT-3.10.1-1]", kClient, k50, "A0 06 0001 00 0001'a'", 1, 0},
    {"UnsubackFlags", "[MQTT-2.1.3-1]", kServer, k50, "B1 04 0001 00 00", 1, 0},
    {"PingreqFlags", "[MQTT-2.1.3-1]", kClient, k50, "C1 00", 1, 0},
    {"PingrespFlags", "[MQTT-2.1.3-1]", kServer, k50, "D8 00", 1, 0},
    {"DisconnectFlags", "[MQTT-3.14.1-1]", kClient, k50, "E1 00", 1, 0},
    {"DisconnectFlagsFromServer", "[MQTT-3.14.1-1]", kServer, k50, "E2 01 8B", 1, 0},
    {"AuthFlags", "[MQTT-3.15.1-1]", kClient, k50, "F1 06 18 04 15 0001'm'", 1, 0},
    {"AuthFlagsFromServer", "[MQTT-3.15.1-1]", kServer, k50, "F8 00", 1, 0},
    {"Qos3", "[MQTT-3.3.1-4]", kClient, k50, "36 06 0001'a' 0001 00", 1, 0},
    {"Qos3FromServer", "[MQTT-3.3.1-4]", kServer, k50, "3F 06 0001'a' 0001 00", 1, 0},
    {"DupOfQos0", "[MQTT-3.3.1-2]", kClient, k50, "38 04 0001'a' 00", 1, 0},

    {"LengthOfFiveBytes", "[MQTT-4.13.1-1]", kClient, k50, "30 FF FF FF FF 7F", 5, 4},
    {"LengthNotShortest", "[MQTT-1.5.5-1]", kClient, k50, "40 82 00 0001", 3, 2},
    {"LengthNotShortestInFour", "[MQTT-1.5.5-1]", kServer, k50, "40 82 80 80 00 0001", 5, 4},
    {"LengthZeroNotShortest", "[MQTT-1.5.5-1]", kClient, k50, "C0 80 00", 3, 2},
    {"ConnackLength2", "[MQTT-4.13.1-1]", kServer, k50, "20 02 00 00", 2, 1},
    {"PublishLength2", "[MQTT-4.13.1-1]", kClient, k50, "30 02 0000", 2, 1},
    {"PublishQos1Length4", "[MQTT-4.13.1-1]", kClient, k50, "32 04 0000 0001", 2, 1},
    {"PubackLength1", "[MQTT-4.13.1-1]", kClient, k50, "40 01 01", 2, 1},
    {"SubscribeLength3", "[MQTT-3.8.3-2]", kClient, k50, "82 03 0001 00", 2, 1, kProtocol},
    {"SubscribeLength5", "[MQTT-3.8.3-2]", kClient, k50, "82 05 0001 00 0000", 2, 1, kProtocol},
    {"SubackLength3", "[MQTT-3.8.4-6]", kServer, k50, "90 03 0001 00", 2, 1},
    {"UnsubscribeLength3", "[MQTT-3.10.3-2]", kClient, k50, "A2 03 0001 00", 2, 1, kProtocol},
    {"UnsubackLength3", "[MQTT-3.11.3-1]", kServer, k50, "B0 03 0001 00", 2, 1},
    {"PingreqLength1", "[MQTT-4.13.1-1]", kClient, k50, "C0 01 00", 2, 1},
    {"PingrespLength1", "[MQTT-4.13.1-1]", kServer, k50, "D0 01 00", 2, 1},
};

// CONNECT says its version itself: that of the options is ignored.
constexpr Version kUnsaid = Version::k311;
const ErrorRow kConnects[] = {
    {"ConnectEndsInProperties", "[MQTT-4.13.1-1]", kClient, kUnsaid,
     "10 0D 0004'MQTT' 05 02 003C 05 1100", kWhole, 12},
    {"ConnectLengthNotShortest", "[MQTT-1.5.5-1]", kClient, kUnsaid,
     "10 8D 00 0004'MQTT' 05 02 003C 00 0000", kWhole, 1},
    {"ConnectReservedFlag", "[MQTT-3.1.2-3]", kClient, kUnsaid,
     "10 0D 0004'MQTT' 05 03 003C 00 0000", kWhole, 9},
    {"WillQosWithoutWill", "[MQTT-3.1.2-11]", kClient, kUnsaid,
     "10 0D 0004'MQTT' 05 0A 003C 00 0000", kWhole, 9},
    {"WillRetainWithoutWill", "[MQTT-3.1.2-13]", kClient, kUnsaid,
     "10 0D 0004'MQTT' 05 22 003C 00 0000", kWhole, 9},
    {"WillQos3", "[MQTT-3.1.2-12]", kClient, kUnsaid,
     "10 13 0004'MQTT' 05 1E 003C 00 0000 00 0001'w' 0000", kWhole, 9},
    {"EndsInClientId", "[MQTT-3.1.3-3]", kClient, kUnsaid,
     "10 0F 0004'MQTT' 05 02 003C 00 0003'id'", kWhole, 13},
    // [MQTT-3.1.3-4]
    {"ClientIdIllFormed", "[MQTT-1.5.4-1]", kClient, kUnsaid,
     "10 0E 0004'MQTT' 05 02 003C 00 0001 80", kWhole, 15},
    {"ClientIdNull", "[MQTT-1.5.4-2]", kClient, kUnsaid, "10 0E 0004'MQTT' 05 02 003C 00 0001 00",
     kWhole, 15},
    {"NoWillProperties", "[MQTT-2.2.2-1]", kClient, kUnsaid,
     "10 0F 0004'MQTT' 05 06 003C 00 0002'id'", kWhole, 17},
    {"NoWillTopic", "[MQTT-3.1.2-9]", kClient, kUnsaid,
     "10 10 0004'MQTT' 05 06 003C 00 0002'id' 00", kWhole, 18},
    {"NoWillPayload", "[MQTT-3.1.2-9]", kClient, kUnsaid,
     "10 13 0004'MQTT' 05 06 003C 00 0002'id' 00 0001'w'", kWhole, 21},
    // [MQTT-3.1.3-11]
    {"WillTopicIllFormed", "[MQTT-1.5.4-1]", kClient, kUnsaid,
     "10 15 0004'MQTT' 05 06 003C 00 0002'id' 00 0001 FF 0000", kWhole, 20},
    {"WillTopicWildcard", "[MQTT-4.7.0-1]", kClient, kUnsaid,
     "10 15 0004'MQTT' 05 06 003C 00 0002'id' 00 0001'#' 0000", kWhole, 20, kName},
    {"WillTopicEmpty", "[MQTT-4.7.3-1]", kClient, kUnsaid,
     "10 14 0004'MQTT' 05 06 003C 00 0002'id' 00 0000 0000", kWhole, 20, kName},
    {"NoUserName", "[MQTT-3.1.2-17]", kClient, kUnsaid, "10 0F 0004'MQTT' 05 82 003C 00 0002'id'",
     kWhole, 17},
    // [MQTT-3.1.3-12]
    {"UserNameIllFormed", "[MQTT-1.5.4-1]", kClient, kUnsaid,
     "10 12 0004'MQTT' 05 82 003C 00 0002'id' 0001 C0", kWhole, 19},
    {"NoPassword", "[MQTT-3.1.2-19]", kClient, kUnsaid, "10 0F 0004'MQTT' 05 42 003C 00 0002'id'",
     kWhole, 17},
    {"UserNameWithoutFlag", "[MQTT-3.1.2-16]", kClient, kUnsaid,
     "10 12 0004'MQTT' 05 02 003C 00 0002'id' 0001'u'", kWhole, 17},
    {"PasswordWithoutFlag", "[MQTT-3.1.2-18]", kClient, kUnsaid,
     "10 15 0004'MQTT' 05 82 003C 00 0002'id' 0001'u' 0001'p'", kWhole, 20},
    {"ByteBehindPasswordAlone", "[MQTT-3.1.4-1]", kClient, kUnsaid,
     "10 13 0004'MQTT' 05 42 003C 00 0002'id' 0001'p' 00", kWhole, 20},
};

const ErrorRow kConnacks[] = {
    {"ConnackReservedBit", "[MQTT-3.2.2-1]", kServer, k50, "20 03 02 00 00", kWhole, 2},
    {"ConnackPresentThoughRefused", "[MQTT-3.2.2-6]", kServer, k50, "20 03 01 87 00", kWhole, 2,
     kProtocol},
    {"ConnackCode1", "[MQTT-3.2.2-8]", kServer, k50, "20 03 00 01 00", kWhole, 3, kProtocol},
    {"ConnackByteBehind", "[MQTT-4.13.1-1]", kServer, k50, "20 04 00 00 00 00", kWhole, 5},
};

const ErrorRow kPublishes[] = {
    {"EndsInTopic", "[MQTT-3.3.2-1]", kClient, k50, "30 04 0003'ab'", kWhole, 2},
    {"NoPacketId", "[MQTT-2.2.1-3]", kClient, k50, "32 06 0004'a/bc'", kWhole, 8},
    {"EndsInPacketIdFromServer", "[MQTT-2.2.1-4]", kServer, k50, "34 05 0002'ab' 00", kWhole, 6},
    {"PacketId0", "[MQTT-2.2.1-3]", kClient, k50, "32 06 0001'a' 0000 00", kWhole, 5, kProtocol},
    {"PacketId0FromServer", "[MQTT-2.2.1-4]", kServer, k50, "34 06 0001'a' 0000 00", kWhole, 5,
     kProtocol},
    {"NoPropertyLength", "[MQTT-2.2.2-1]", kClient, k50, "30 03 0001'a'", kWhole, 5},
    {"NeitherTopicNorAlias", "[MQTT-4.7.3-1]", kClient, k50, "30 04 0000 00 'x'", kWhole, 2,
     kProtocol},
    {"NeitherTopicNorAliasFromServer", "[MQTT-4.7.3-1]", kServer, k50, "32 07 0000 0001 02 0100",
     kWhole, 2, kProtocol},
    {"TopicIllFormed", "[MQTT-1.5.4-1]", kClient, k50, "30 06 0003'ab' 80 00", kWhole, 6},
    {"TopicSurrogate", "[MQTT-1.5.4-1]", kServer, k50, "30 06 0003 ED A0 80 00", kWhole, 4},
    // [MQTT-4.7.3-2] says of names and filters what this says of all strings.
    {"TopicNull", "[MQTT-1.5.4-2]", kClient, k50, "30 06 0003'a' 00 'b' 00", kWhole, 5},
    // [MQTT-3.3.2-2] says the same of PUBLISH alone.
    {"TopicPlus", "[MQTT-4.7.0-1]", kClient, k50, "30 06 0003'a/+' 00", kWhole, 6, kName},
    {"TopicHash", "[MQTT-4.7.0-1]", kServer, k50, "32 08 0003'a/#' 0001 00", kWhole, 6, kName},
};

const ErrorRow kAcks[] = {
    {"PubackId0", "[MQTT-2.2.1-5]", kClient, k50, "40 02 0000", kWhole, 2, kProtocol},
    {"PubrecId0", "[MQTT-2.2.1-5]", kServer, k50, "50 03 0000 97", kWhole, 2, kProtocol},
    {"PubrelId0", "[MQTT-2.2.1-5]", kClient, k50, "62 02 0000", kWhole, 2, kProtocol},
    {"PubcompId0", "[MQTT-2.2.1-5]", kClient, k50, "70 02 0000", kWhole, 2, kProtocol},
    {"SubackId0", "[MQTT-2.2.1-6]", kServer, k50, "90 04 0000 00 00", kWhole, 2, kProtocol},
    {"UnsubackId0", "[MQTT-2.2.1-6]", kServer, k50, "B0 04 0000 00 00", kWhole, 2, kProtocol},
    {"PubackPropertiesBeyond", "[MQTT-4.13.1-1]", kClient, k50, "40 04 0001 00 01", kWhole, 5},
    {"PubackByteBehind", "[MQTT-4.13.1-1]", kClient, k50, "40 05 0001 00 00 00", kWhole, 6},
    {"PubrelByteBehind", "[MQTT-4.13.1-1]", kServer, k50, "62 09 0001 92 04 1F 0001'r' 00", kWhole,
     10},
    {"SubackNoCode", "[MQTT-3.8.4-6]", kServer, k50, "90 07 0001 04 1F 0001'r'", kWhole, 9},
    {"UnsubackNoCode", "[MQTT-3.11.3-1]", kServer, k50, "B0 07 0001 04 1F 0001'r'", kWhole, 9},
    {"SubackSecondCode", "[MQTT-3.9.3-2]", kServer, k50, "90 05 0001 00 00 03", kWhole, 6,
     kProtocol},
    {"UnsubackSecondCode", "[MQTT-3.11.3-2]", kServer, k50, "B0 05 0001 00 00 01", kWhole, 6,
     kProtocol},
};

const ErrorRow kSubscribes[] = {
    {"SubscribeId0", "[MQTT-2.2.1-3]", kClient, k50, "82 07 0000 00 0001'a' 00", kWhole, 2,
     kProtocol},
    {"NoFilters", "[MQTT-3.8.3-2]", kClient, k50, "82 08 0001 05 26 0000 0000", kWhole, 10,
     kProtocol},
    {"EndsInFilter", "[MQTT-3.8.3-1]", kClient, k50, "82 07 0001 00 0003'ab'", kWhole, 5},
    {"FilterWithoutOptions", "[MQTT-3.8.3-2]", kClient, k50, "82 06 0001 00 0001'a'", kWhole, 8},
    {"ReservedBit6", "[MQTT-3.8.3-5]", kClient, k50, "82 07 0001 00 0001'a' 40", kWhole, 8},
    {"ReservedBit7", "[MQTT-3.8.3-5]", kClient, k50, "82 07 0001 00 0001'a' 82", kWhole, 8},
    {"SubscribeQos3", "[MQTT-4.13.1-1]", kClient, k50, "82 07 0001 00 0001'a' 03", kWhole, 8,
     kProtocol},
    {"RetainHandling3", "[MQTT-4.13.1-1]", kClient, k50, "82 07 0001 00 0001'a' 30", kWhole, 8,
     kProtocol},
    {"SharedNoLocal", "[MQTT-3.8.3-4]", kClient, k50, "82 10 0001 00 000A'$share/g/a' 05", kWhole,
     17, kProtocol},
    {"FilterEmpty", "[MQTT-4.7.3-1]", kClient, k50, "82 06 0001 00 0000 00", kWhole, 7, kFilter},
    {"FilterNull", "[MQTT-1.5.4-2]", kClient, k50, "82 07 0001 00 0001 00 00", kWhole, 7},
    {"FilterIllFormed", "[MQTT-1.5.4-1]", kClient, k50, "82 08 0001 00 0002'a' C3 00", kWhole, 8},
    {"FilterHashInside", "[MQTT-4.7.1-1]", kClient, k50, "82 09 0001 00 0003'#/a' 00", kWhole, 7,
     kFilter},
    {"FilterPlusInside", "[MQTT-4.7.1-2]", kClient, k50, "82 0D 0001 00 0001'a' 01 0003'a+b' 00",
     kWhole, 12, kFilter},

    {"UnsubscribeId0", "[MQTT-2.2.1-3]", kClient, k50, "A2 06 0000 00 0001'a'", kWhole, 2,
     kProtocol},
    {"UnsubscribeNoFilters", "[MQTT-3.10.3-2]", kClient, k50, "A2 08 0001 05 26 0000 0000", kWhole,
     10, kProtocol},
    {"UnsubscribeEndsInFilter", "[MQTT-3.10.3-1]", kClient, k50, "A2 06 0001 00 0002'a'", kWhole,
     5},
    {"UnsubscribeFilterIllFormed", "[MQTT-1.5.4-1]", kClient, k50, "A2 06 0001 00 0001 FF", kWhole,
     7},
};

const ErrorRow kOthers[] = {
    {"DisconnectByteBehind", "[MQTT-4.13.1-1]", kClient, k50, "E0 03 00 00 00", kWhole, 4},
    {"AuthNothingOfClient", "[MQTT-3.15.2-1]", kClient, k50, "F0 00", kWhole, 2, kProtocol},
    {"AuthReasonAlone", "[MQTT-2.2.2-1]", kClient, k50, "F0 01 18", kWhole, 3},
    {"AuthWithoutMethod", "[MQTT-4.12.0-5]", kClient, k50, "F0 02 18 00", kWhole, 3, kProtocol},
    {"AuthDataWithoutMethod", "[MQTT-4.12.0-5]", kServer, k50, "F0 06 18 04 16 0001'd'", kWhole, 3,
     kProtocol},
    {"AuthSuccessWithoutMethod", "[MQTT-4.12.0-5]", kServer, k50, "F0 02 00 00", kWhole, 3,
     kProtocol},
    {"AuthByteBehind", "[MQTT-4.13.1-1]", kClient, k50, "F0 07 18 04 15 0001'm' 00", kWhole, 8},
};
// clang-format on

INSTANTIATE_TEST_SUITE_P(FixedHeader50, DecodeErrorTest, testing::ValuesIn(kFixedHeaders), NameOf);
INSTANTIATE_TEST_SUITE_P(Connect50, DecodeErrorTest, testing::ValuesIn(kConnects), NameOf);
INSTANTIATE_TEST_SUITE_P(Connack50, DecodeErrorTest, testing::ValuesIn(kConnacks), NameOf);
INSTANTIATE_TEST_SUITE_P(Publish50, DecodeErrorTest, testing::ValuesIn(kPublishes), NameOf);
INSTANTIATE_TEST_SUITE_P(Ack50, DecodeErrorTest, testing::ValuesIn(kAcks), NameOf);
INSTANTIATE_TEST_SUITE_P(Subscribe50, DecodeErrorTest, testing::ValuesIn(kSubscribes), NameOf);
INSTANTIATE_TEST_SUITE_P(Other50, DecodeErrorTest, testing::ValuesIn(kOthers), NameOf);

// [MQTT-3.2.2-15]: what is above the server's maximum is refused before the body comes in.
TEST(MaximumPacketSize50Test, OfTheServerIsJudgedByTheFixedHeader) {
  const DecodeResult result = Decode(Wire("30 63"), {kClient, k50, 100});
  const auto* error = std::get_if<DecodeError>(&result);
  ASSERT_NE(error, nullptr) << Describe(result);
  EXPECT_EQ(Tag(*error), "[MQTT-3.2.2-15]");
  EXPECT_EQ(error->reason, ReasonCode::kPacketTooLarge);
}

// And so is what is above the client's.
TEST(MaximumPacketSize50Test, OfTheClientIsJudgedByTheFixedHeader) {
  const DecodeResult result = Decode(Wire("30 63"), {kServer, k50, 100});
  const auto* error = std::get_if<DecodeError>(&result);
  ASSERT_NE(error, nullptr) << Describe(result);
  EXPECT_EQ(Tag(*error), "[MQTT-3.1.2-24]");
  EXPECT_EQ(error->reason, ReasonCode::kPacketTooLarge);
}

// CONNECT may be longer than one of 3.1.1 can be.
TEST(Connect50Test, MayHaveManyProperties) {
  std::string properties;
  PropertyWriter writer(properties);
  while (properties.size() < 1'000'000) writer.AddUserProperty("name", std::string(1000, 'v'));
  Connect connect;
  connect.version = k50;
  connect.properties = properties;
  std::string wire;
  Encode(connect, k50, wire);
  for (const std::size_t size : {3u, 4u, 5u, 11u, 12u, 500'000u}) {
    const DecodeResult result = Decode(std::string_view(wire).substr(0, size), {});
    EXPECT_TRUE(std::holds_alternative<NeedMore>(result)) << size << Describe(result);
  }
  const DecodeResult result = Decode(wire, {});
  const auto* decoded = std::get_if<Decoded>(&result);
  ASSERT_NE(decoded, nullptr) << Describe(result);
  EXPECT_TRUE(decoded->packet == Packet(connect));
}

// Which reason codes may stand in which packet, from which side. Spec: table 2-6 and those of the
// packets. A `codes` of a side is all that are allowed.
struct ReasonRow {
  const char* name;
  const char* clause;
  Sender sender;
  const char* before;  // of the packet, up to the code
  const char* codes;
  const char* after;
};
void PrintTo(const ReasonRow& row, std::ostream* out) { *out << row.clause << ' ' << row.name; }

// clang-format off: a table.
const ReasonRow kReasons[] = {
    {"Connack", "[MQTT-3.2.2-8]", kServer, "20 03 00",
     "00 80 81 82 83 84 85 86 87 88 89 8A 8C 90 95 97 99 9A 9B 9C 9D 9F", "00"},
    {"PubackOfClient", "[MQTT-3.4.2-1]", kClient, "40 03 0001", "00 80 83 87 90 91 97 99", ""},
    {"PubackOfServer", "[MQTT-3.4.2-1]", kServer, "40 03 0001", "00 10 80 83 87 90 91 97 99", ""},
    {"PubrecOfClient", "[MQTT-3.5.2-1]", kClient, "50 03 0001", "00 80 83 87 90 91 97 99", ""},
    {"PubrecOfServer", "[MQTT-3.5.2-1]", kServer, "50 03 0001", "00 10 80 83 87 90 91 97 99", ""},
    {"PubrelOfClient", "[MQTT-3.6.2-1]", kClient, "62 03 0001", "00 92", ""},
    {"PubrelOfServer", "[MQTT-3.6.2-1]", kServer, "62 03 0001", "00 92", ""},
    {"PubcompOfClient", "[MQTT-3.7.2-1]", kClient, "70 03 0001", "00 92", ""},
    {"PubcompOfServer", "[MQTT-3.7.2-1]", kServer, "70 04 0001", "00 92", "00"},
    {"Suback", "[MQTT-3.9.3-2]", kServer, "90 04 0001 00", "00 01 02 80 83 87 8F 91 97 9E A1 A2",
     ""},
    {"Unsuback", "[MQTT-3.11.3-2]", kServer, "B0 04 0001 00", "00 11 80 83 87 8F 91", ""},
    {"DisconnectOfClient", "[MQTT-3.14.2-1]", kClient, "E0 01",
     "00 04 80 81 82 83 90 93 94 95 96 97 98 99", ""},
    {"DisconnectOfServer", "[MQTT-3.14.2-1]", kServer, "E0 01",
     "00 80 81 82 83 87 89 8B 8C 8D 8E 8F 90 93 94 95 96 97 98 99 9A 9B 9C 9D 9E 9F A0 A1 A2", ""},
    {"AuthOfClient", "[MQTT-3.15.2-1]", kClient, "F0 06", "18 19", "04 15 0001'm'"},
    {"AuthOfServer", "[MQTT-3.15.2-1]", kServer, "F0 06", "00 18", "04 15 0001'm'"},
};
// clang-format on

class ReasonCodeRulesTest : public testing::TestWithParam<ReasonRow> {};

TEST_P(ReasonCodeRulesTest, TheseAreAllowedAndNoOthers) {
  const ReasonRow& row = GetParam();
  const std::string codes = Wire(row.codes);
  const std::string before = Wire(row.before);
  for (unsigned code = 0; code < 256; ++code) {
    const auto byte = static_cast<char>(code);
    const DecodeResult result = Decode(before + byte + Wire(row.after), {row.sender, k50});
    if (codes.find(byte) != std::string::npos) {
      EXPECT_TRUE(std::holds_alternative<Decoded>(result)) << code << ": " << Describe(result);
      continue;
    }
    const auto* error = std::get_if<DecodeError>(&result);
    ASSERT_NE(error, nullptr) << code << ": " << Describe(result);
    EXPECT_EQ(Tag(*error), row.clause) << code;
    EXPECT_EQ(error->reason, kProtocol) << code;
    EXPECT_EQ(error->offset, before.size()) << code;
  }
}

INSTANTIATE_TEST_SUITE_P(Packets, ReasonCodeRulesTest, testing::ValuesIn(kReasons),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace tallymq::mqtt
