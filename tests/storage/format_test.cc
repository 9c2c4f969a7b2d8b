// Goal: keys sort as they have to, values come back as they were, and bytes that no encoder writes
// are refused.
// Method: rows of records; each is encoded, decoded, encoded again, cut at every byte and
// lengthened. Some are pinned byte by byte, because a store outlives the program that wrote it.

#include "format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace tallymq::storage {
namespace {

using namespace std::string_literals;

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

// Every shortening and a lengthening of `bytes` are refused by `decodes`.
template <typename Decodes>
void ExpectExact(const std::string& bytes, Decodes decodes) {
  EXPECT_TRUE(decodes(bytes)) << Hex(bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decodes(bytes.substr(0, size))) << Hex(bytes) << " cut to " << size;
  }
  EXPECT_FALSE(decodes(bytes + '\0')) << Hex(bytes) << " with a byte more";
  std::string other_version = bytes;
  other_version[0] = 2;
  EXPECT_FALSE(decodes(other_version)) << Hex(bytes) << " as version 2";
}

// --- Keys
// --------------------------------------------------------------------------------------------

TEST(FormatKeyTest, BytesArePinned) {
  EXPECT_EQ(Hex(MakeMetaKey(MetaTag::kCommit).view()), "03");
  EXPECT_EQ(Hex(MakeStartTimeKey(258).view()), "0600000102");
  EXPECT_EQ(Hex(MakeSessionKey(SessTag::kSession, SessionNumber{258}).view()),
            "010000000000000102");
  EXPECT_EQ(Hex(MakeSessionKey(SessTag::kDead, SessionNumber{1}).view()), "040000000000000001");
  EXPECT_EQ(Hex(MakeClientIdKey("ab")), "026162");
  EXPECT_EQ(Hex(MakeSubscriptionKey(SessionNumber{1}, "a/#")), "0000000000000001612f23");
  EXPECT_EQ(Hex(MakeEntryKey(SessionNumber{1}, Seq{258}).view()),
            "00000000000000010000000000000102");
}

TEST(FormatKeyTest, OrderOfBytesIsOrderOfNumbers) {
  const std::uint64_t numbers[] = {1, 2, 255, 256, 65'535, 65'536, 1ull << 32, UINT64_MAX};
  std::string last;
  for (const std::uint64_t session : numbers) {
    for (const std::uint64_t seq : numbers) {
      const std::string key(MakeEntryKey(SessionNumber{session}, Seq{seq}).view());
      EXPECT_LT(last, key);
      last = key;
      EXPECT_EQ(DecodeEntryKey(key), (Owner{SessionNumber{session}, Seq{seq}}));
    }
  }
}

// --- State records
// -------------------------------------------------------------------------------------

std::string InlineEntry(const EntryHeader& header, const Message& message) {
  std::string entry;
  EncodeInlineHead(header, message, entry);
  return entry.append(MessageBytes(message));
}

std::string Encoded(const StateRecord& record) {
  std::string bytes;
  EncodeState(record, bytes);
  return bytes;
}

TEST(StateRecordTest, BytesArePinned) {
  EXPECT_EQ(Hex(Encoded({})), "01010100000000");
  StateRecord record;
  record.head = Seq{300};
  record.reserved_tail = Seq{1324};
  record.send_mark = Seq{364};
  record.finished.InsertRange(302, 310);
  record.awaiting_pubcomp.Insert(298);
  record.inbound.Insert(1);
  record.inbound.Insert(3);
  record.inbound.Insert(4);
  // version, head, tail, mark; one range from 302 of 8 more; one from 298; two ranges as a bitmap
  // of one byte from 1: bits 0, 2 and 3.
  EXPECT_EQ(Hex(Encoded(record)),
            "01ac02ac0aec02"
            "0101ae0208"
            "0101aa0200"
            "0201010d");
}

TEST(StateRecordTest, ComesBackAsItWas) {
  std::mt19937_64 random(7);
  const auto below = [&](std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random);
  };
  for (int round = 0; round < 300; ++round) {
    StateRecord record;
    record.head = Seq{1 + below(1ull << (1 + below(62)))};
    record.reserved_tail = Seq{record.head.value() + below(5000)};
    record.send_mark = Seq{below(1ull << 40)};
    const std::uint64_t spread = 1ull << (1 + below(16));
    for (std::uint64_t i = below(60); i > 0; --i) {
      const std::uint64_t first = record.head.value() + 1 + below(spread);
      record.finished.InsertRange(first, first + below(40));
      record.awaiting_pubcomp.Insert(record.head.value() + below(spread));
      record.inbound.Insert(static_cast<std::uint16_t>(1 + below(std::min(spread, 65'535ul))));
    }
    const std::string bytes = Encoded(record);
    const auto decoded = DecodeState(bytes);
    ASSERT_TRUE(decoded.has_value()) << Hex(bytes);
    EXPECT_EQ(*decoded, record);
    if (round % 10 == 0) {
      ExpectExact(bytes, [](std::string_view b) { return DecodeState(b).has_value(); });
    }
  }
}

// A client of 3.x may leave all its 65,535 identifiers open; the record then is 8 KiB at worst,
// whatever their pattern (design 9.4).
TEST(StateRecordTest, SetsAreBounded) {
  struct Row {
    const char* name;
    unsigned step;
    std::size_t most;
  };
  for (const Row& row : {Row{"all", 1, 20}, Row{"every second", 2, 8210},
                         Row{"every third", 3, 8210}, Row{"every hundredth", 100, 1400}}) {
    StateRecord record;
    for (unsigned id = 1; id <= 65'535; id += row.step) {
      record.inbound.Insert(static_cast<std::uint16_t>(id));
    }
    const std::string bytes = Encoded(record);
    EXPECT_LE(bytes.size(), row.most) << row.name;
    EXPECT_EQ(DecodeState(bytes), record) << row.name;
  }
}

TEST(StateRecordTest, ExtremesComeBack) {
  StateRecord record;
  record.head = Seq{UINT64_MAX};
  record.reserved_tail = Seq{UINT64_MAX};
  record.send_mark = Seq{UINT64_MAX};
  record.finished.InsertRange(0, UINT64_MAX - 2);
  record.finished.Insert(UINT64_MAX);
  record.awaiting_pubcomp.InsertRange(0, UINT64_MAX);
  record.inbound.InsertRange(0, 65'535);
  EXPECT_EQ(DecodeState(Encoded(record)), record);
}

TEST(StateRecordTest, OtherFormsAreRefused) {
  struct Row {
    const char* name;
    std::string bytes;
  };
  const Row rows[] = {
      {"head 0", "\x01\x00\x01\x00\x00\x00\x00"s},
      {"a varint longer than it needs to be", "\x01\x81\x00\x01\x00\x00\x00\x00"s},
      {"unknown form", "\x01\x01\x01\x00\x03\x00\x00"s},
      {"ranges that count none", "\x01\x01\x01\x00\x01\x00\x00\x00"s},
      {"ranges that touch", "\x01\x01\x01\x00\x01\x02\x05\x00\x01\x00\x00\x00"s},
      {"a bitmap where a range is smaller", "\x01\x01\x01\x00\x02\x05\x03\xff\xff\xff\x00\x00"s},
      {"a bitmap whose first bit is not set", "\x01\x01\x01\x00\x02\x05\x01\x0a\x00\x00"s},
      {"a bitmap with an empty last byte", "\x01\x01\x01\x00\x02\x05\x02\x55\x00\x00\x00"s},
      {"an identifier above 65,535", "\x01\x01\x01\x00\x00\x00\x01\x01\x80\x80\x04\x00"s},
      {"a range over the end of numbers",
       "\x01\x01\x01\x00\x01\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x05\x00\x00"s},
  };
  for (const Row& row : rows) EXPECT_FALSE(DecodeState(row.bytes).has_value()) << row.name;
}

// --- Sessions, subscriptions, meta
// ---------------------------------------------------------------------

TEST(FormatValueTest, SessionsComeBackAsTheyWere) {
  SessionRecord record;
  record.client_id = "client\xC3\xA4";
  record.user_name = std::string(300, 'u');
  record.mount_point = "m/";
  record.protocol = 3;
  record.expiry_s = 17;
  record.connected = true;
  record.start = 9;
  record.disconnected_ms = 1ull << 50;
  record.epoch = 3;
  for (const SessionRecord& r : {record, SessionRecord{}}) {
    std::string bytes;
    EncodeSession(r, bytes);
    EXPECT_EQ(DecodeSession(bytes), r);
    ExpectExact(bytes, [](std::string_view b) { return DecodeSession(b).has_value(); });
  }
}

TEST(FormatValueTest, SubscriptionsComeBackAsTheyWere) {
  for (const QoS qos : {QoS::kAtMostOnce, QoS::kAtLeastOnce, QoS::kExactlyOnce}) {
    for (const bool flag : {false, true}) {
      for (const std::uint8_t handling : std::initializer_list<std::uint8_t>{0, 1, 2}) {
        for (const std::uint32_t id : {0u, 1u, 268'435'455u}) {
          const SubscriptionRecord record{qos, flag, !flag, handling, id};
          std::string bytes;
          EncodeSubscription(record, bytes);
          EXPECT_EQ(DecodeSubscription(bytes), record);
          ExpectExact(bytes, [](std::string_view b) { return DecodeSubscription(b).has_value(); });
        }
      }
    }
  }
  EXPECT_FALSE(DecodeSubscription("\x01\x03\x00"s).has_value()) << "QoS 3";
  EXPECT_FALSE(DecodeSubscription("\x01\x30\x00"s).has_value()) << "retain handling 3";
  EXPECT_FALSE(DecodeSubscription("\x01\x40\x00"s).has_value()) << "a retained scan: reserved";
}

TEST(FormatValueTest, MetaComesBackAsItWas) {
  Identity identity;
  for (std::uint8_t i = 0; i < 16; ++i) identity.uuid[i] = static_cast<std::uint8_t>(i * 17);
  identity.incarnation = 5;
  identity.marks_exist = true;
  EXPECT_EQ(DecodeIdentity(EncodeIdentity(identity)), identity);
  EXPECT_EQ(UuidText(identity.uuid), "00112233-4455-6677-8899-aabbccddeeff");
  EXPECT_EQ(Hex(EncodeFormat(1)), "0100000001");
  EXPECT_EQ(DecodeFormat(EncodeFormat(77)), 77u);
  const auto numbers = DecodeNumbers(EncodeNumbers({SessionNumber{3}, MessageNumber{4}}));
  EXPECT_EQ(numbers->next_session, SessionNumber{3});
  EXPECT_EQ(numbers->next_message, MessageNumber{4});
  const auto start = DecodeStart(EncodeStart({6, true}));
  EXPECT_EQ(start->start, 6u);
  EXPECT_TRUE(start->clean_shutdown);
  const auto commit = DecodeCommit(EncodeCommit({Lsn{7}, {8, 9}}).view());
  EXPECT_EQ(commit->lsn, Lsn{7});
  EXPECT_EQ(commit->times.broker_ms, 8u);
  EXPECT_EQ(commit->times.wall_ms, 9u);
}

// --- Entries and bodies
// --------------------------------------------------------------------------------

TEST(FormatValueTest, EntriesArePinned) {
  const MessagePtr message = Message::Make({QoS::kExactlyOnce, true, 300}, "a/b", "pp", "hello");
  const std::string inline_entry = InlineEntry({QoS::kAtLeastOnce, true}, *message);
  // version, entry flags, message flags, time, sizes of topic and properties; then the three.
  EXPECT_EQ(Hex(inline_entry),
            "010506ac020302"
            "612f62"
            "7070"
            "68656c6c6f");
  const auto entry = DecodeEntry(inline_entry);
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->header, (EntryHeader{QoS::kAtLeastOnce, true}));
  EXPECT_EQ(entry->message.topic, "a/b");
  EXPECT_EQ(entry->message.properties, "pp");
  EXPECT_EQ(entry->message.payload, "hello");
  EXPECT_EQ(entry->message.header.qos, QoS::kExactlyOnce);
  EXPECT_TRUE(entry->message.header.retain);
  EXPECT_EQ(entry->message.header.published_ms, 300u);

  std::string reference;
  EncodeReference({QoS::kExactlyOnce, false}, MessageNumber{258}, reference);
  EXPECT_EQ(Hex(reference), "010a0000000000000102");
  ExpectExact(reference, [](std::string_view b) { return DecodeEntry(b).has_value(); });
  EXPECT_EQ(DecodeEntry(reference)->number, MessageNumber{258});

  EXPECT_FALSE(DecodeEntry("\x01\x08\x00\x00\x00\x00\x00\x00\x00\x01"s).has_value()) << "QoS 0";
  EXPECT_FALSE(DecodeEntry("\x01\x22\x00\x00\x00\x00"s).has_value()) << "a reserved flag";
  EXPECT_FALSE(DecodeEntry("\x01\x02\x03\x00\x00\x00"s).has_value()) << "published at QoS 3";
}

TEST(FormatValueTest, EntriesOfMqtt5ArePinned) {
  const MessagePtr message =
      Message::Make({QoS::kAtLeastOnce, false, 1, 300}, "t", "\x01\x01"s, "xy");
  EntryHeader header{QoS::kAtLeastOnce, true};
  header.subscriptions.Add(5);
  header.subscriptions.Add(268'435'455);
  const std::string entry = InlineEntry(header, *message);
  // version, entry flags, two subscription identifiers; message flags, time, expiry interval, sizes
  // of topic and properties; then the three.
  EXPECT_EQ(Hex(entry),
            "01150205ffffff7f"
            "0901ac020102"
            "74"
            "0101"
            "7879");
  const auto decoded = DecodeEntry(entry);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->header, header);
  EXPECT_EQ(decoded->message.header.expiry_s, 300u);
  EXPECT_EQ(*decoded->message.Make(), *message);
  EXPECT_FALSE(DecodeEntry("\x01\x11\x00\x01\x00\x01\x00t"s).has_value()) << "none of them";
  EXPECT_FALSE(DecodeEntry("\x01\x11\x01\x00\x01\x00\x01\x00t"s).has_value()) << "number 0";
  EXPECT_FALSE(DecodeEntry("\x01\x11\x01\x80\x80\x80\x80\x01\x01\x00\x01\x00t"s).has_value())
      << "a number above those of MQTT";

  const MessagePtr retained = Message::Make({QoS::kAtLeastOnce, true, 1, 0}, "t", "", "xy");
  const std::string value = std::string(EncodeRetainedHead(MessageNumber{7}, *retained).view()) +
                            std::string(RetainedBytes(*retained));
  EXPECT_EQ(Hex(value),
            "010907010000"
            "7879");
  const auto view = DecodeRetained(value);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->header.expiry_s, 0u);
}

TEST(FormatValueTest, BodiesArePinned) {
  const MessagePtr message = Message::Make({QoS::kAtLeastOnce, false, 1}, "t", "", "xy");
  const Owner owners[] = {{SessionNumber{5}, Seq{300}}, {SessionNumber{6}, Seq{1}}};
  std::string body;
  EncodeBodyHead(owners, *message, body);
  body += MessageBytes(*message);
  // version, two owners: 5/300, one further 1; then the message as in an entry.
  EXPECT_EQ(Hex(body),
            "0102"
            "05ac02"
            "0101"
            "01010100"
            "74"
            "7879");
  const auto decoded = DecodeBody(body);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_THAT(decoded->owners, testing::ElementsAreArray(owners));
  EXPECT_EQ(decoded->message.payload, "xy");

  std::vector<Owner> visited;
  EXPECT_TRUE(VisitOwners(body, [&](const Owner& owner) {
    visited.push_back(owner);
    return true;
  }));
  EXPECT_THAT(visited, testing::ElementsAreArray(owners));
  EXPECT_FALSE(VisitOwners(body.substr(0, 4), [](const Owner&) { return true; }));
  EXPECT_FALSE(DecodeBody("\x01\x02\x05\x01\x00\x01\x01\x01\x01\x00t"s).has_value()) << "twice 5";
}

}  // namespace
}  // namespace tallymq::storage
