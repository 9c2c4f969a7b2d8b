// Goal: the identifiers that a client takes, and the saved form of its session.
// Method: identifiers are taken and given back in each order; saved bytes are read back whole, cut
// at each place, and damaged.

#include "tallymq/client/session.h"

#include <gtest/gtest.h>

#include <string>

namespace tallymq::client {
namespace {

PacketId Add(Session& session, QoS qos, std::string_view payload,
             IdOrder order = IdOrder::kAscending) {
  const PacketId id = *session.TakeId(order);
  session.Append(id, qos, false, "t", payload, Token{id.value()});
  return id;
}

// A session with a message in each state, and incoming identifiers.
Session Full() {
  Session session;
  for (int i = 0; i < 3; ++i) Add(session, QoS::kExactlyOnce, std::string(200, 'a'));
  Add(session, QoS::kAtLeastOnce, "");
  for (std::size_t i = 0; i < 4; ++i) session.SendAt(i, [](const OutgoingMessage&) {});
  session.ForgetConnection();
  Add(session, QoS::kExactlyOnce, "not sent");
  session.OnPubrec(PacketId{3});
  session.OnPubrec(PacketId{1});
  for (const PacketId id : {PacketId{1}, PacketId{2}, PacketId{3}, PacketId{9}, PacketId{65'535}}) {
    session.OnPublish(id);
  }
  return session;
}

// [MQTT3-2.3.1-2]
TEST(SessionIds, AscendingGoesRoundAndSkipsWhatIsInUse) {
  Session session;
  EXPECT_EQ(session.TakeId(IdOrder::kAscending), PacketId{1});
  for (std::uint32_t id = 2; id <= 65'535; ++id) {
    ASSERT_EQ(session.TakeId(IdOrder::kAscending), PacketId{static_cast<std::uint16_t>(id)});
    if (id % 2 == 0) session.ReturnId(PacketId{static_cast<std::uint16_t>(id)});
  }
  EXPECT_EQ(session.TakeId(IdOrder::kAscending), PacketId{2});
  EXPECT_EQ(session.TakeId(IdOrder::kAscending), PacketId{4});
}

// [MQTT3-2.3.1-2]
TEST(SessionIds, LowestIsUsedAgainAtOnce) {
  Session session;
  for (int i = 0; i < 5; ++i) session.TakeId(IdOrder::kLowest);
  session.ReturnId(PacketId{4});
  session.ReturnId(PacketId{2});
  EXPECT_EQ(session.TakeId(IdOrder::kLowest), PacketId{2});
  EXPECT_EQ(session.TakeId(IdOrder::kLowest), PacketId{4});
  EXPECT_EQ(session.TakeId(IdOrder::kLowest), PacketId{6});
}

// [MQTT3-2.3.1-2]
TEST(SessionIds, NoneIsLeftWhenAllAreInUse) {
  for (const IdOrder order : {IdOrder::kAscending, IdOrder::kLowest}) {
    Session session;
    for (int i = 0; i < 65'535; ++i) ASSERT_TRUE(session.TakeId(order));
    EXPECT_FALSE(session.TakeId(order));
    session.ReturnId(PacketId{65'535});
    EXPECT_EQ(session.TakeId(order), PacketId{65'535});
  }
}

TEST(SessionIds, RequestsGiveTheirsBackAndMessagesDoNot) {
  Session session;
  Add(session, QoS::kExactlyOnce, "");
  session.TakeId(IdOrder::kAscending);
  session.ReturnRequestIds();
  EXPECT_EQ(session.TakeId(IdOrder::kLowest), PacketId{2});
}

// [MQTT3-4.1.0-1]
TEST(SessionSaved, ComesBackAsItWas) {
  for (const Session& session : {Session{}, Full()}) {
    std::string bytes;
    session.Save(bytes);
    auto loaded = Session::Load(bytes);
    ASSERT_TRUE(loaded);
    EXPECT_EQ(*loaded, session);
  }
}

TEST(SessionSaved, IdentifiersInUseStayInUse) {
  std::string bytes;
  Full().Save(bytes);
  auto session = Session::Load(bytes);
  ASSERT_TRUE(session);
  EXPECT_EQ(session->TakeId(IdOrder::kLowest), PacketId{6});
}

TEST(SessionSaved, CutAnywhereIsNoticed) {
  std::string bytes;
  Full().Save(bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(Session::Load(bytes.substr(0, size))) << size;
  }
}

TEST(SessionSaved, DamagedBytesGiveAnErrorOrASession) {
  std::string bytes;
  Full().Save(bytes);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int bit : {1, 2, 64, 128}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ bit);
      const auto loaded = Session::Load(damaged);
      if (!loaded) continue;
      for (const auto& message : loaded->unacknowledged()) EXPECT_NE(message.packet_id.value(), 0);
    }
  }
}

struct BadRow {
  const char* name;
  std::string bytes;
  SessionError error;
};

TEST(SessionSaved, ErrorsSayWhy) {
  using namespace std::string_literals;
  const std::string head = "TMQC\x01"s;
  const BadRow rows[] = {
      {"nothing", "", SessionError::kFormat},
      {"another version", "TMQC\x02\0\0\0\0"s, SessionError::kFormat},
      {"cut", head + "\0\0\0"s, SessionError::kTruncated},
      {"more behind it", head + "\0\0\0\0\0"s, SessionError::kInvalid},
      {"identifier 0", head + "\0\1\0\0\0\1t\0\0\0"s, SessionError::kInvalid},
      {"an identifier twice", head + "\0\2\1\0\0\1t\0\1\0\0\1t\0\0\0"s, SessionError::kInvalid},
      {"released with QoS 1", head + "\0\0\1\1\4\0\1t\0\0"s, SessionError::kInvalid},
      {"range that ends before it begins", head + "\0\0\0\1\2\1"s, SessionError::kInvalid},
      {"number that is too long", head + "\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F"s,
       SessionError::kInvalid},
  };
  for (const BadRow& row : rows) {
    auto loaded = Session::Load(row.bytes);
    ASSERT_FALSE(loaded) << row.name;
    EXPECT_EQ(loaded.error(), row.error) << row.name;
  }
}

}  // namespace
}  // namespace tallymq::client
