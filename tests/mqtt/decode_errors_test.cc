// Goal: each rule that a peer can break is noticed as early as its bytes allow, with its clause and
// the byte that breaks it. Method: a row is a broken packet. Up to `noticed_after` bytes the
// decoder asks for more; from there on it gives the same error, whatever follows.

#include <gtest/gtest.h>

#include <string>

#include "decode_error_row.h"
#include "wire.h"

namespace tallymq::mqtt {

DecodeResult DecodeErrorTest::DecodeFront(const std::string& wire, std::size_t size) {
  DecodeOptions options;
  options.sender = GetParam().sender;
  options.version = GetParam().version;
  const ExactCopy bytes(std::string_view(wire).substr(0, size));
  return Decode(bytes.view(), options);
}

namespace {

constexpr Sender kClient = Sender::kClient;
constexpr Sender kServer = Sender::kServer;
constexpr Version k31 = Version::k31;
constexpr Version k311 = Version::k311;
constexpr ReasonCode kProtocol = ReasonCode::kProtocolError;
constexpr ReasonCode kName = ReasonCode::kTopicNameInvalid;
constexpr ReasonCode kFilter = ReasonCode::kTopicFilterInvalid;
constexpr ReasonCode kVersion = ReasonCode::kUnsupportedProtocolVersion;

TEST_P(DecodeErrorTest, IsNoticedWithClauseAndByte) {
  const ErrorRow& row = GetParam();
  const std::string wire = Wire(row.wire);
  const std::size_t noticed_after = row.noticed_after == kWhole ? wire.size() : row.noticed_after;
  for (std::size_t size = 0; size < noticed_after; ++size) {
    const DecodeResult result = DecodeFront(wire, size);
    ASSERT_TRUE(std::holds_alternative<NeedMore>(result))
        << "after " << size << " bytes: " << Describe(result);
  }
  for (std::size_t size = noticed_after; size <= wire.size() + 1; ++size) {
    const DecodeResult result = DecodeFront(wire + '\xC0', size);
    const auto* error = std::get_if<DecodeError>(&result);
    ASSERT_NE(error, nullptr) << "after " << size << " bytes: " << Describe(result);
    EXPECT_EQ(Tag(*error), row.clause);
    EXPECT_EQ(error->offset, row.offset) << Describe(result);
    EXPECT_EQ(error->reason, row.reason) << Describe(result);
    EXPECT_EQ(error->version == Version::k50, Tag(*error).starts_with("[MQTT-")) << Tag(*error);
    EXPECT_FALSE(error->what.empty());
  }
}

// clang-format off: a table.
const ErrorRow kFixedHeaders[] = {
    // Spec: table 2.1.
    {"Type0", "[MQTT3-4.8.0-1]", kClient, k311, "00 00", 1, 0},
    {"Type0FromServer", "[MQTT3-4.8.0-1]", kServer, k311, "00 00", 1, 0},
    {"Type15", "[MQTT3-4.8.0-1]", kClient, k311, "F0 00", 1, 0},
    {"Type15FromServer", "[MQTT3-4.8.0-1]", kServer, k311, "F0 00", 1, 0},
    {"ConnackFromClient", "[MQTT3-4.8.0-1]", kClient, k311, "20 02 00 00", 1, 0, kProtocol},
    {"SubackFromClient", "[MQTT3-4.8.0-1]", kClient, k311, "90 03 0001 00", 1, 0, kProtocol},
    {"UnsubackFromClient", "[MQTT3-4.8.0-1]", kClient, k311, "B0 02 0001", 1, 0, kProtocol},
    {"PingrespFromClient", "[MQTT3-4.8.0-1]", kClient, k311, "D0 00", 1, 0, kProtocol},
    {"ConnectFromServer", "[MQTT3-4.8.0-1]", kServer, k311, "10 0C 0004'MQTT' 04 02 003C 0000", 1,
     0, kProtocol},
    {"SubscribeFromServer", "[MQTT3-4.8.0-1]", kServer, k311, "82 06 0001 0001'a' 00", 1, 0,
     kProtocol},
    {"UnsubscribeFromServer", "[MQTT3-4.8.0-1]", kServer, k311, "A2 05 0001 0001'a'", 1, 0,
     kProtocol},
    {"PingreqFromServer", "[MQTT3-4.8.0-1]", kServer, k311, "C0 00", 1, 0, kProtocol},
    {"DisconnectFromServer", "[MQTT3-4.8.0-1]", kServer, k311, "E0 00", 1, 0, kProtocol},
    // [MQTT3-2.2.2-1]: table 2.2 has the flags of each type.
    {"ConnectFlags", "[MQTT3-2.2.2-2]", kClient, k311, "11 0C 0004'MQTT' 04 02 003C 0000", 1, 0},
    {"Connect31Flags", "[MQTT3-2.2.2-2]", kClient, k31, "18 0E 0006'MQIsdp' 03 02 003C 0000", 1, 0},
    {"ConnackFlags", "[MQTT3-2.2.2-2]", kServer, k311, "21 02 00 00", 1, 0},
    {"PubackFlags", "[MQTT3-2.2.2-2]", kClient, k311, "42 02 0001", 1, 0},
    {"Puback31Flags", "[MQTT3-2.2.2-2]", kClient, k31, "48 02 0001", 1, 0},
    {"PubrecFlags", "[MQTT3-2.2.2-2]", kClient, k311, "51 02 0001", 1, 0},
    {"PubrelFlags0", "[MQTT3-3.6.1-1]", kClient, k311, "60 02 0001", 1, 0},
    {"PubrelFlagsFromServer", "[MQTT3-3.6.1-1]", kServer, k311, "66 02 0001", 1, 0},
    {"PubrelDup", "[MQTT3-3.6.1-1]", kClient, k311, "6A 02 0001", 1, 0},
    {"Pubrel31Retain", "[MQTT3-3.6.1-1]", kClient, k31, "6B 02 0001", 1, 0},
    {"Pubrel31WithoutQos", "[MQTT3-3.6.1-1]", kClient, k31, "68 02 0001", 1, 0},
    {"PubcompFlags", "[MQTT3-2.2.2-2]", kClient, k311, "74 02 0001", 1, 0},
    {"SubscribeFlags0", "[MQTT3-3.8.1-1]", kClient, k311, "80 06 0001 0001'a' 00", 1, 0},
    {"SubscribeDup", "[MQTT3-3.8.1-1]", kClient, k311, "8A 06 0001 0001'a' 00", 1, 0},
    {"Subscribe31Flags", "[MQTT3-3.8.1-1]", kClient, k31, "88 06 0001 0001'a' 00", 1, 0},
    {"SubackFlags", "[MQTT3-2.2.2-2]", kServer, k311, "92 03 0001 00", 1, 0},
    {"UnsubscribeFlags0", "[MQTT3-3.10.1-1]", kClient, k311, "A0 05 0001 0001'a'", 1, 0},
    {"UnsubscribeDup", "[MQTT3-3.10.1-1]", kClient, k311, "AA 05 0001 0001'a'", 1, 0},
    {"UnsubackFlags", "[MQTT3-2.2.2-2]", kServer, k311, "B1 02 0001", 1, 0},
    {"PingreqFlags", "[MQTT3-2.2.2-2]", kClient, k311, "C1 00", 1, 0},
    {"PingrespFlags", "[MQTT3-2.2.2-2]", kServer, k311, "D8 00", 1, 0},
    {"DisconnectFlags", "[MQTT3-3.14.1-1]", kClient, k311, "E1 00", 1, 0},
    {"Qos3", "[MQTT3-3.3.1-4]", kClient, k311, "36 05 0001'a' 0001", 1, 0},
    {"Qos3FromServer", "[MQTT3-3.3.1-4]", kServer, k311, "3F 05 0001'a' 0001", 1, 0},
    {"Qos3Of31", "[MQTT3-3.3.1-4]", kClient, k31, "36 05 0001'a' 0001", 1, 0},
    {"DupOfQos0", "[MQTT3-3.3.1-2]", kClient, k311, "38 03 0001'a'", 1, 0},
    {"DupOfQos0FromServer", "[MQTT3-3.3.1-2]", kServer, k311, "39 03 0001'a'", 1, 0},
    // Spec: 2.2.3, at most four bytes.
    {"LengthOfFiveBytes", "[MQTT3-4.8.0-1]", kClient, k311, "30 FF FF FF FF 7F", 5, 4},
    {"LengthOfFiveZeroes", "[MQTT3-4.8.0-1]", kClient, k311, "C0 80 80 80 80 00", 5, 4},
    // Lengths that the type cannot have.
    {"ConnectLength0", "[MQTT3-3.1.4-1]", kClient, k311, "10 00", 2, 1},
    {"ConnectLength11", "[MQTT3-3.1.4-1]", kClient, k311, "10 0B 0004'MQTT' 04 02 003C 00", 2, 1},
    // One of 5.0 can be that long; its level tells.
    {"ConnectLengthHuge", "[MQTT3-3.1.4-1]", kClient, k311, "10 92 80 14 0004'MQTT' 04", 11, 1},
    {"ConnectLengthHugeOfOther", "[MQTT3-3.1.4-1]", kClient, k311, "10 92 80 14 0006'MQ'", 6, 1},
    {"ConnackLength1", "[MQTT3-4.8.0-1]", kServer, k311, "20 01 00", 2, 1},
    {"ConnackLength3", "[MQTT3-4.8.0-1]", kServer, k311, "20 03 00 00 00", 2, 1},
    {"PublishLength0", "[MQTT3-4.8.0-1]", kClient, k311, "30 00", 2, 1},
    {"PublishLength1", "[MQTT3-4.8.0-1]", kClient, k311, "30 01 00", 2, 1},
    {"PublishQos1Length3", "[MQTT3-4.8.0-1]", kClient, k311, "32 03 0001'a'", 2, 1},
    {"PubackLength0", "[MQTT3-4.8.0-1]", kClient, k311, "40 00", 2, 1},
    {"PubackLength1", "[MQTT3-4.8.0-1]", kClient, k311, "40 01 01", 2, 1},
    {"PubackLength3", "[MQTT3-4.8.0-1]", kClient, k311, "40 03 0001 00", 2, 1},
    {"PubrecLength4", "[MQTT3-4.8.0-1]", kClient, k311, "50 04 0001 00 00", 2, 1},
    {"PubrelLength3", "[MQTT3-4.8.0-1]", kClient, k311, "62 03 0001 00", 2, 1},
    {"PubcompLength130", "[MQTT3-4.8.0-1]", kClient, k311, "70 82 01 0001", 3, 1},
    {"SubscribeLength2", "[MQTT3-3.8.3-3]", kClient, k311, "82 02 0001", 2, 1, kProtocol},
    {"SubscribeLength4", "[MQTT3-3.8.3-3]", kClient, k311, "82 04 0001 0000", 2, 1, kProtocol},
    {"SubackLength2", "[MQTT3-3.8.4-5]", kServer, k311, "90 02 0001", 2, 1},
    {"UnsubscribeLength2", "[MQTT3-3.10.3-2]", kClient, k311, "A2 02 0001", 2, 1, kProtocol},
    {"UnsubackLength3", "[MQTT3-4.8.0-1]", kServer, k311, "B0 03 0001 00", 2, 1},
    {"PingreqLength1", "[MQTT3-4.8.0-1]", kClient, k311, "C0 01 00", 2, 1},
    {"PingrespLength1", "[MQTT3-4.8.0-1]", kServer, k311, "D0 01 00", 2, 1},
    {"DisconnectLength2", "[MQTT3-4.8.0-1]", kClient, k311, "E0 02 00 00", 2, 1},
};

const ErrorRow kConnects[] = {
    {"NoName", "[MQTT3-3.1.2-1]", kClient, k311, "10 0C 0000 04 02 003C 0004'abcd'", kWhole, 2},
    {"NameInOtherCase", "[MQTT3-3.1.2-1]", kClient, k311, "10 0C 0004'mqtt' 04 02 003C 0000",
     kWhole, 2},
    {"NameIsLonger", "[MQTT3-3.1.2-1]", kClient, k311, "10 0D 0005'MQTTx' 04 02 003C 0000", kWhole,
     2},
    {"NameIsShorter", "[MQTT3-3.1.2-1]", kClient, k311, "10 0D 0003'MQT' 04 02 003C 0002'ab'",
     kWhole, 2},
    {"EndsInName", "[MQTT3-3.1.4-1]", kClient, k311, "10 0C 000B'MQTT' 04 02 003C 0000", kWhole, 2},
    {"EndsAfterKeepAlive31", "[MQTT3-3.1.3-3]", kClient, k311, "10 0C 0006'MQIsdp' 03 02 003C",
     kWhole, 14},
    {"Level3OfMqtt", "[MQTT3-3.1.2-2]", kClient, k311, "10 0C 0004'MQTT' 03 02 003C 0000", kWhole,
     8, kVersion},
    {"Level0", "[MQTT3-3.1.2-2]", kClient, k311, "10 0C 0004'MQTT' 00 02 003C 0000", kWhole, 8,
     kVersion},
    {"Level132OfBridge", "[MQTT3-3.1.2-2]", kClient, k311, "10 0C 0004'MQTT' 84 02 003C 0000",
     kWhole, 8, kVersion},
    {"Level131OfBridge31", "[MQTT3-3.1.2-2]", kClient, k311, "10 0E 0006'MQIsdp' 83 02 003C 0000",
     kWhole, 10, kVersion},
    {"Level4OfMqisdp", "[MQTT3-3.1.2-2]", kClient, k311, "10 0E 0006'MQIsdp' 04 02 003C 0000",
     kWhole, 10, kVersion},
    // The level is judged before anything behind it, which another version may mean otherwise.
    {"LevelBeforeFlags", "[MQTT3-3.1.2-2]", kClient, k311, "10 0C 0004'MQTT' 06 FF 003C FFFF",
     kWhole, 8, kVersion},

    {"ReservedFlag", "[MQTT3-3.1.2-3]", kClient, k311, "10 0C 0004'MQTT' 04 03 003C 0000", kWhole,
     9},
    {"ReservedFlag31", "[MQTT3-3.1.2-3]", kClient, k311, "10 0E 0006'MQIsdp' 03 03 003C 0000",
     kWhole, 11},
    // [MQTT3-3.1.2-11] sums the next two up.
    {"WillQosWithoutWill", "[MQTT3-3.1.2-13]", kClient, k311, "10 0C 0004'MQTT' 04 0A 003C 0000",
     kWhole, 9},
    {"WillQos3WithoutWill", "[MQTT3-3.1.2-13]", kClient, k311, "10 0C 0004'MQTT' 04 1A 003C 0000",
     kWhole, 9},
    {"WillRetainWithoutWill", "[MQTT3-3.1.2-15]", kClient, k311, "10 0C 0004'MQTT' 04 22 003C 0000",
     kWhole, 9},
    {"WillQos3", "[MQTT3-3.1.2-14]", kClient, k311, "10 11 0004'MQTT' 04 1E 003C 0000 0001'w' 0000",
     kWhole, 9},
    {"WillQos3Of31", "[MQTT3-3.1.2-14]", kClient, k311,
     "10 13 0006'MQIsdp' 03 1E 003C 0000 0001'w' 0000", kWhole, 11},
    {"PasswordWithoutUserName", "[MQTT3-3.1.2-22]", kClient, k311,
     "10 0F 0004'MQTT' 04 42 003C 0000 0001'p'", kWhole, 9},
    {"PasswordWithoutUserName31", "[MQTT3-3.1.2-22]", kClient, k311,
     "10 11 0006'MQIsdp' 03 42 003C 0000 0001'p'", kWhole, 11},

    {"NoClientId31", "[MQTT3-3.1.3-3]", kClient, k311, "10 0D 0006'MQIsdp' 03 02 003C 00", kWhole,
     14},
    {"EndsInClientId", "[MQTT3-3.1.3-3]", kClient, k311, "10 0E 0004'MQTT' 04 02 003C 0003'id'",
     kWhole, 12},
    {"NoWill", "[MQTT3-3.1.2-9]", kClient, k311, "10 0E 0004'MQTT' 04 06 003C 0002'id'", kWhole,
     16},
    {"NoWillMessage", "[MQTT3-3.1.2-9]", kClient, k311,
     "10 11 0004'MQTT' 04 06 003C 0002'id' 0001'w'", kWhole, 19},
    {"EndsInWillMessage", "[MQTT3-3.1.2-9]", kClient, k311,
     "10 14 0004'MQTT' 04 06 003C 0002'id' 0001'w' 0002'g'", kWhole, 19},
    {"NoUserName", "[MQTT3-3.1.2-19]", kClient, k311, "10 0E 0004'MQTT' 04 82 003C 0002'id'",
     kWhole, 16},
    {"EndsInUserName", "[MQTT3-3.1.2-19]", kClient, k311,
     "10 11 0004'MQTT' 04 82 003C 0002'id' 0002'u'", kWhole, 16},
    {"EndsInUserName31", "[MQTT3-3.1.2-19]", kClient, k311,
     "10 13 0006'MQIsdp' 03 82 003C 0002'id' 0002'u'", kWhole, 18},
    {"NoPassword", "[MQTT3-3.1.2-21]", kClient, k311,
     "10 11 0004'MQTT' 04 C2 003C 0002'id' 0001'u'", kWhole, 19},
    {"EndsInPassword31", "[MQTT3-3.1.2-21]", kClient, k311,
     "10 14 0006'MQIsdp' 03 C2 003C 0002'id' 0001'u' 00", kWhole, 21},
    {"UserNameWithoutFlag", "[MQTT3-3.1.2-18]", kClient, k311,
     "10 11 0004'MQTT' 04 02 003C 0002'id' 0001'u'", kWhole, 16},
    {"PasswordWithoutFlag", "[MQTT3-3.1.2-20]", kClient, k311,
     "10 14 0004'MQTT' 04 82 003C 0002'id' 0001'u' 0001'p'", kWhole, 19},
    {"ByteBehindPassword", "[MQTT3-3.1.4-1]", kClient, k311,
     "10 15 0004'MQTT' 04 C2 003C 0002'id' 0001'u' 0001'p' 00", kWhole, 22},
    {"ByteBehindPayload31", "[MQTT3-3.1.2-18]", kClient, k311,
     "10 11 0006'MQIsdp' 03 02 003C 0002'id' 00", kWhole, 18},

    // [MQTT3-3.1.3-4], [MQTT3-3.1.3-10], [MQTT3-3.1.3-11]: these are UTF-8.
    {"ClientIdIllFormed", "[MQTT3-1.5.3-1]", kClient, k311,
     "10 0F 0004'MQTT' 04 02 003C 0003'a' C3 28", kWhole, 15},
    {"ClientIdWithNull", "[MQTT3-1.5.3-2]", kClient, k311,
     "10 0F 0004'MQTT' 04 02 003C 0003'ab' 00", kWhole, 16},
    {"WillTopicIllFormed", "[MQTT3-1.5.3-1]", kClient, k311,
     "10 13 0004'MQTT' 04 06 003C 0002'id' 0001 FF 0000", kWhole, 18},
    {"WillTopicEmpty", "[MQTT3-4.7.3-1]", kClient, k311,
     "10 12 0004'MQTT' 04 06 003C 0002'id' 0000 0000", kWhole, 18, kName},
    {"WillTopicWildcard", "[MQTT3-4.7.1-1]", kClient, k311,
     "10 15 0004'MQTT' 04 06 003C 0002'id' 0003'w/#' 0000", kWhole, 20, kName},
    {"UserNameIllFormed", "[MQTT3-1.5.3-1]", kClient, k311,
     "10 12 0004'MQTT' 04 82 003C 0002'id' 0002'u' 80", kWhole, 19},
    {"UserNameWithNull", "[MQTT3-1.5.3-2]", kClient, k311,
     "10 11 0004'MQTT' 04 82 003C 0002'id' 0001 00", kWhole, 18},
};

const ErrorRow kPublishes[] = {
    {"EndsInTopic", "[MQTT3-3.3.2-1]", kClient, k311, "30 04 0003'ab'", kWhole, 2},
    {"NoPacketId", "[MQTT3-2.3.1-1]", kClient, k311, "32 05 0003'a/b'", kWhole, 7},
    {"EndsInPacketId", "[MQTT3-2.3.1-1]", kClient, k311, "34 04 0001'a' 00", kWhole, 5},
    {"PacketId0OfQos1", "[MQTT3-2.3.1-1]", kClient, k311, "32 06 0001'a' 0000 'x'", kWhole, 5,
     kProtocol},
    {"PacketId0OfQos2FromServer", "[MQTT3-2.3.1-1]", kServer, k311, "34 05 0001'a' 0000", kWhole, 5,
     kProtocol},
    {"PacketId0Of31", "[MQTT3-2.3.1-1]", kClient, k31, "34 05 0001'a' 0000", kWhole, 5, kProtocol},
    {"TopicEmpty", "[MQTT3-4.7.3-1]", kClient, k311, "30 03 0000'x'", kWhole, 4, kName},
    // [MQTT3-4.7.3-2] says of names and filters what this says of all strings.
    {"TopicNull", "[MQTT3-1.5.3-2]", kClient, k311, "30 05 0003'a' 00 'b'", kWhole, 5},
    {"TopicIllFormed", "[MQTT3-1.5.3-1]", kClient, k311, "30 05 0003'ab' 80", kWhole, 6},
    {"TopicSurrogate", "[MQTT3-1.5.3-1]", kServer, k311, "30 05 0003 ED A0 80", kWhole, 4},
    // [MQTT3-3.3.2-2] says the same of PUBLISH alone.
    {"TopicPlus", "[MQTT3-4.7.1-1]", kClient, k311, "30 05 0003'a/+'", kWhole, 6, kName},
    {"TopicHash", "[MQTT3-4.7.1-1]", kClient, k31, "32 07 0003'a/#' 0001", kWhole, 6, kName},
};

const ErrorRow kAcks[] = {
    {"PubackId0", "[MQTT3-2.3.1-6]", kClient, k311, "40 02 0000", kWhole, 2, kProtocol},
    {"PubrecId0", "[MQTT3-2.3.1-6]", kServer, k311, "50 02 0000", kWhole, 2, kProtocol},
    {"PubrelId0", "[MQTT3-2.3.1-6]", kClient, k311, "62 02 0000", kWhole, 2, kProtocol},
    {"PubcompId0", "[MQTT3-4.3.3-2]", kClient, k31, "70 02 0000", kWhole, 2, kProtocol},
    {"UnsubackId0", "[MQTT3-2.3.1-7]", kServer, k311, "B0 02 0000", kWhole, 2, kProtocol},
    {"SubackId0", "[MQTT3-2.3.1-7]", kServer, k311, "90 03 0000 00", kWhole, 2, kProtocol},
    {"SubackCode3", "[MQTT3-3.9.3-2]", kServer, k311, "90 04 0001 00 03", kWhole, 5, kProtocol},
    {"SubackCode0x81", "[MQTT3-3.9.3-2]", kServer, k311, "90 03 0001 81", kWhole, 4, kProtocol},
    {"ConnackCode6", "[MQTT3-4.8.0-1]", kServer, k311, "20 02 00 06", kWhole, 3, kProtocol},
    {"ConnackReservedBit", "[MQTT3-4.8.0-1]", kServer, k311, "20 02 02 00", kWhole, 2},
    {"ConnackPresentThoughRefused", "[MQTT3-3.2.2-4]", kServer, k311, "20 02 01 02", kWhole, 2,
     kProtocol},
};

const ErrorRow kSubscribes[] = {
    {"SubscribeId0", "[MQTT3-2.3.1-1]", kClient, k311, "82 06 0000 0001'a' 00", kWhole, 2,
     kProtocol},
    {"EndsInFilter", "[MQTT3-3.8.3-1]", kClient, k311, "82 06 0001 0003'ab'", kWhole, 4},
    {"EndsInSecondFilter", "[MQTT3-3.8.3-1]", kClient, k311, "82 07 0001 0001'a' 00 00", kWhole, 8},
    {"FilterWithoutQos", "[MQTT3-3.8.3-3]", kClient, k311, "82 05 0001 0001'a'", kWhole, 7},
    {"SecondFilterWithoutQos", "[MQTT3-3.8.3-3]", kClient, k311, "82 09 0001 0001'a' 01 0001'b'",
     kWhole, 11},
    {"Qos3", "[MQTT3-3.8.3-4]", kClient, k311, "82 06 0001 0001'a' 03", kWhole, 7, kProtocol},
    {"ReservedBit", "[MQTT3-3.8.3-4]", kClient, k311, "82 06 0001 0001'a' 04", kWhole, 7},
    {"Qos3Of31", "[MQTT3-3.8.3-4]", kClient, k31, "8A 06 0001 0001'a' 03", kWhole, 7, kProtocol},
    {"FilterEmpty", "[MQTT3-4.7.3-1]", kClient, k311, "82 05 0001 0000 00", kWhole, 6, kFilter},
    {"FilterNull", "[MQTT3-1.5.3-2]", kClient, k311, "82 06 0001 0001 00 00", kWhole, 6},
    {"FilterIllFormed", "[MQTT3-1.5.3-1]", kClient, k311, "82 07 0001 0002'a' C3 00", kWhole, 7},
    {"FilterHashInside", "[MQTT3-4.7.1-2]", kClient, k311, "82 08 0001 0003'#/a' 00", kWhole, 6,
     kFilter},
    {"FilterPlusInside", "[MQTT3-4.7.1-3]", kClient, k311, "82 0C 0001 0001'a' 01 0003'a+b' 00",
     kWhole, 11, kFilter},

    {"UnsubscribeId0", "[MQTT3-2.3.1-1]", kClient, k311, "A2 05 0000 0001'a'", kWhole, 2,
     kProtocol},
    {"UnsubscribeEndsInFilter", "[MQTT3-3.10.3-1]", kClient, k311, "A2 05 0001 0002'a'", kWhole, 4},
    {"UnsubscribeEndsInSecondFilter", "[MQTT3-3.10.3-1]", kClient, k311, "A2 06 0001 0001'a' 00",
     kWhole, 7},
    {"UnsubscribeFilterEmpty", "[MQTT3-4.7.3-1]", kClient, k311, "A2 04 0001 0000", kWhole, 6,
     kFilter},
    {"UnsubscribeFilterInvalid", "[MQTT3-4.7.1-2]", kClient, k311, "A2 06 0001 0002'a#'", kWhole, 7,
     kFilter},
    {"UnsubscribeFilterIllFormed", "[MQTT3-1.5.3-1]", kClient, k31, "AA 05 0001 0001 FF", kWhole,
     6},
};
// clang-format on

INSTANTIATE_TEST_SUITE_P(FixedHeader, DecodeErrorTest, testing::ValuesIn(kFixedHeaders), NameOf);
INSTANTIATE_TEST_SUITE_P(Connect, DecodeErrorTest, testing::ValuesIn(kConnects), NameOf);
INSTANTIATE_TEST_SUITE_P(Publish, DecodeErrorTest, testing::ValuesIn(kPublishes), NameOf);
INSTANTIATE_TEST_SUITE_P(Ack, DecodeErrorTest, testing::ValuesIn(kAcks), NameOf);
INSTANTIATE_TEST_SUITE_P(Subscribe, DecodeErrorTest, testing::ValuesIn(kSubscribes), NameOf);

// [MQTT3-4.8.0-2]: what there is no room for ends its connection, before the body comes in.
TEST(MaximumPacketSizeTest, IsJudgedByTheFixedHeader) {
  DecodeOptions options;
  options.packet_bytes_max = 100;
  EXPECT_TRUE(std::holds_alternative<NeedMore>(Decode(Wire("30 62"), options)));
  const DecodeResult result = Decode(Wire("30 63"), options);
  const auto* error = std::get_if<DecodeError>(&result);
  ASSERT_NE(error, nullptr) << Describe(result);
  EXPECT_EQ(Tag(*error), "[MQTT3-4.8.0-2]");
  EXPECT_EQ(error->reason, ReasonCode::kPacketTooLarge);
  EXPECT_EQ(error->offset, 1u);
}

}  // namespace
}  // namespace tallymq::mqtt
