#include "packet_rows.h"

#include <utility>

#include "packet_rows_50.h"
#include "wire.h"

namespace tallymq::mqtt {
namespace {

constexpr Version k31 = Version::k31;
constexpr Version k311 = Version::k311;
constexpr QoS kQos0 = QoS::kAtMostOnce;
constexpr QoS kQos1 = QoS::kAtLeastOnce;
constexpr QoS kQos2 = QoS::kExactlyOnce;

Will MakeWill(QoS qos, bool retain, std::string_view topic, std::string_view payload) {
  Will will;
  will.qos = qos;
  will.retain = retain;
  will.topic = Name(topic);
  will.payload = payload;
  return will;
}

Connect MakeConnect(Version version, std::string_view client_id) {
  Connect connect;
  connect.version = version;
  connect.keep_alive_s = 60;
  connect.client_id = client_id;
  return connect;
}

// A CONNECT with a will and both credentials.
Connect MakeFullConnect(Version version) {
  Connect connect = MakeConnect(version, "id");
  connect.keep_alive_s = 0xFFFF;
  connect.will = MakeWill(kQos2, true, "w/t", "gone");
  connect.user_name = "user";
  connect.password = "pass";
  return connect;
}

Connack MakeConnack(bool session_present, ReasonCode reason) {
  Connack connack;
  connack.session_present = session_present;
  connack.reason = reason;
  return connack;
}

Publish MakePublish(QoS qos, std::uint16_t id, std::string_view topic, std::string_view payload) {
  Publish publish;
  publish.qos = qos;
  publish.packet_id = PacketId(id);
  publish.topic = Name(topic);
  publish.payload = payload;
  return publish;
}

Publish Dup(Publish publish) {
  publish.dup = true;
  return publish;
}

Publish Retain(Publish publish) {
  publish.retain = true;
  return publish;
}

template <typename Ack>
Ack MakeAck(std::uint16_t id) {
  Ack ack;
  ack.packet_id = PacketId(id);
  return ack;
}

Subscribe MakeSubscribe(std::uint16_t id, std::vector<std::pair<std::string_view, QoS>> requests) {
  Subscribe subscribe;
  subscribe.packet_id = PacketId(id);
  for (const auto& [filter, qos] : requests) {
    SubscriptionRequest& request = subscribe.requests.emplace_back();
    request.filter = Filter(filter);
    request.qos = qos;
  }
  return subscribe;
}

Suback MakeSuback(std::uint16_t id, std::vector<ReasonCode> codes) {
  Suback suback;
  suback.packet_id = PacketId(id);
  suback.codes = std::move(codes);
  return suback;
}

Unsubscribe MakeUnsubscribe(std::uint16_t id, std::vector<std::string_view> filters) {
  Unsubscribe unsubscribe;
  unsubscribe.packet_id = PacketId(id);
  for (const std::string_view filter : filters) unsubscribe.filters.push_back(Filter(filter));
  return unsubscribe;
}

std::vector<PacketRow> ConnectRows() {
  constexpr Sender kSender = Sender::kClient;
  std::vector<PacketRow> rows;
  const auto add = [&](const char* name, const char* spec, const char* wire, Connect connect) {
    rows.push_back({name, spec, kSender, connect.version, wire, connect});
  };
  Connect connect = MakeConnect(k311, "id");
  add("ConnectClean", "[MQTT3-3.1.3-3]", "10 0E 0004'MQTT' 04 02 003C 0002'id'", connect);
  connect.clean_start = false;
  add("ConnectPersistent", "3.1.2.4", "10 0E 0004'MQTT' 04 00 003C 0002'id'", connect);
  add("ConnectWithoutClientId", "3.1.3.1", "10 0C 0004'MQTT' 04 02 003C 0000",
      MakeConnect(k311, ""));
  connect = MakeConnect(k311, "");
  connect.clean_start = false;
  // Answered by the core with 2.
  add("ConnectPersistentWithoutClientId", "3.1.3.1", "10 0C 0004'MQTT' 04 00 003C 0000", connect);
  connect = MakeConnect(k311, "id");
  connect.keep_alive_s = 0;
  add("ConnectWithoutKeepAlive", "3.1.2.10", "10 0E 0004'MQTT' 04 02 0000 0002'id'", connect);
  add("ConnectClientIdKeepsByteOrderMark", "[MQTT3-1.5.3-3]",
      "10 0F 0004'MQTT' 04 02 003C 0003 EFBBBF", MakeConnect(k311, "\xEF\xBB\xBF"));
  add("ConnectWithAll", "[MQTT3-3.1.3-1]",
      "10 25 0004'MQTT' 04 F6 FFFF 0002'id' 0003'w/t' 0004'gone' 0004'user' 0004'pass'",
      MakeFullConnect(k311));
  connect = MakeConnect(k311, "id");
  connect.will = MakeWill(kQos1, false, "w", "");
  add("ConnectWithEmptyWill", "[MQTT3-3.1.2-9]",
      "10 13 0004'MQTT' 04 0E 003C 0002'id' 0001'w' 0000", connect);
  connect.will = MakeWill(kQos0, true, "w", std::string_view("\0\xFF", 2));
  add("ConnectWithBinaryWill", "[MQTT3-3.1.2-9]",
      "10 15 0004'MQTT' 04 26 003C 0002'id' 0001'w' 0002 00FF", connect);
  connect = MakeConnect(k311, "id");
  connect.user_name = "user";
  add("ConnectWithUserName", "[MQTT3-3.1.2-19]", "10 14 0004'MQTT' 04 82 003C 0002'id' 0004'user'",
      connect);
  connect.user_name = "";
  connect.password = "";
  add("ConnectWithEmptyCredentials", "[MQTT3-3.1.2-21]",
      "10 12 0004'MQTT' 04 C2 003C 0002'id' 0000 0000", connect);
  connect.password = std::string_view("\xFF\0", 2);
  add("ConnectWithBinaryPassword", "[MQTT3-3.1.2-21]",
      "10 14 0004'MQTT' 04 C2 003C 0002'id' 0000 0002 FF00", connect);

  add("Connect31", "3.1", "10 10 0006'MQIsdp' 03 02 003C 0002'id'", MakeConnect(k31, "id"));
  add("Connect31WithoutClientId", "3.1, answered with 2", "10 0E 0006'MQIsdp' 03 02 003C 0000",
      MakeConnect(k31, ""));
  add("Connect31WithLongClientId", "3.1, longer than 23",
      "10 26 0006'MQIsdp' 03 02 003C 0018'abcdefghijklmnopqrstuvwx'",
      MakeConnect(k31, "abcdefghijklmnopqrstuvwx"));
  add("Connect31WithAll", "3.1",
      "10 27 0006'MQIsdp' 03 F6 FFFF 0002'id' 0003'w/t' 0004'gone' 0004'user' 0004'pass'",
      MakeFullConnect(k31));
  return rows;
}

std::vector<PacketRow> PublishRows(Sender sender) {
  std::vector<PacketRow> rows;
  const auto add = [&](const char* name, const char* spec, const char* wire, Publish publish) {
    rows.push_back({name, spec, sender, k311, wire, publish});
  };
  add("PublishQos0", "[MQTT3-2.3.1-5]", "30 06 0003'a/b' 'x'", MakePublish(kQos0, 0, "a/b", "x"));
  add("PublishQos0Retained", "3.3.1.3", "31 06 0003'a/b' 'x'",
      Retain(MakePublish(kQos0, 0, "a/b", "x")));
  add("PublishWithoutPayload", "3.3.3", "31 03 0001'a'", Retain(MakePublish(kQos0, 0, "a", "")));
  add("PublishQos1", "[MQTT3-2.3.1-1]", "32 08 0003'a/b' 0001 'x'",
      MakePublish(kQos1, 1, "a/b", "x"));
  add("PublishQos1Again", "3.3.1.1", "3A 08 0003'a/b' 0001 'x'",
      Dup(MakePublish(kQos1, 1, "a/b", "x")));
  add("PublishQos2", "[MQTT3-2.3.1-1]", "34 08 0003'a/b' FFFF 'x'",
      MakePublish(kQos2, 65535, "a/b", "x"));
  add("PublishQos2RetainedAgain", "3.3.1.1", "3D 08 0003'a/b' 0102 'x'",
      Dup(Retain(MakePublish(kQos2, 0x0102, "a/b", "x"))));
  add("PublishQos2WithoutPayload", "[MQTT3-2.3.1-1]", "34 05 0001'a' 0100",
      MakePublish(kQos2, 0x0100, "a", ""));
  add("PublishPayloadIsNoText", "3.3.3", "30 06 0001'a' 00 C0 FF",
      MakePublish(kQos0, 0, "a", std::string_view("\0\xC0\xFF", 3)));
  add("PublishTopicBeyondAscii", "[MQTT3-3.3.2-1]", "30 0B 0008'a/' C3A4 F09F909A 'x'",
      MakePublish(kQos0, 0, "a/\xC3\xA4\xF0\x9F\x90\x9A", "x"));
  add("PublishTopicKeepsByteOrderMark", "[MQTT3-1.5.3-3]", "30 06 0004 EFBBBF '/'",
      MakePublish(kQos0, 0, "\xEF\xBB\xBF/", ""));
  return rows;
}

std::vector<PacketRow> AckRows(Sender sender) {
  std::vector<PacketRow> rows;
  const auto add = [&](const char* name, const char* spec, const char* wire, Packet packet) {
    rows.push_back({name, spec, sender, k311, wire, std::move(packet)});
  };
  add("Puback", "[MQTT3-2.3.1-6]", "40 02 0001", MakeAck<Puback>(1));
  add("Pubrec", "[MQTT3-2.3.1-6]", "50 02 0102", MakeAck<Pubrec>(0x0102));
  add("Pubrel", "[MQTT3-3.6.1-1]", "62 02 FFFF", MakeAck<Pubrel>(0xFFFF));
  add("Pubcomp", "[MQTT3-4.3.3-2]", "70 02 00FF", MakeAck<Pubcomp>(0x00FF));
  return rows;
}

std::vector<PacketRow> OtherRows() {
  constexpr Sender kClient = Sender::kClient;
  constexpr Sender kServer = Sender::kServer;
  std::vector<PacketRow> rows;
  const auto add = [&](const char* name, const char* spec, Sender sender, const char* wire,
                       Packet packet, Version version = k311) {
    rows.push_back({name, spec, sender, version, wire, std::move(packet)});
  };
  add("ConnackAccepted", "3.2.2.3", kServer, "20 02 00 00",
      MakeConnack(false, ReasonCode::kSuccess));
  add("ConnackSessionPresent", "3.2.2.2", kServer, "20 02 01 00",
      MakeConnack(true, ReasonCode::kSuccess));
  add("ConnackWrongVersion", "3.2.2.3", kServer, "20 02 00 01",
      MakeConnack(false, ReasonCode::kUnsupportedProtocolVersion));
  add("ConnackNotAuthorized", "3.2.2.3", kServer, "20 02 00 05",
      MakeConnack(false, ReasonCode::kNotAuthorized));
  add("Connack31IdentifierRejected", "3.1", kServer, "20 02 00 02",
      MakeConnack(false, ReasonCode::kClientIdentifierNotValid), k31);

  add("SubscribeOne", "[MQTT3-3.8.3-3]", kClient, "82 08 0001 0003'a/b' 01",
      MakeSubscribe(1, {{"a/b", kQos1}}));
  add("SubscribeMany", "3.8.3", kClient, "82 14 ABCD 0001'#' 02 0007'a/+/c/#' 00 0001'/' 01",
      MakeSubscribe(0xABCD, {{"#", kQos2}, {"a/+/c/#", kQos0}, {"/", kQos1}}));
  add("SubscribeSameTwice", "3.8.3", kClient, "82 0A 0001 0001'a' 00 0001'a' 02",
      MakeSubscribe(1, {{"a", kQos0}, {"a", kQos2}}));
  add("SubackAllCodes", "[MQTT3-3.9.3-2]", kServer, "90 06 0001 02 00 80 01",
      MakeSuback(1, {ReasonCode::kGrantedQos2, ReasonCode::kSuccess, ReasonCode::kUnspecifiedError,
                     ReasonCode::kGrantedQos1}));
  add("UnsubscribeOne", "[MQTT3-3.10.3-2]", kClient, "A2 07 0001 0003'a/b'",
      MakeUnsubscribe(1, {"a/b"}));
  add("UnsubscribeMany", "3.10.3", kClient, "A2 0B 0100 0001'+' 0004'$SYS'",
      MakeUnsubscribe(0x0100, {"+", "$SYS"}));
  add("Unsuback", "[MQTT3-2.3.1-7]", kServer, "B0 02 0001", MakeAck<Unsuback>(1));
  add("Pingreq", "3.12", kClient, "C0 00", Pingreq());
  add("Pingresp", "3.13", kServer, "D0 00", Pingresp());
  add("Disconnect", "[MQTT3-3.14.1-1]", kClient, "E0 00", Disconnect());
  return rows;
}

// `rows` with their names and versions changed.
std::vector<PacketRow> Renamed(std::vector<PacketRow> rows, const std::string& suffix,
                               Version version = k311) {
  for (PacketRow& row : rows) {
    row.name += suffix;
    row.version = version;
  }
  return rows;
}

}  // namespace

void PrintTo(const PacketRow& row, std::ostream* out) { *out << row.spec << ' ' << row.wire; }

const std::vector<PacketRow>& PacketRows() {
  static const std::vector<PacketRow> kRows = [] {
    std::vector<PacketRow> all;
    const auto append = [&](std::vector<PacketRow> rows) {
      for (PacketRow& row : rows) all.push_back(std::move(row));
    };
    append(ConnectRows());
    for (const Sender sender : {Sender::kClient, Sender::kServer}) {
      const std::string from = sender == Sender::kClient ? "FromClient" : "FromServer";
      append(Renamed(PublishRows(sender), from));
      append(Renamed(AckRows(sender), from));
      append(Renamed(PublishRows(sender), from + "31", k31));
      append(Renamed(AckRows(sender), from + "31", k31));
    }
    append(OtherRows());
    append(PacketRows50());
    return all;
  }();
  return kRows;
}

const std::vector<PacketRow>& ToleratedRows() {
  static const std::vector<PacketRow> kRows = [] {
    constexpr Sender kClient = Sender::kClient;
    constexpr Sender kServer = Sender::kServer;
    std::vector<PacketRow> rows;
    const auto add = [&](const char* name, const char* spec, Sender sender, Version version,
                         const char* wire, Packet packet) {
      rows.push_back({name, spec, sender, version, wire, std::move(packet)});
    };
    // 3.1.1 does not ask for the shortest form of the remaining length; 5.0 does.
    add("LongFormOfALength", "2.2.3", kClient, k311, "40 82 80 80 00 0001", MakeAck<Puback>(1));
    add("LongFormOfLengthZero", "2.2.3", kClient, k311, "C0 80 00", Pingreq());
    // The flags of a repetition, which 3.1 allowed.
    add("PubrelAgain31", "3.1", kClient, k31, "6A 02 0001", MakeAck<Pubrel>(1));
    add("SubscribeAgain31", "3.1", kClient, k31, "8A 06 0001 0001'a' 01",
        MakeSubscribe(1, {{"a", kQos1}}));
    add("UnsubscribeAgain31", "3.1", kClient, k31, "AA 05 0001 0001'a'", MakeUnsubscribe(1, {"a"}));
    // In 3.1 the remaining length has precedence over the flags of user name and password.
    add("MissingCredentials31", "3.1", kClient, k31, "10 10 0006'MQIsdp' 03 C2 003C 0002'id'",
        MakeConnect(k31, "id"));
    Connect connect = MakeConnect(k31, "id");
    connect.user_name = "user";
    add("MissingPassword31", "3.1", kClient, k31,
        "10 16 0006'MQIsdp' 03 C2 003C 0002'id' 0004'user'", connect);
    // 3.1 disregards what qualifies a will that is not there.
    add("WillQosWithoutWill31", "3.1", kClient, k31, "10 10 0006'MQIsdp' 03 3A 003C 0002'id'",
        MakeConnect(k31, "id"));
    // The first byte of CONNACK means nothing in 3.1.
    add("ConnackReserved31", "3.1", kServer, k31, "20 02 FF 00",
        MakeConnack(false, ReasonCode::kSuccess));
    for (const PacketRow& row : ToleratedRows50()) rows.push_back(row);
    return rows;
  }();
  return kRows;
}

}  // namespace tallymq::mqtt
