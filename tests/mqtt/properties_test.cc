// Goal: properties are read, written, found and chosen as they are on the wire. Method: tables, and
// every packet of packet_rows.cc whose properties are taken apart and put together again.

#include "tallymq/mqtt/properties.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

#include "packet_rows.h"
#include "wire.h"

namespace tallymq::mqtt {
namespace {

// One of each type.
const char kMixed[] =
    "01 01 23 1234 02 89ABCDEF 0B FF7F 03 0002'ct' 09 0001 00 26 0001'k' 0002'vw'";

// "id=number", "id=text" or "id=name:value".
std::string Listed(Properties properties) {
  std::string text;
  for (const Property& property : PropertyRange(properties)) {
    if (!text.empty()) text += ' ';
    text += std::to_string(static_cast<int>(property.id)) + '=';
    switch (TypeOf(property.id)) {
      case PropertyType::kUtf8String:
      case PropertyType::kBinaryData:
        text += property.text;
        break;
      case PropertyType::kUtf8StringPair:
        text += std::string(property.name) + ':' + std::string(property.text);
        break;
      default:
        text += std::to_string(property.number);
    }
  }
  return text;
}

TEST(PropertyRangeTest, GivesEachInItsOrder) {
  EXPECT_EQ(Listed(Wire(kMixed)),
            "1=1 35=4660 2=2309737967 11=16383 3=ct 9=" + std::string(1, '\0') + " 38=k:vw");
  EXPECT_EQ(Listed(""), "");
  EXPECT_EQ(Listed(Wire("26 0000 0000 26 0001'a' 0000")), "38=: 38=a:");
}

TEST(PropertyRangeTest, ViewsPointIntoTheBytes) {
  const std::string bytes = Wire("01 00 26 0001'k' 0001'v'");
  auto at = PropertyRange(bytes).begin();
  EXPECT_EQ(Hex(at->bytes), "01 00");
  ++at;
  EXPECT_EQ(at->name.data(), bytes.data() + 5);
  EXPECT_EQ(at->text.data(), bytes.data() + 8);
  EXPECT_EQ(at->bytes.data(), bytes.data() + 2);
  EXPECT_EQ(at->bytes.size(), 7u);
  ++at;
  EXPECT_TRUE(at == std::default_sentinel);
}

TEST(PropertyWriterTest, WritesWhatIsRead) {
  EXPECT_EQ(Hex(Rewritten(Wire(kMixed))), Hex(Wire(kMixed)));
  for (const PacketRow& row : PacketRows()) {
    std::visit(
        [&](const auto& packet) {
          if constexpr (requires { packet.properties; }) {
            EXPECT_EQ(Hex(Rewritten(packet.properties)), Hex(packet.properties)) << row.name;
          }
        },
        row.packet);
  }
}

// [MQTT-1.5.5-1]
TEST(PropertyWriterTest, WritesIntegersInTheirShortestForm) {
  const struct {
    std::uint32_t number;
    const char* encoded;
  } kRows[] = {
      {1, "0B 01"},
      {127, "0B 7F"},
      {128, "0B 80 01"},
      {16'383, "0B FF 7F"},
      {16'384, "0B 80 80 01"},
      {2'097'151, "0B FF FF 7F"},
      {2'097'152, "0B 80 80 80 01"},
      {268'435'455, "0B FF FF FF 7F"},
  };
  for (const auto& row : kRows) {
    std::string out;
    PropertyWriter(out).Add(PropertyId::kSubscriptionIdentifier, row.number);
    EXPECT_EQ(Hex(out), row.encoded);
    EXPECT_EQ(FindNumber(out, PropertyId::kSubscriptionIdentifier), row.number);
  }
}

TEST(PropertyWriterDeathTest, StopsAtWhatAPropertyCannotCarry) {
  std::string out;
  PropertyWriter writer(out);
  EXPECT_DEATH(writer.Add(PropertyId::kMaximumQos, 256), "assertion failed");
  EXPECT_DEATH(writer.Add(PropertyId::kTopicAlias, 65'536), "assertion failed");
  EXPECT_DEATH(writer.Add(PropertyId::kSubscriptionIdentifier, 268'435'456), "assertion failed");
  EXPECT_DEATH(writer.Add(PropertyId::kContentType, 1), "assertion failed");
  EXPECT_DEATH(writer.Add(PropertyId::kTopicAlias, "text"), "assertion failed");
  EXPECT_DEATH(writer.Add(PropertyId::kUserProperty, "text"), "assertion failed");
  EXPECT_DEATH(writer.Add(PropertyId::kContentType, std::string(65'536, 'x')), "assertion failed");
  EXPECT_DEATH(FindNumber("", PropertyId::kContentType), "assertion failed");
  EXPECT_DEATH(FindText("", PropertyId::kTopicAlias), "assertion failed");
  EXPECT_DEATH(Listed(Wire("01")), "assertion failed");
}

TEST(FindTest, FindsTheFirst) {
  const std::string bytes = Wire(kMixed) + Wire("0B 05");
  EXPECT_EQ(FindNumber(bytes, PropertyId::kPayloadFormatIndicator), 1u);
  EXPECT_EQ(FindNumber(bytes, PropertyId::kTopicAlias), 0x1234u);
  EXPECT_EQ(FindNumber(bytes, PropertyId::kMessageExpiryInterval), 0x89ABCDEFu);
  EXPECT_EQ(FindNumber(bytes, PropertyId::kSubscriptionIdentifier), 16'383u);
  EXPECT_EQ(FindText(bytes, PropertyId::kContentType), "ct");
  EXPECT_EQ(FindText(bytes, PropertyId::kCorrelationData), std::string_view("\0", 1));
  EXPECT_EQ(FindNumber(bytes, PropertyId::kReceiveMaximum), std::nullopt);
  EXPECT_EQ(FindText(bytes, PropertyId::kResponseTopic), std::nullopt);
  EXPECT_EQ(FindNumber("", PropertyId::kTopicAlias), std::nullopt);
}

TEST(IsWellFormedTest, LooksAtEveryProperty) {
  EXPECT_TRUE(IsWellFormed(""));
  const std::string bytes = Wire(kMixed);
  std::size_t begin = 0;
  for (const Property& property : PropertyRange(bytes)) {
    const std::size_t end = begin + property.bytes.size();
    for (std::size_t size = begin + 1; size < end; ++size) {
      const ExactCopy cut(std::string_view(bytes).substr(0, size));
      EXPECT_FALSE(IsWellFormed(cut.view())) << size;
    }
    EXPECT_TRUE(IsWellFormed(std::string_view(bytes).substr(0, end))) << end;
    begin = end;
  }
  EXPECT_FALSE(IsWellFormed(Wire("00 00")));
  EXPECT_FALSE(IsWellFormed(Wire("2B 00")));
  EXPECT_FALSE(IsWellFormed(Wire("FF 00")));
  EXPECT_FALSE(IsWellFormed(Wire("0B 8000")));
}

// [MQTT-3.3.2-4], [MQTT-3.3.2-15], [MQTT-3.3.2-16], [MQTT-3.3.2-17], [MQTT-3.3.2-18],
// [MQTT-3.3.2-20]: what is forwarded stays as it is and where it is.
TEST(SelectTest, KeepsTheForwardedUnalteredAndInTheirOrder) {
  const struct {
    const char* properties;
    const char* selected;
    bool copied = false;
  } kRows[] = {
      {"", ""},
      {"23 0001 02 00000001", ""},
      {"26 0001'k' 0000 01 01", "26 0001'k' 0000 01 01"},
      {"23 0001 02 00000001 01 01 03 0000", "01 01 03 0000"},
      {"01 01 08 0001'r' 0B 01", "01 01 08 0001'r'"},
      {"02 00000001 09 0000 23 0001", "09 0000"},
      {"26 0000 0001'a' 23 0001 26 0000 0001'b'", "26 0000 0001'a' 26 0000 0001'b'", true},
      {"01 00 23 0001 03 0000 02 00000001 26 0000 0000", "01 00 03 0000 26 0000 0000", true},
  };
  for (const auto& row : kRows) {
    const std::string bytes = Wire(row.properties);
    std::string scratch = "old";
    const Properties selected = Select(bytes, kForwardedProperties, scratch);
    EXPECT_EQ(Hex(selected), Hex(Wire(row.selected))) << row.properties;
    EXPECT_EQ(scratch == "old", !row.copied) << row.properties;
    std::string out = "before";
    PropertyWriter(out).Copy(bytes, kForwardedProperties);
    EXPECT_EQ(Hex(out), Hex("before" + Wire(row.selected))) << row.properties;
  }
}

TEST(PropertySetTest, HoldsWhatWasAdded) {
  PropertySet set{PropertyId::kPayloadFormatIndicator};
  EXPECT_FALSE(set.contains(PropertyId::kSharedSubscriptionAvailable));
  set.Add(PropertyId::kSharedSubscriptionAvailable);
  EXPECT_TRUE(set.contains(PropertyId::kSharedSubscriptionAvailable));
  EXPECT_TRUE(set.contains(PropertyId::kPayloadFormatIndicator));
  EXPECT_EQ(set, (PropertySet{PropertyId::kSharedSubscriptionAvailable,
                              PropertyId::kPayloadFormatIndicator}));
}

class PublishHeadTest : public testing::Test {
 protected:
  PublishHeadTest() {
    publish_.topic = Name("t");
    publish_.properties = shared_;
    publish_.payload = "payload";
  }
  std::string Head(Version version, const ReceiverProperties& receiver) const {
    std::string out = "before";
    EncodePublishHead(publish_, version, out, receiver);
    out.erase(0, 6);
    EXPECT_EQ(out.size() + publish_.payload.size(), PublishSize(publish_, version, receiver));
    return Hex(out);
  }
  const std::string shared_ = Wire("01 01 26 0000 0001'v'");
  Publish publish_;
};

// [MQTT-3.3.2-6], [MQTT-3.3.4-3], [MQTT-3.3.4-4]
TEST_F(PublishHeadTest, PutsTheReceiversPropertiesBeforeTheShared) {
  const std::array<std::uint32_t, 2> ids = {1, 268'435'455};
  EXPECT_EQ(Head(Version::k50, {}), Hex(Wire("30 13 0001't' 08 01 01 26 0000 0001'v'")));
  EXPECT_EQ(Head(Version::k50, {.message_expiry_s = 0, .topic_alias = 0, .subscription_ids = {}}),
            Hex(Wire("30 18 0001't' 0D 02 00000000 01 01 26 0000 0001'v'")));
  EXPECT_EQ(
      Head(Version::k50, {.message_expiry_s = 258, .topic_alias = 3, .subscription_ids = ids}),
      Hex(Wire("30 22 0001't' 17 02 00000102 23 0003 0B 01 0B FFFFFF7F 01 01 26 0000 0001'v'")));
}

TEST_F(PublishHeadTest, HasNoneBefore50) {
  const ReceiverProperties receiver = {
      .message_expiry_s = 258, .topic_alias = 3, .subscription_ids = {}};
  EXPECT_EQ(Head(Version::k311, receiver), Hex(Wire("30 0A 0001't'")));
  EXPECT_EQ(Head(Version::k31, receiver), Hex(Wire("30 0A 0001't'")));
}

TEST_F(PublishHeadTest, MayHaveAnAliasForItsTopic) {
  publish_.topic = TopicName();
  publish_.properties = {};
  EXPECT_EQ(Head(Version::k50, {.message_expiry_s = {}, .topic_alias = 1, .subscription_ids = {}}),
            Hex(Wire("30 0D 0000 03 23 0001")));
  const std::string alias = Wire("23 0001");
  publish_.properties = alias;
  EXPECT_EQ(Head(Version::k50, {}), Hex(Wire("30 0D 0000 03 23 0001")));
}

TEST_F(PublishHeadTest, SizeIsKnownWhereNoPacketCarriesIt) {
  const std::unique_ptr<char[]> payload(new char[kRemainingLengthMax]);  // nothing touches it
  publish_.payload = std::string_view(payload.get(), kRemainingLengthMax);
  EXPECT_EQ(PublishSize(publish_, Version::k50), 5 + 3 + 1 + 8 + kRemainingLengthMax);
}

TEST_F(PublishHeadTest, StopsWithoutTopicOrAlias) {
  std::string out;
  publish_.topic = TopicName();
  EXPECT_DEATH(EncodePublishHead(publish_, Version::k50, out), "assertion failed");
  const ReceiverProperties alias = {
      .message_expiry_s = {}, .topic_alias = 1, .subscription_ids = {}};
  EXPECT_DEATH(EncodePublishHead(publish_, Version::k311, out, alias), "assertion failed");
}

}  // namespace
}  // namespace tallymq::mqtt
