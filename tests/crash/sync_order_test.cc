// Goal: an answer that leaves before the log is synced is noticed, in what strace writes.
// Method: a small language of system calls is turned into a trace as strace writes it; a QoS 2
// PUBLISH is read, and its PUBREC written, with something between.

#include "sync_order.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tallymq/mqtt/codec.h"

namespace tallymq::crash {
namespace {

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  return text;
}

constexpr std::string_view kConnection = "TCP:[127.0.0.1:1883->127.0.0.1:40000]";

std::string Encoded(const mqtt::Packet& packet) {
  std::string bytes;
  mqtt::Encode(packet, mqtt::Version::k311, bytes);
  return bytes;
}

std::string PublishBytes() {
  mqtt::Publish publish;
  publish.qos = QoS::kExactlyOnce;
  publish.packet_id = PacketId{7};
  publish.topic = *mqtt::TopicName::Parse("t");
  publish.payload = "x";
  return Encoded(publish);
}

std::string PubrecBytes() {
  mqtt::Pubrec pubrec;
  pubrec.packet_id = PacketId{7};
  return Encoded(pubrec);
}

// The lines that each step stands for.
std::string Lines(std::string_view step) {
  const auto file = [](std::string_view name) { return Hex("/s/" + std::string(name)); };
  const std::string publish = PublishBytes();
  const std::string half = publish.substr(0, 4);
  const std::string rest = publish.substr(4);
  if (step == "read") {
    return fmt::format("1 recvfrom(9<{}>, \"{}\", 4096, 0, NULL, NULL) = {}\n", kConnection,
                       Hex(publish), publish.size());
  }
  if (step == "read-half") {
    return fmt::format("1 readv(9<{}>, [{{iov_base=\"{}\", iov_len=4}}], 1) = 4\n", kConnection,
                       Hex(half));
  }
  if (step == "read-rest") {
    return fmt::format("1 readv(9<{}>, [{{iov_base=\"{}\", iov_len=99}}], 1) = {}\n", kConnection,
                       Hex(rest), rest.size());
  }
  if (step == "pubrec") {
    return fmt::format("1 writev(9<{}>, [{{iov_base=\"{}\", iov_len=4}}], 1) = 4\n", kConnection,
                       Hex(PubrecBytes()));
  }
  if (step == "write") return fmt::format("2 write(5<{}>, \"\\x00\", 1) = 1\n", file("000004.log"));
  if (step == "pwrite")
    return fmt::format("2 pwrite64(5<{}>, \"\\x00\", 1, 77) = 1\n", file("000004.log"));
  if (step == "write-other")
    return fmt::format("2 write(6<{}>, \"\\x00\", 1) = 1\n", file("000005.log"));
  if (step == "sync") return fmt::format("2 fdatasync(5<{}>) = 0\n", file("000004.log"));
  if (step == "sync-failed")
    return fmt::format("2 fdatasync(5<{}>) = -1 EIO (Input/output error)\n", file("000004.log"));
  if (step == "sync-mark") return fmt::format("2 fdatasync(8<{}>) = 0\n", file("MARK.0"));
  if (step == "sync-begins")
    return fmt::format("2 fdatasync(5<{}> <unfinished ...>\n", file("000004.log"));
  if (step == "sync-ends") return "2 <... fdatasync resumed>) = 0\n";
  ADD_FAILURE() << step;
  return "";
}

struct Row {
  const char* steps;
  std::uint64_t exchanges;
  std::uint64_t unsynced;
  std::uint64_t syncs;
};

constexpr Row kRows[] = {
    {"read write sync pubrec", 1, 0, 1},
    {"read pwrite sync pubrec", 1, 0, 1},
    {"read-half read-rest write sync pubrec", 1, 0, 1},
    {"read write sync-begins sync-ends pubrec", 1, 0, 1},
    {"read write sync write sync pubrec", 1, 0, 2},
    {"read pubrec", 1, 1, 0},
    {"read write pubrec sync", 1, 1, 0},
    {"read sync write pubrec", 1, 1, 0},
    {"write sync read pubrec", 1, 1, 0},
    {"read write sync-begins pubrec sync-ends", 1, 1, 0},
    {"read-half write sync read-rest pubrec", 1, 1, 0},
    {"write sync-begins read sync-ends pubrec", 1, 1, 0},
    {"read write sync-failed pubrec", 1, 1, 0},
    {"read write sync-mark pubrec", 1, 1, 0},
    {"read write-other sync pubrec", 1, 1, 0},
    {"read write sync", 0, 0, 0},
};

TEST(SyncOrder, OfPublishAndPubrec) {
  for (const Row& row : kRows) {
    std::string trace;
    std::istringstream steps(row.steps);
    for (std::string step; steps >> step;) trace += Lines(step);
    const OrderReport report = CheckOrder(ParseTrace(trace), "/s");
    const auto found = std::find_if(report.rows.begin(), report.rows.end(), [](const OrderRow& r) {
      return r.what == "PUBLISH of QoS 2, PUBREC";
    });
    ASSERT_NE(found, report.rows.end());
    EXPECT_EQ(found->exchanges, row.exchanges) << row.steps;
    EXPECT_EQ(found->unsynced, row.unsynced) << row.steps;
    EXPECT_EQ(found->syncs, row.syncs) << row.steps;
    EXPECT_EQ(report.one_sync(), row.exchanges == 1 && row.syncs == 1) << row.steps;
    EXPECT_FALSE(report.in_order()) << "the other kinds of exchanges were not seen";
  }
}

TEST(Trace, BytesAreThoseThatWereReallyRead) {
  const auto calls =
      ParseTrace("12 recvfrom(9<TCP:[a->b]>, \"\\x61\\x62\\x63\", 10, 0, NULL, NULL) = 2\n");
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].bytes, "ab");
  EXPECT_EQ(calls[0].fd, 9);
  EXPECT_EQ(calls[0].file, "TCP:[a->b]");
  EXPECT_EQ(calls[0].kind, Call::Kind::kSocketRead);
}

TEST(Trace, OtherLinesAreLeftOut) {
  EXPECT_TRUE(ParseTrace("").empty());
  EXPECT_TRUE(
      ParseTrace("12 --- SIGTERM {si_signo=SIGTERM} ---\n12 +++ exited with 0 +++\n"
                 "12 recvfrom(9<TCP:[a->b]>, 0x7ffc, 10, 0, NULL, NULL) = -1 EAGAIN (Resource)\n"
                 "12 <... write resumed>) = 3\n")
          .empty());
}

}  // namespace
}  // namespace tallymq::crash
