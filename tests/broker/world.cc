#include "world.h"

#include <gtest/gtest.h>

#include <type_traits>
#include <utility>
#include <variant>

namespace tallymq::broker {
namespace {

std::string Mqtt5Part(const OutPublish& publish) {
  std::string part;
  if (publish.expiry_s) part += ":e" + std::to_string(*publish.expiry_s);
  if (publish.topic_alias != 0) {
    part += ":a" + std::to_string(publish.topic_alias) + (publish.topic_known ? "=" : "");
  }
  for (std::size_t i = 0; i < publish.subscriptions.size(); ++i) {
    part += (i == 0 ? ":s" : ",") + std::to_string(publish.subscriptions[i]);
  }
  return part;
}

std::string AuthPart(mqtt::Properties properties) {
  const auto method = mqtt::FindText(properties, mqtt::PropertyId::kAuthenticationMethod);
  const auto data = mqtt::FindText(properties, mqtt::PropertyId::kAuthenticationData);
  return method ? ":" + std::string(*method) + ":" + std::string(data.value_or("")) : "";
}

template <typename P>
std::string Ack(const char* name, const P& packet) {
  std::string word = std::string(name) + ":" + std::to_string(packet.packet_id.value());
  if (packet.reason != mqtt::ReasonCode::kSuccess) {
    word += "=" + std::to_string(static_cast<int>(packet.reason));
  }
  return word;
}

std::string Word(const Send& send) {
  return std::visit(
      [&send](const auto& p) -> std::string {
        using P = std::decay_t<decltype(p)>;
        if constexpr (std::is_same_v<P, OutPublish>) {
          const std::string id =
              p.qos == QoS::kAtMostOnce ? "" : std::to_string(p.packet_id.value());
          return "PUBLISH" + std::to_string(static_cast<int>(p.qos)) + ":" + (p.dup ? "d" : "") +
                 id + ":" + std::string(p.message->payload()) + Mqtt5Part(p);
        } else if constexpr (std::is_same_v<P, OutConnack>) {
          const int code = send.version == mqtt::Version::k50
                               ? static_cast<int>(p.reason)
                               : static_cast<int>(mqtt::ToConnectCode(p.reason));
          return "CONNACK" + std::to_string(code) + (p.session_present ? "+" : "") +
                 AuthPart(p.properties);
        } else if constexpr (std::is_same_v<P, mqtt::Puback>) {
          return Ack("PUBACK", p);
        } else if constexpr (std::is_same_v<P, mqtt::Pubrec>) {
          return Ack("PUBREC", p);
        } else if constexpr (std::is_same_v<P, mqtt::Pubrel>) {
          return Ack("PUBREL", p);
        } else if constexpr (std::is_same_v<P, mqtt::Pubcomp>) {
          return Ack("PUBCOMP", p);
        } else if constexpr (std::is_same_v<P, mqtt::Suback>) {
          return "SUBACK";
        } else if constexpr (std::is_same_v<P, mqtt::Unsuback>) {
          return "UNSUBACK";
        } else if constexpr (std::is_same_v<P, mqtt::Pingresp>) {
          return "PINGRESP";
        } else if constexpr (std::is_same_v<P, OutAuth>) {
          std::string word = "AUTH" + std::to_string(static_cast<int>(p.reason));
          for (const mqtt::Property& property : mqtt::PropertyRange(p.properties)) {
            word += ":" + std::string(property.text);
          }
          return word;
        } else {
          return "DISCONNECT=" + std::to_string(static_cast<int>(p.reason));
        }
      },
      send.packet);
}

// What a client answers to a packet, if anything.
bool AnswerTo(const OutPacket& packet, mqtt::Packet& answer) {
  if (const auto* publish = std::get_if<OutPublish>(&packet)) {
    if (publish->qos == QoS::kAtLeastOnce) {
      answer = mqtt::Puback{.packet_id = publish->packet_id};
    } else if (publish->qos == QoS::kExactlyOnce) {
      answer = mqtt::Pubrec{.packet_id = publish->packet_id};
    }
    return publish->qos != QoS::kAtMostOnce;
  }
  if (const auto* pubrel = std::get_if<mqtt::Pubrel>(&packet)) {
    answer = mqtt::Pubcomp{.packet_id = pubrel->packet_id};
    return true;
  }
  if (const auto* pubrec = std::get_if<mqtt::Pubrec>(&packet)) {
    answer = mqtt::Pubrel{.packet_id = pubrec->packet_id};
    return true;
  }
  return false;
}

}  // namespace

World::World(Completion completion, Limits limits)
    : completion_(completion), limits_(limits), disk_(storage::MakeMemoryDisk()) {
  Start();
}

void World::Start() {
  journal_ = std::make_unique<storage::MemoryJournal>(disk_, completion_);
  broker_ = std::make_unique<Broker>(limits_, *journal_);
  const auto recovered = broker_->Start(Tick{now_ms_, now_ms_});
  ASSERT_TRUE(recovered.has_value());
}

void World::Crash(std::uint32_t away_ms) {
  broker_.reset();
  journal_.reset();
  connections_.clear();
  heard_.clear();
  answering_.clear();
  answers_.clear();
  now_ms_ += away_ms;
  Start();
}

std::string World::NameOf(ConnId conn) const {
  for (const auto& [name, id] : connections_) {
    if (id == conn) return name;
  }
  return {};
}

void World::CarryOut() {
  std::vector<Effect> effects = std::move(broker_->effects());
  broker_->effects().clear();
  for (const Effect& effect : effects) {
    ConnId conn;
    std::string word;
    if (const auto* send = std::get_if<broker::Send>(&effect)) {
      conn = send->conn;
      word = Word(*send);
      const std::string name = NameOf(conn);
      mqtt::Packet answer;
      if (answering_.contains(name) && AnswerTo(send->packet, answer)) {
        answers_.emplace_back(name, answer);
      }
    } else if (const auto* close = std::get_if<Close>(&effect)) {
      conn = close->conn;
      word = "CLOSE";
    } else if (const auto* pause = std::get_if<PauseReading>(&effect)) {
      conn = pause->conn;
      word = "PAUSE";
    } else if (const auto* resume = std::get_if<ResumeReading>(&effect)) {
      conn = resume->conn;
      word = "RESUME";
    } else if (const auto* ask = std::get_if<Authenticate>(&effect)) {
      conn = ask->conn;
      word = "ASK";
      questions_.insert_or_assign(NameOf(conn), *ask);
    } else if (const auto* stop = std::get_if<Stop>(&effect)) {
      stopped_ = stop->reason;
      continue;
    } else {
      continue;
    }
    std::string& heard = heard_[NameOf(conn)];
    if (!heard.empty()) heard += ' ';
    heard += word;
    if (word == "CLOSE") connections_.erase(NameOf(conn));
  }
}

void World::Open(std::string_view name) {
  // A name is one connection at a time; what an earlier one of the name still hears is not listened
  // to.
  const ConnId conn{++last_conn_};
  if (const auto it = connections_.find(name); it != connections_.end()) {
    connections_.emplace("old-" + std::string(name), it->second);
    it->second = conn;
  } else {
    connections_.emplace(std::string(name), conn);
  }
  heard_[std::string(name)].clear();
  broker_->Apply(Connected{conn, "127.0.0.1:1", last_conn_});
  CarryOut();
}

void World::Connect(std::string_view name, bool clean, mqtt::Version version) {
  Open(name);
  mqtt::Connect connect;
  connect.version = version;
  connect.clean_start = clean;
  connect.client_id = name;
  Send(name, connect);
}

void World::Drop(std::string_view name) {
  const ConnId conn = connections_.find(name)->second;
  connections_.erase(connections_.find(name));
  broker_->Apply(Closed{conn});
  CarryOut();
}

void World::Send(std::string_view name, const mqtt::Packet& packet) {
  const auto it = connections_.find(name);
  ASSERT_NE(it, connections_.end()) << name << " is not connected";
  broker_->Apply(Received{it->second, packet});
  CarryOut();
  if (completion_ == Completion::kAutomatic) Settle();
}

void World::Publish(std::string_view name, std::string_view topic, std::string_view payload,
                    QoS qos, std::uint16_t id, bool dup) {
  mqtt::Publish publish;
  publish.topic = *mqtt::TopicName::Parse(topic);
  publish.payload = payload;
  publish.qos = qos;
  publish.packet_id = PacketId{id};
  publish.dup = dup;
  Send(name, publish);
}

void World::Subscribe(std::string_view name, std::string_view filter, QoS qos) {
  mqtt::Subscribe subscribe;
  subscribe.packet_id = PacketId{1};
  subscribe.requests.push_back({.filter = *mqtt::TopicFilter::Parse(filter), .qos = qos});
  Send(name, subscribe);
}

void World::Unsubscribe(std::string_view name, std::string_view filter) {
  mqtt::Unsubscribe unsubscribe;
  unsubscribe.packet_id = PacketId{1};
  unsubscribe.filters.push_back(*mqtt::TopicFilter::Parse(filter));
  Send(name, unsubscribe);
}

void World::Puback(std::string_view name, std::uint16_t id) {
  Send(name, mqtt::Puback{.packet_id = PacketId{id}});
}
void World::Pubrec(std::string_view name, std::uint16_t id) {
  Send(name, mqtt::Pubrec{.packet_id = PacketId{id}});
}
void World::Pubrel(std::string_view name, std::uint16_t id) {
  Send(name, mqtt::Pubrel{.packet_id = PacketId{id}});
}
void World::Pubcomp(std::string_view name, std::uint16_t id) {
  Send(name, mqtt::Pubcomp{.packet_id = PacketId{id}});
}

void World::Answer(std::string_view name, const AuthAnswer& answer) {
  Answer(Conn(name), Request(name), answer);
}

void World::Answer(ConnId conn, AuthRequest request, const AuthAnswer& answer) {
  broker_->Apply(AuthReply{conn, request, answer});
  CarryOut();
  if (completion_ == Completion::kAutomatic) Settle();
}

std::string World::Heard(std::string_view name) {
  return std::exchange(heard_[std::string(name)], std::string());
}

void World::EndTurn() {
  broker_->EndTurn();
  CarryOut();
}

bool World::Commit() {
  EndTurn();
  bool moved = true;
  if (completion_ == Completion::kManual) {
    moved = journal_->CommitNext();
    while (journal_->AnswerNextRead()) moved = true;
  }
  broker_->Collect();
  CarryOut();
  while (!answers_.empty()) {
    std::vector<std::pair<std::string, mqtt::Packet>> answers = std::move(answers_);
    answers_.clear();
    for (const auto& [name, packet] : answers) {
      const auto it = connections_.find(name);
      if (it != connections_.end()) broker_->Apply(Received{it->second, packet});
    }
    CarryOut();
  }
  return moved;
}

void World::Settle() {
  do {
    Commit();
  } while (broker_->commit_pending() || broker_->busy() || journal_->pending_reads() > 0 ||
           !answers_.empty());
}

void World::Wait(std::uint32_t ms) {
  now_ms_ += ms;
  broker_->Apply(Tick{now_ms_, now_ms_});
  CarryOut();
  if (completion_ == Completion::kAutomatic) Settle();
}

void World::Written(std::string_view name) {
  broker_->Apply(Writable{connections_.find(name)->second});
  CarryOut();
}

}  // namespace tallymq::broker
