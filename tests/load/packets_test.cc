// Goal: the packets of a load run are MQTT's, whatever their size and however they arrive.
// Method: the codec reads what is written here; what it writes is read here, byte by byte.

#include "packets.h"

#include <gtest/gtest.h>

#include "tallymq/mqtt/codec.h"

namespace tallymq::load {
namespace {

class PacketsTest : public ::testing::TestWithParam<std::tuple<QoS, std::size_t, mqtt::Version>> {};

TEST_P(PacketsTest, APublishIsReadByTheCodecAndByOneself) {
  const auto [qos, payload_bytes, version] = GetParam();
  const PublishTemplate publish("load/7", qos, payload_bytes, 7, version);
  std::string bytes;
  publish.Append(bytes, 1, 0);
  publish.Append(bytes, 0xABCD, 0x123456789A);
  ASSERT_EQ(bytes.size(), 2 * publish.packet_bytes());

  const auto result =
      mqtt::Decode(std::string_view(bytes).substr(publish.packet_bytes()), {.version = version});
  const auto* const decoded = std::get_if<mqtt::Decoded>(&result);
  ASSERT_NE(decoded, nullptr);
  const auto& packet = std::get<mqtt::Publish>(decoded->packet);
  EXPECT_EQ(packet.topic.text(), "load/7");
  EXPECT_EQ(packet.qos, qos);
  EXPECT_FALSE(packet.dup);
  EXPECT_EQ(packet.packet_id.value(), qos == QoS::kAtMostOnce ? 0 : 0xABCD);
  EXPECT_EQ(packet.payload.size(), payload_bytes);

  std::string_view rest = bytes;
  for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{0x123456789A}}) {
    const auto view = TakePacket(rest);
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(view->type(), PacketType::kPublish);
    const auto arrival = ReadPublish(*view, version);
    ASSERT_TRUE(arrival.has_value());
    EXPECT_EQ(arrival->number, number);
    EXPECT_EQ(arrival->stream, 7u);
    EXPECT_EQ(arrival->qos, qos);
    EXPECT_EQ(arrival->payload_bytes, payload_bytes);
  }
  EXPECT_TRUE(rest.empty());
}

TEST_P(PacketsTest, APacketIsTakenOnceItIsWhole) {
  const auto [qos, payload_bytes, version] = GetParam();
  std::string bytes;
  PublishTemplate("load/7", qos, payload_bytes, 7, version).Append(bytes, 1, 0);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::string_view part = std::string_view(bytes).substr(0, size);
    ASSERT_FALSE(TakePacket(part).has_value()) << size;
    ASSERT_EQ(part.size(), size);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Packets, PacketsTest,
    ::testing::Combine(::testing::Values(QoS::kAtMostOnce, QoS::kAtLeastOnce, QoS::kExactlyOnce),
                       // Remaining lengths of one, two and three bytes.
                       ::testing::Values(kPayloadMin, 100, 200, 20'000),
                       ::testing::Values(mqtt::Version::k311, mqtt::Version::k50)));

TEST(PacketsTest, AnswersAreReadByTheCodec) {
  const std::pair<PacketType, mqtt::Packet> answers[] = {
      {PacketType::kPuback, mqtt::Puback{.packet_id = PacketId{0xABCD}}},
      {PacketType::kPubrec, mqtt::Pubrec{.packet_id = PacketId{0xABCD}}},
      {PacketType::kPubrel, mqtt::Pubrel{.packet_id = PacketId{0xABCD}}},
      {PacketType::kPubcomp, mqtt::Pubcomp{.packet_id = PacketId{0xABCD}}},
  };
  for (const auto& [type, packet] : answers) {
    std::string written, expected;
    AppendAnswer(written, type, 0xABCD);
    mqtt::Encode(packet, mqtt::Version::k311, expected);
    EXPECT_EQ(written, expected);
    std::string_view rest = written;
    EXPECT_EQ(TakePacket(rest)->packet_id(), 0xABCD);
  }
}

TEST(PacketsTest, AForeignMessageIsNone) {
  for (const std::string_view body : {"", "\x01", "\x01t", "\x01ttoo short"}) {
    for (const auto version : {mqtt::Version::k311, mqtt::Version::k50}) {
      EXPECT_FALSE(ReadPublish({.first_byte = 0x30, .body = body}, version).has_value()) << body;
    }
  }
}

}  // namespace
}  // namespace tallymq::load
