// Goal: each packet means the same bytes in both directions, however the bytes come in.
// Method: the rows of packet_rows.cc, each decoded and encoded; cut at every byte; followed by
// others; and all of one sender as one stream, split at every byte.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "packet_rows.h"
#include "wire.h"

namespace tallymq::mqtt {
namespace {

DecodeOptions OptionsOf(const PacketRow& row) {
  DecodeOptions options;
  options.sender = row.sender;
  options.version = row.version;
  return options;
}

// Bytes of the fixed header at the front of `bytes`.
std::size_t FixedHeaderSize(std::string_view bytes) {
  std::size_t size = 2;
  while ((static_cast<unsigned char>(bytes[size - 1]) & 0x80) != 0) ++size;
  return size;
}

std::string NameOf(const testing::TestParamInfo<PacketRow>& row) { return row.param.name; }

class DecodeTest : public testing::TestWithParam<PacketRow> {};

TEST_P(DecodeTest, DecodesTheseBytes) {
  const PacketRow& row = GetParam();
  const std::string wire = Wire(row.wire);
  const ExactCopy bytes(wire);
  const DecodeResult result = Decode(bytes.view(), OptionsOf(row));
  const auto* decoded = std::get_if<Decoded>(&result);
  ASSERT_NE(decoded, nullptr) << Describe(result);
  EXPECT_EQ(decoded->consumed, wire.size());
  EXPECT_TRUE(decoded->packet == row.packet) << Describe(result) << "\nis not\n"
                                             << Describe(row.packet);
}

TEST_P(DecodeTest, NeedsMoreAtEveryCut) {
  const PacketRow& row = GetParam();
  const std::string wire = Wire(row.wire);
  for (std::size_t size = 0; size < wire.size(); ++size) {
    const ExactCopy bytes(std::string_view(wire).substr(0, size));
    const DecodeResult result = Decode(bytes.view(), OptionsOf(row));
    const auto* more = std::get_if<NeedMore>(&result);
    ASSERT_NE(more, nullptr) << "after " << size << " bytes: " << Describe(result);
    EXPECT_EQ(more->total, size < FixedHeaderSize(wire) ? 0 : wire.size()) << size;
  }
}

TEST_P(DecodeTest, LeavesWhatFollows) {
  const PacketRow& row = GetParam();
  const std::string wire = Wire(row.wire);
  for (const std::string_view more : {"\xFF", "\xC0", "\x30\x03\x00\x01"}) {
    const std::string bytes = wire + std::string(more);
    const DecodeResult result = Decode(bytes, OptionsOf(row));
    const auto* decoded = std::get_if<Decoded>(&result);
    ASSERT_NE(decoded, nullptr) << Describe(result);
    EXPECT_EQ(decoded->consumed, wire.size());
    EXPECT_TRUE(decoded->packet == row.packet) << Describe(result);
  }
}

TEST_P(DecodeTest, IsBoundedByTheMaximumPacketSize) {
  const PacketRow& row = GetParam();
  const std::string wire = Wire(row.wire);
  DecodeOptions options = OptionsOf(row);
  options.packet_bytes_max = wire.size();
  EXPECT_TRUE(std::holds_alternative<Decoded>(Decode(wire, options)));
  options.packet_bytes_max = wire.size() - 1;
  const std::string header = wire.substr(0, FixedHeaderSize(wire));
  const DecodeResult result = Decode(header, options);
  const auto* error = std::get_if<DecodeError>(&result);
  ASSERT_NE(error, nullptr) << Describe(result);
  EXPECT_EQ(error->reason, ReasonCode::kPacketTooLarge);
}

INSTANTIATE_TEST_SUITE_P(Packets, DecodeTest, testing::ValuesIn(PacketRows()), NameOf);
INSTANTIATE_TEST_SUITE_P(Tolerated, DecodeTest, testing::ValuesIn(ToleratedRows()), NameOf);

class EncodeTest : public testing::TestWithParam<PacketRow> {};

TEST_P(EncodeTest, EncodesThesePackets) {
  const PacketRow& row = GetParam();
  std::string out;
  Encode(row.packet, row.version, out);
  EXPECT_EQ(Hex(out), Hex(Wire(row.wire)));
}

TEST_P(EncodeTest, AppendsAHeadThatThePayloadFollows) {
  const PacketRow& row = GetParam();
  std::string out = "before";
  EncodeHead(row.packet, row.version, out);
  std::string expected = "before" + Wire(row.wire);
  if (const auto* publish = std::get_if<Publish>(&row.packet)) {
    std::string head = "before";
    EncodePublishHead(*publish, row.version, head);
    EXPECT_EQ(Hex(head), Hex(out));
    out.append(publish->payload);
  }
  EXPECT_EQ(Hex(out), Hex(expected));
}

INSTANTIATE_TEST_SUITE_P(Packets, EncodeTest, testing::ValuesIn(PacketRows()), NameOf);

// One row of PacketRows() is one packet of the stream; CONNECTs are left out, as they choose the
// version.
struct Stream {
  std::string name;
  Sender sender;
  Version version;
};
void PrintTo(const Stream& stream, std::ostream* out) { *out << stream.name; }

class StreamTest : public testing::TestWithParam<Stream> {
 protected:
  StreamTest() {
    options_.sender = GetParam().sender;
    options_.version = GetParam().version;
    for (const PacketRow& row : PacketRows()) {
      if (row.sender != options_.sender || row.version != options_.version) continue;
      stream_ += Wire(row.wire);
      expected_.push_back(row.packet);
    }
  }

  // Feeds the stream in pieces that end at `cuts`, as a connection would: what is not yet a packet
  // waits in a buffer. Returns how many packets came out, all of them as expected.
  std::size_t Feed(const std::vector<std::size_t>& cuts) {
    std::string buffer;
    std::size_t begin = 0;
    std::size_t count = 0;
    for (const std::size_t cut : cuts) {
      buffer += stream_.substr(begin, cut - begin);
      begin = cut;
      while (true) {
        const ExactCopy bytes(buffer);
        const DecodeResult result = Decode(bytes.view(), options_);
        const auto* decoded = std::get_if<Decoded>(&result);
        if (decoded == nullptr) {
          EXPECT_TRUE(std::holds_alternative<NeedMore>(result)) << Describe(result);
          break;
        }
        EXPECT_TRUE(decoded->packet == expected_.at(count)) << Describe(result);
        ++count;
        buffer.erase(0, decoded->consumed);
      }
    }
    EXPECT_TRUE(buffer.empty());
    return count;
  }

  DecodeOptions options_;
  std::string stream_;
  std::vector<Packet> expected_;
};

// [MQTT3-6.0.0-2]: what carries the bytes, frames of WebSocket or segments of TCP, cuts them
// anywhere.
TEST_P(StreamTest, EverySplitGivesTheSamePackets) {
  ASSERT_GT(expected_.size(), 10u);
  for (std::size_t cut = 0; cut <= stream_.size(); ++cut) {
    ASSERT_EQ(Feed({cut, stream_.size()}), expected_.size()) << "split at " << cut;
  }
}

TEST_P(StreamTest, ByteByByteGivesTheSamePackets) {
  std::vector<std::size_t> cuts;
  for (std::size_t cut = 1; cut <= stream_.size(); ++cut) cuts.push_back(cut);
  EXPECT_EQ(Feed(cuts), expected_.size());
}

INSTANTIATE_TEST_SUITE_P(Streams, StreamTest,
                         testing::Values(Stream{"Client", Sender::kClient, Version::k311},
                                         Stream{"Client31", Sender::kClient, Version::k31},
                                         Stream{"Server", Sender::kServer, Version::k311},
                                         Stream{"Server31", Sender::kServer, Version::k31},
                                         Stream{"Client50", Sender::kClient, Version::k50},
                                         Stream{"Server50", Sender::kServer, Version::k50}),
                         [](const auto& stream) { return stream.param.name; });

// The remaining length at the borders of its bytes. Spec: 2.2.3, table 2.4.
TEST(RemainingLengthTest, HasOneToFourBytes) {
  const struct {
    std::size_t length;
    const char* encoded;
  } kRows[] = {
      {127, "7F"},          {128, "80 01"},          {16'383, "FF 7F"},
      {16'384, "80 80 01"}, {2'097'151, "FF FF 7F"}, {2'097'152, "80 80 80 01"},
  };
  for (const auto& row : kRows) {
    Publish publish;
    publish.topic = Name("t");
    const std::string payload(row.length - 3, 'p');
    publish.payload = payload;
    std::string out;
    Encode(publish, Version::k311, out);
    const std::string header = Wire("30" + std::string(row.encoded));
    ASSERT_EQ(Hex(out.substr(0, header.size())), Hex(header));
    ASSERT_EQ(out.size(), header.size() + row.length);
    const DecodeResult result = Decode(out, {});
    const auto* decoded = std::get_if<Decoded>(&result);
    ASSERT_NE(decoded, nullptr) << row.length;
    EXPECT_TRUE(decoded->packet == Packet(publish)) << row.length;
  }
}

TEST(RemainingLengthTest, TheLargestIsAnnounced) {
  const DecodeResult result = Decode(Wire("30 FF FF FF 7F"), {});
  const auto* more = std::get_if<NeedMore>(&result);
  ASSERT_NE(more, nullptr) << Describe(result);
  EXPECT_EQ(more->total, kRemainingLengthMax + 5);
}

TEST(LongStringsTest, AreCarriedUpTo65535Bytes) {
  const std::string text(65'535, 'x');
  Connect connect;
  connect.client_id = text;
  connect.will.emplace();
  connect.will->topic = Name(text);
  connect.will->payload = text;
  connect.user_name = text;
  connect.password = text;
  std::string out;
  Encode(connect, Version::k311, out);
  const DecodeResult result = Decode(out, {});
  const auto* decoded = std::get_if<Decoded>(&result);
  ASSERT_NE(decoded, nullptr);
  EXPECT_TRUE(decoded->packet == Packet(connect));
}

// The payload is where the bytes are, not a copy.
TEST(ViewsTest, PointIntoTheInput) {
  const std::string bytes = Wire("34 08 0003'a/b' 0001 'x'");
  const DecodeResult result = Decode(bytes, {});
  const auto& publish = std::get<Publish>(std::get<Decoded>(result).packet);
  EXPECT_EQ(publish.topic.text().data(), bytes.data() + 4);
  EXPECT_EQ(publish.payload.data(), bytes.data() + 9);
}

// 3.1 has no session present flag: its byte stays 0.
TEST(EncodeConnackTest, SaysNothingOfTheSessionIn31) {
  Connack connack;
  connack.session_present = true;
  std::string out;
  Encode(connack, Version::k31, out);
  EXPECT_EQ(Hex(out), "20 02 00 00");
}

// 3.x has fewer words for a failure.
TEST(EncodeConnackTest, SaysWhat311HasAWordFor) {
  const struct {
    ReasonCode reason;
    const char* wire;
  } kRows[] = {
      {ReasonCode::kClientIdentifierNotValid, "20 02 00 02"},
      {ReasonCode::kBanned, "20 02 00 05"},
      {ReasonCode::kServerBusy, "20 02 00 03"},
      {ReasonCode::kUnspecifiedError, "20 02 00 03"},
  };
  for (const auto& row : kRows) {
    std::string out;
    Encode(Connack{false, row.reason, {}}, Version::k311, out);
    EXPECT_EQ(Hex(out), row.wire);
  }
}

// [MQTT3-3.9.3-2]
TEST(EncodeSubackTest, HasOneFailureIn311) {
  Suback suback;
  suback.packet_id = PacketId(1);
  suback.codes = {ReasonCode::kGrantedQos2, ReasonCode::kNotAuthorized, ReasonCode::kQuotaExceeded};
  std::string out;
  Encode(suback, Version::k311, out);
  EXPECT_EQ(Hex(out), "90 05 00 01 02 80 80");
}

// What 3.x has no place for is left out.
TEST(EncodeTest311, LeavesReasonsAndPropertiesOut) {
  const std::string properties = Wire("26 0000 0000");
  const struct {
    Packet packet;
    const char* wire;
  } kRows[] = {
      {Puback{PacketId(1), ReasonCode::kQuotaExceeded, properties}, "40 02 00 01"},
      {Pubrel{PacketId(1), ReasonCode::kPacketIdentifierNotFound, properties}, "62 02 00 01"},
      {Unsuback{PacketId(1), properties, {ReasonCode::kSuccess}}, "B0 02 00 01"},
      {Disconnect{ReasonCode::kDisconnectWithWill, properties}, "E0 00"},
      {Connack{true, ReasonCode::kSuccess, properties}, "20 02 01 00"},
  };
  for (const auto& row : kRows) {
    std::string out;
    Encode(row.packet, Version::k311, out);
    EXPECT_EQ(Hex(out), row.wire);
  }
}

TEST(EncodeDeathTest, StopsAtWhatTheFormatCannotCarry) {
  std::string out;
  Publish publish;
  publish.topic = Name("t");
  publish.qos = QoS::kAtLeastOnce;
  EXPECT_DEATH(EncodePublishHead(publish, Version::k311, out),
               "assertion failed");  // no identifier
  EXPECT_DEATH(Encode(Puback(), Version::k311, out), "assertion failed");
  EXPECT_DEATH(Encode(Subscribe(), Version::k311, out), "assertion failed");
  Connect connect;
  const std::string long_text(65'536, 'x');
  connect.client_id = long_text;
  EXPECT_DEATH(Encode(connect, Version::k311, out), "assertion failed");
  connect.client_id = "";
  connect.password = "p";
  EXPECT_DEATH(Encode(connect, Version::k311, out), "assertion failed");  // [MQTT3-3.1.2-22]
  EXPECT_DEATH(Encode(Auth(), Version::k311, out), "assertion failed");
  EXPECT_DEATH(Encode(Unsuback(), Version::k50, out), "assertion failed");
}

}  // namespace
}  // namespace tallymq::mqtt
