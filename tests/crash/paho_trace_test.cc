// Goal: what Paho's programs and its trace say is read as it is meant.
// Method: lines as Paho C 1.3.12 writes them, and what each stands for.

#include "paho_trace.h"

#include <gtest/gtest.h>

#include <string>

#include "paho_event.h"

namespace tallymq::crash {
namespace {

using Type = TracedPacket::Type;
using Kind = PahoEvent::Kind;

struct TraceRow {
  const char* line;
  bool sent;
  Type type;
  std::uint16_t packet_id;
  int code;
  const char* payload;
};

constexpr TraceRow kTraces[] = {
    {"-> CONNECT version 4 clean: 0 (0)", true, Type::kConnect, 0, 0, ""},
    {"<- CONNACK rc: 0", false, Type::kConnack, 0, 0, ""},
    {"<- CONNACK rc: 5", false, Type::kConnack, 0, 5, ""},
    {"-> PUBLISH msgid: 18 qos: 2 retained: 0 rc 0 payload len(119): 0 296 wxyzabcdefghij", true,
     Type::kPublish, 18, 0, "0 296 wxyzabcdefghij"},
    {"-> PUBLISH msgid: 18 qos: 2 retained: 0 rc -1 payload len(40): msgid: 7 rc 3", true,
     Type::kPublish, 18, -1, "msgid: 7 rc 3"},
    {"<- PUBLISH msgid: 65535 qos: 1 retained: 0 payload len(35): 5 1330 cdefghijklmno", false,
     Type::kPublish, 65535, 0, "5 1330 cdefghijklmno"},
    {"<- PUBACK msgid: 1", false, Type::kPuback, 1, 0, ""},
    {"-> PUBREC msgid: 196 (-1)", true, Type::kPubrec, 196, 0, ""},
    {"<- PUBREL msgid 275", false, Type::kPubrel, 275, 0, ""},
    {"-> PUBREL msgid: 275 (0)", true, Type::kPubrel, 275, 0, ""},
    {"-> PUBCOMP msgid 275 (0)", true, Type::kPubcomp, 275, 0, ""},
    {"<- PUBCOMP msgid:275", false, Type::kPubcomp, 275, 0, ""},
    {"<- SUBACK msgid: 1", false, Type::kOther, 1, 0, ""},
};

TEST(PahoTrace, TellsPackets) {
  for (const TraceRow& row : kTraces) {
    const std::string line = std::string("20261126 205726.410 3 publisher-0 ") + row.line;
    const auto packet = ParsePahoTrace(line);
    ASSERT_TRUE(packet.has_value()) << line;
    EXPECT_EQ(packet->client_id, "publisher-0") << line;
    EXPECT_EQ(packet->sent, row.sent) << line;
    EXPECT_EQ(packet->type, row.type) << line;
    EXPECT_EQ(packet->packet_id.value(), row.packet_id) << line;
    EXPECT_EQ(packet->code, row.code) << line;
    EXPECT_EQ(packet->payload, row.payload) << line;
  }
}

TEST(PahoTrace, OtherLinesAreLeftOut) {
  for (const char* line :
       {"", "20261126 204339.032 Connecting to serverURI 127.0.0.1:1 with MQTT version 4",
        "20261126 204340.032 Connect failed, more to try"}) {
    EXPECT_FALSE(ParsePahoTrace(line).has_value()) << line;
  }
}

TEST(PahoEvent, TellsWhatHappened) {
  EXPECT_EQ(ParsePahoEvent("lost")->kind, Kind::kLost);
  EXPECT_EQ(ParsePahoEvent("connected 1")->number, 1);
  EXPECT_EQ(ParsePahoEvent("trace 1 2 3 c <- PUBACK msgid: 1")->text, "1 2 3 c <- PUBACK msgid: 1");
  EXPECT_FALSE(ParsePahoEvent("whatever 1").has_value());
  EXPECT_FALSE(ParsePahoEvent("").has_value());
  const auto message = ParsePahoEvent("message 31998 1 1 0 crash/p3/t0 6 2403 uvw");
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->kind, Kind::kMessage);
  EXPECT_EQ(message->number, 31998);
  EXPECT_EQ(message->qos, 1);
  EXPECT_TRUE(message->dup);
  EXPECT_FALSE(message->retained);
  EXPECT_EQ(message->topic, "crash/p3/t0");
  EXPECT_EQ(message->text, "6 2403 uvw");
}

}  // namespace
}  // namespace tallymq::crash
