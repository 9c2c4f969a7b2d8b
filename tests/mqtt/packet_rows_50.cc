#include "packet_rows_50.h"

#include <deque>
#include <utility>

#include "wire.h"

namespace tallymq::mqtt {
namespace {

constexpr Sender kClient = Sender::kClient;
constexpr Sender kServer = Sender::kServer;
constexpr QoS kQos0 = QoS::kAtMostOnce;
constexpr QoS kQos1 = QoS::kAtLeastOnce;
constexpr QoS kQos2 = QoS::kExactlyOnce;

// Bytes that live as long as the program.
std::string_view Bytes(std::string_view notation) {
  static std::deque<std::string> kept;
  return kept.emplace_back(Wire(notation));
}

class Rows {
 public:
  void Add(const char* name, const char* spec, Sender sender, const char* wire, Packet packet) {
    rows_.push_back(
        {name + std::string("50"), spec, sender, Version::k50, wire, std::move(packet)});
  }
  // What both sides send.
  void AddBoth(const std::string& name, const char* spec, const char* wire, const Packet& packet) {
    Add((name + "FromClient").c_str(), spec, kClient, wire, packet);
    Add((name + "FromServer").c_str(), spec, kServer, wire, packet);
  }
  std::vector<PacketRow> Take() { return std::move(rows_); }

 private:
  std::vector<PacketRow> rows_;
};

Connect MakeConnect(std::string_view client_id) {
  Connect connect;
  connect.version = Version::k50;
  connect.keep_alive_s = 60;
  connect.client_id = client_id;
  return connect;
}

void AddConnects(Rows& rows) {
  rows.Add("Connect", "[MQTT-3.1.3-3]", kClient, "10 0F 0004'MQTT' 05 02 003C 00 0002'id'",
           MakeConnect("id"));
  rows.Add("ConnectWithoutClientId", "3.1.3.1", kClient, "10 0D 0004'MQTT' 05 02 003C 00 0000",
           MakeConnect(""));
  Connect connect = MakeConnect("id");
  connect.clean_start = false;
  connect.properties = Bytes("11 FFFFFFFF");
  rows.Add("ConnectToStay", "3.1.2.11.2", kClient,
           "10 14 0004'MQTT' 05 00 003C 05 11 FFFFFFFF 0002'id'", connect);
  connect = MakeConnect("id");
  connect.properties = Bytes(
      "11 00000E10 21 0001 27 00000001 22 FFFF 19 01 17 00 15 0001'm' 16 0002 00FF "
      "26 0001'k' 0001'v' 26 0001'k' 0001'w'");
  rows.Add("ConnectWithAllProperties", "3.1.2.11", kClient,
           "10 3A 0004'MQTT' 05 02 003C 2B 11 00000E10 21 0001 27 00000001 22 FFFF 19 01 17 00 "
           "15 0001'm' 16 0002 00FF 26 0001'k' 0001'v' 26 0001'k' 0001'w' 0002'id'",
           connect);
  connect = MakeConnect("id");
  connect.password = std::string_view("\xFF\0", 2);
  rows.Add("ConnectWithPasswordAlone", "[MQTT-3.1.2-19]", kClient,
           "10 13 0004'MQTT' 05 42 003C 00 0002'id' 0002 FF00", connect);
  connect.user_name = "";
  connect.will.emplace();
  connect.will->qos = kQos2;
  connect.will->retain = true;
  connect.will->topic = Name("w");
  connect.will->payload = "gone";
  rows.Add("ConnectWithWill", "[MQTT-3.1.2-9]", kClient,
           "10 1F 0004'MQTT' 05 F6 003C 00 0002'id' 00 0001'w' 0004'gone' 0000 0002 FF00", connect);
  connect.will->properties =
      Bytes("18 00000005 01 01 02 0000000A 03 0001't' 08 0001'r' 09 0001 00 26 0000 0000");
  rows.Add("ConnectWithWillProperties", "[MQTT-3.1.3-1]", kClient,
           "10 3C 0004'MQTT' 05 F6 003C 00 0002'id' 1D 18 00000005 01 01 02 0000000A 03 0001't' "
           "08 0001'r' 09 0001 00 26 0000 0000 0001'w' 0004'gone' 0000 0002 FF00",
           connect);
}

Connack MakeConnack(bool session_present, ReasonCode reason, Properties properties) {
  return {session_present, reason, properties};
}

void AddConnacks(Rows& rows) {
  rows.Add("Connack", "3.2.2.2", kServer, "20 03 00 00 00",
           MakeConnack(false, ReasonCode::kSuccess, {}));
  rows.Add("ConnackSessionPresent", "[MQTT-3.2.2-3]", kServer, "20 03 01 00 00",
           MakeConnack(true, ReasonCode::kSuccess, {}));
  rows.Add("ConnackRefuses", "[MQTT-3.2.2-8]", kServer, "20 03 00 86 00",
           MakeConnack(false, ReasonCode::kBadUserNameOrPassword, {}));
  rows.Add("ConnackWithAllProperties", "3.2.2.3", kServer,
           "20 42 00 00 3F 11 00000000 21 0001 24 00 25 01 27 00000001 12 0001'c' 22 0000 "
           "1F 0001'r' 26 0001'k' 0000 28 01 29 00 2A 01 13 0000 1A 0001'i' 1C 0001's' 15 0001'm' "
           "16 0000 26 0000 0000",
           MakeConnack(false, ReasonCode::kSuccess,
                       Bytes("11 00000000 21 0001 24 00 25 01 27 00000001 12 0001'c' 22 0000 "
                             "1F 0001'r' 26 0001'k' 0000 28 01 29 00 2A 01 13 0000 1A 0001'i' "
                             "1C 0001's' 15 0001'm' 16 0000 26 0000 0000")));
}

Publish MakePublish(QoS qos, std::uint16_t id, std::string_view topic, Properties properties,
                    std::string_view payload) {
  Publish publish;
  publish.qos = qos;
  publish.packet_id = PacketId(id);
  if (!topic.empty()) publish.topic = Name(topic);
  publish.properties = properties;
  publish.payload = payload;
  return publish;
}

void AddPublishes(Rows& rows) {
  rows.AddBoth("PublishQos0", "[MQTT-2.2.1-2]", "30 07 0003'a/b' 00 'x'",
               MakePublish(kQos0, 0, "a/b", {}, "x"));
  rows.AddBoth("PublishQos1", "[MQTT-2.2.2-1]", "32 09 0003'a/b' 0001 00 'x'",
               MakePublish(kQos1, 1, "a/b", {}, "x"));
  Publish publish = MakePublish(kQos2, 0xFFFF, "a", {}, "");
  publish.dup = true;
  publish.retain = true;
  rows.AddBoth("PublishQos2RetainedAgain", "3.3.1.1", "3D 06 0001'a' FFFF 00", publish);
  rows.AddBoth("PublishSetsAlias", "3.3.2.3.4", "30 08 0001'a' 03 23 0001 'x'",
               MakePublish(kQos0, 0, "a", Bytes("23 0001"), "x"));
  rows.AddBoth("PublishByAlias", "3.3.2.3.4", "34 08 0000 0001 03 23 FFFF",
               MakePublish(kQos2, 1, "", Bytes("23 FFFF"), ""));
  rows.AddBoth("PublishForwarded", "[MQTT-3.3.2-18]",
               "30 28 0001'a' 22 01 01 02 0000000A 03 0001't' 08 0001'r' 09 0002 00FF "
               "26 0001'k' 0001'v' 26 0001'k' 0001'v' 'xy'",
               MakePublish(kQos0, 0, "a",
                           Bytes("01 01 02 0000000A 03 0001't' 08 0001'r' 09 0002 00FF "
                                 "26 0001'k' 0001'v' 26 0001'k' 0001'v'"),
                           "xy"));
  rows.Add("PublishToSubscriptions", "[MQTT-3.3.4-4]", kServer,
           "30 16 0001'a' 11 02 00000000 0B 01 0B FFFFFF7F 0B 8001 01 00 'x'",
           MakePublish(kQos0, 0, "a", Bytes("02 00000000 0B 01 0B FFFFFF7F 0B 8001 01 00"), "x"));
}

template <typename Ack>
Ack MakeAck(std::uint16_t id, ReasonCode reason = ReasonCode::kSuccess,
            Properties properties = {}) {
  return {PacketId(id), reason, properties};
}

void AddAcks(Rows& rows) {
  const Properties properties = Bytes("1F 0001'r' 26 0001'k' 0001'v' 26 0000 0000");
  rows.AddBoth("Puback", "3.4.2.1", "40 02 0001", MakeAck<Puback>(1));
  rows.AddBoth("PubackReason", "[MQTT-3.4.2-1]", "40 03 0001 97",
               MakeAck<Puback>(1, ReasonCode::kQuotaExceeded));
  rows.AddBoth("PubackAll", "3.4.2.2",
               "40 14 0001 00 10 1F 0001'r' 26 0001'k' 0001'v' 26 0000 0000",
               MakeAck<Puback>(1, ReasonCode::kSuccess, properties));
  rows.Add("PubackToNobody", "3.4.2.1", kServer, "40 03 0001 10",
           MakeAck<Puback>(1, ReasonCode::kNoMatchingSubscribers));
  rows.AddBoth("Pubrec", "3.5.2.1", "50 02 0102", MakeAck<Pubrec>(0x0102));
  rows.AddBoth("PubrecReason", "[MQTT-3.5.2-1]", "50 03 0001 99",
               MakeAck<Pubrec>(1, ReasonCode::kPayloadFormatInvalid));
  rows.AddBoth("PubrecAll", "3.5.2.2",
               "50 14 0001 87 10 1F 0001'r' 26 0001'k' 0001'v' 26 0000 0000",
               MakeAck<Pubrec>(1, ReasonCode::kNotAuthorized, properties));
  rows.AddBoth("Pubrel", "3.6.2.1", "62 02 FFFF", MakeAck<Pubrel>(0xFFFF));
  rows.AddBoth("PubrelReason", "[MQTT-3.6.2-1]", "62 03 0001 92",
               MakeAck<Pubrel>(1, ReasonCode::kPacketIdentifierNotFound));
  rows.AddBoth("PubrelAll", "3.6.2.2",
               "62 14 0001 92 10 1F 0001'r' 26 0001'k' 0001'v' 26 0000 0000",
               MakeAck<Pubrel>(1, ReasonCode::kPacketIdentifierNotFound, properties));
  rows.AddBoth("Pubcomp", "3.7.2.1", "70 02 00FF", MakeAck<Pubcomp>(0x00FF));
  rows.AddBoth("PubcompReason", "[MQTT-3.7.2-1]", "70 03 0001 92",
               MakeAck<Pubcomp>(1, ReasonCode::kPacketIdentifierNotFound));
  rows.AddBoth("PubcompAll", "3.7.2.2",
               "70 14 0001 00 10 1F 0001'r' 26 0001'k' 0001'v' 26 0000 0000",
               MakeAck<Pubcomp>(1, ReasonCode::kSuccess, properties));
}

void AddSubscribes(Rows& rows) {
  Subscribe subscribe;
  subscribe.packet_id = PacketId(1);
  subscribe.requests = {{.filter = Filter("a/b"), .qos = kQos1}};
  rows.Add("Subscribe", "[MQTT-3.8.3-2]", kClient, "82 09 0001 00 0003'a/b' 01", subscribe);
  subscribe.properties = Bytes("0B FFFFFF7F 26 0001'k' 0001'v'");
  subscribe.requests = {{.filter = Filter("#"), .qos = kQos2, .no_local = true},
                        {.filter = Filter("$share/g/a"), .qos = kQos0, .retain_as_published = true},
                        {.filter = Filter("+"), .qos = kQos0, .retain_handling = 1},
                        {.filter = Filter("+"),
                         .qos = kQos1,
                         .no_local = true,
                         .retain_as_published = true,
                         .retain_handling = 2}};
  rows.Add("SubscribeAllOptions", "3.8.3.1", kClient,
           "82 28 ABCD 0C 0B FFFFFF7F 26 0001'k' 0001'v' 0001'#' 06 000A'$share/g/a' 08 "
           "0001'+' 10 0001'+' 2D",
           [&] {
             subscribe.packet_id = PacketId(0xABCD);
             return subscribe;
           }());
  Suback suback;
  suback.packet_id = PacketId(1);
  suback.codes = {ReasonCode::kGrantedQos2};
  rows.Add("Suback", "[MQTT-3.8.4-6]", kServer, "90 04 0001 00 02", suback);
  suback.properties = Bytes("1F 0000 26 0000 0001'v'");
  suback.codes = {ReasonCode::kSuccess,
                  ReasonCode::kGrantedQos1,
                  ReasonCode::kGrantedQos2,
                  ReasonCode::kUnspecifiedError,
                  ReasonCode::kImplementationSpecificError,
                  ReasonCode::kNotAuthorized,
                  ReasonCode::kTopicFilterInvalid,
                  ReasonCode::kPacketIdentifierInUse,
                  ReasonCode::kQuotaExceeded,
                  ReasonCode::kSharedSubscriptionsNotSupported,
                  ReasonCode::kSubscriptionIdentifiersNotSupported,
                  ReasonCode::kWildcardSubscriptionsNotSupported};
  rows.Add("SubackAllCodes", "[MQTT-3.9.3-2]", kServer,
           "90 18 0001 09 1F 0000 26 0000 0001'v' 00 01 02 80 83 87 8F 91 97 9E A1 A2", suback);

  Unsubscribe unsubscribe;
  unsubscribe.packet_id = PacketId(1);
  unsubscribe.filters = {Filter("a/b")};
  rows.Add("Unsubscribe", "[MQTT-3.10.3-2]", kClient, "A2 08 0001 00 0003'a/b'", unsubscribe);
  unsubscribe.properties = Bytes("26 0001'k' 0000");
  unsubscribe.filters = {Filter("+"), Filter("$share/g/a")};
  rows.Add("UnsubscribeAll", "3.10.2.1", kClient,
           "A2 18 0001 06 26 0001'k' 0000 0001'+' 000A'$share/g/a'", unsubscribe);
  Unsuback unsuback;
  unsuback.packet_id = PacketId(1);
  unsuback.codes = {ReasonCode::kSuccess};
  rows.Add("Unsuback", "[MQTT-3.11.3-1]", kServer, "B0 04 0001 00 00", unsuback);
  unsuback.properties = Bytes("1F 0001'r' 26 0000 0000");
  unsuback.codes = {ReasonCode::kSuccess,
                    ReasonCode::kNoSubscriptionExisted,
                    ReasonCode::kUnspecifiedError,
                    ReasonCode::kImplementationSpecificError,
                    ReasonCode::kNotAuthorized,
                    ReasonCode::kTopicFilterInvalid,
                    ReasonCode::kPacketIdentifierInUse};
  rows.Add("UnsubackAllCodes", "[MQTT-3.11.3-2]", kServer,
           "B0 13 0001 09 1F 0001'r' 26 0000 0000 00 11 80 83 87 8F 91", unsuback);
}

void AddOthers(Rows& rows) {
  rows.Add("Pingreq", "3.12", kClient, "C0 00", Pingreq());
  rows.Add("Pingresp", "3.13", kServer, "D0 00", Pingresp());

  rows.AddBoth("Disconnect", "3.14.2.1", "E0 00", Disconnect());
  rows.Add("DisconnectWithWill", "[MQTT-3.14.2-1]", kClient, "E0 01 04",
           Disconnect{ReasonCode::kDisconnectWithWill, {}});
  rows.Add("DisconnectWithExpiry", "3.14.2.2.2", kClient, "E0 07 00 05 11 00000000",
           Disconnect{ReasonCode::kSuccess, Bytes("11 00000000")});
  rows.AddBoth("DisconnectAll", "3.14.2.2", "E0 0E 81 0C 1C 0000 1F 0001'r' 26 0000 0000",
               Disconnect{ReasonCode::kMalformedPacket, Bytes("1C 0000 1F 0001'r' 26 0000 0000")});
  rows.Add("DisconnectOfServer", "[MQTT-3.14.2-1]", kServer, "E0 01 8E",
           Disconnect{ReasonCode::kSessionTakenOver, {}});

  rows.AddBoth("AuthContinues", "[MQTT-3.15.2-1]", "F0 06 18 04 15 0001'm'",
               Auth{ReasonCode::kContinueAuthentication, Bytes("15 0001'm'")});
  rows.Add("AuthAgain", "[MQTT-4.12.1-1]", kClient, "F0 0B 19 09 16 0002 00FF 15 0001'm'",
           Auth{ReasonCode::kReAuthenticate, Bytes("16 0002 00FF 15 0001'm'")});
  rows.Add("AuthSuccess", "3.15.2.1", kServer, "F0 00", Auth{ReasonCode::kSuccess, {}});
  rows.Add("AuthAll", "3.15.2.2", kServer, "F0 12 00 10 15 0001'm' 16 0000 1F 0001'r' 26 0000 0000",
           Auth{ReasonCode::kSuccess, Bytes("15 0001'm' 16 0000 1F 0001'r' 26 0000 0000")});
}

}  // namespace

std::vector<PacketRow> PacketRows50() {
  Rows rows;
  AddConnects(rows);
  AddConnacks(rows);
  AddPublishes(rows);
  AddAcks(rows);
  AddSubscribes(rows);
  AddOthers(rows);
  return rows.Take();
}

// Longer forms than they need to be.
std::vector<PacketRow> ToleratedRows50() {
  Rows rows;
  rows.AddBoth("LongPuback", "3.4.2.1", "40 03 0001 00", MakeAck<Puback>(1));
  rows.AddBoth("LongerPuback", "3.4.2.2.1", "40 04 0001 00 00", MakeAck<Puback>(1));
  rows.AddBoth("LongPubrecReason", "3.5.2.2.1", "50 04 0001 97 00",
               MakeAck<Pubrec>(1, ReasonCode::kQuotaExceeded));
  rows.AddBoth("LongPubrel", "3.6.2.1", "62 03 0001 00", MakeAck<Pubrel>(1));
  rows.AddBoth("LongerPubcomp", "3.7.2.2.1", "70 04 0001 00 00", MakeAck<Pubcomp>(1));
  rows.Add("LongDisconnect", "3.14.2.1", kClient, "E0 01 00", Disconnect());
  rows.Add("LongerDisconnect", "3.14.2.2.1", kClient, "E0 02 00 00", Disconnect());
  rows.Add("LongDisconnectReason", "3.14.2.2.1", kServer, "E0 02 8B 00",
           Disconnect{ReasonCode::kServerShuttingDown, {}});
  return rows.Take();
}

}  // namespace tallymq::mqtt
