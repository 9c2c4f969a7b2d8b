// The lives of connections and sessions: CONNECT, takeover, DISCONNECT, the end.

#include <utility>

#include "core.h"
#include "tallymq/base/assert.h"
#include "tallymq/base/mutant.h"

namespace tallymq::broker {
namespace {

// Session and message numbers are reserved in blocks, so that taking one writes nothing.
constexpr std::uint64_t kBlock = 65'536;

// At most so much is a CONNACK of 5.0 with these properties, of which there are less than 16,384
// bytes: two lengths take a byte each more from 125 bytes on.
std::size_t ConnackBytes(std::string_view properties) {
  return properties.size() + (properties.size() < 125 ? 5 : 7);
}

std::string AssignedClientId(std::uint64_t nonce) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string id = "auto-";
  for (int shift = 60; shift >= 0; shift -= 4) id += kDigits[(nonce >> shift) & 15];
  return id;
}

}  // namespace

void Core::Note(Notice::Level level, const Connection& connection, std::string text,
                std::string_view clause) {
  context_.effects.emplace_back(Notice{level, connection.id,
                                       connection.session != nullptr ? connection.session->client_id
                                       : connection.login != nullptr ? connection.login->client_id
                                                                     : std::string(),
                                       clause, std::move(text)});
}

void Core::Watch(Connection& connection, std::uint32_t patience_ms) {
  connection.patience_ms = patience_ms;
  connection.last_packet_ms = context_.now_ms;
  if (patience_ms != 0) {
    deadlines_.push(Deadline{context_.now_ms + patience_ms, connection.id});
  }
}

// ---- Sessions.

Session* Core::FindSession(std::string_view client_id) {
  const auto it = sessions_.find(client_id);
  return it == sessions_.end() ? nullptr : it->get();
}

Session& Core::AddSession(std::unique_ptr<Session> session) {
  Session& added = *session;
  const bool fresh = sessions_.insert(std::move(session)).second;
  TALLYMQ_ASSERT(fresh);
  if (added.stored()) by_number_.emplace(added.number, &added);
  if (added.persistent()) ++context_.counters.sessions;
  return added;
}

void Core::NumberSession(Session& session) {
  if (next_session_ >= reserved_sessions_) {
    reserved_sessions_ = storage::SessionNumber{next_session_.value() + kBlock};
    context_.commit.batch().Reserve(reserved_sessions_, reserved_messages_);
  }
  session.number = next_session_;
  next_session_ = storage::SessionNumber{next_session_.value() + 1};
}

void Core::EndSession(Session& session) {
  TALLYMQ_ASSERT(session.connection == nullptr);
  for (const std::string& filter : session.filters) {
    tree_.Remove(*mqtt::TopicFilter::Parse(filter), &session);
  }
  context_.counters.subscriptions -= session.filters.size();
  TALLYMQ_ASSERT(session.will == nullptr);
  if (session.persistent()) --context_.counters.sessions;
  if (session.stored()) {
    context_.commit.Forget(session);
    context_.commit.batch().EraseSession(session.number, session.client_id);
    ended_.insert_or_assign(session.client_id, context_.commit.lsn());
    dead_.push_back(session.number);
    by_number_.erase(session.number);
  }
  sessions_.erase(sessions_.find(std::string_view(session.client_id)));
}

// ---- Connections.

void Core::Unbind(Connection& connection, Farewell farewell) {
  // Packets that wait die with the connection; effects and deadlines of it are stale from here on.
  if (connection.listed()) {
    std::erase(context_.gated, &connection);
    std::erase(context_.releasing, &connection);
  }
  Session* session = connection.session;
  if (session == nullptr) return;
  connection.session = nullptr;
  --clients_;
  session->sender.reset();
  session->connection = nullptr;
  std::erase_if(session->retained, [](const auto& delivery) { return !delivery.in_queue(); });
  session->record.connected = false;
  if (!Mutant("expiry-from-before")) session->record.disconnected_ms = times().broker_ms;
  if (session->persistent()) {
    session->state.send_mark = session->sent;  // exactly [design 9.5]
    if (Mutant("mark-too-low")) session->state.send_mark = session->state.floor();
    context_.commit.DeferRecord(*session, context_.now_ms);
  }
  if (session->will && farewell == Farewell::kDisconnect) {
    // Spec: [MQTT3-3.14.4-3], [MQTT-3.14.4-3]. At once: after a crash it would be published.
    ForgetWill(*session);
  } else if (session->will && (!session->outlives() || session->will->delay_s == 0)) {
    PublishWill(*session);
  }
  if (session->outlives()) {
    WatchDues(*session);
  } else {
    EndSession(*session);
  }
}

void Core::CloseConnection(Connection& connection, Farewell farewell) {
  const ConnId conn = connection.id;
  Unbind(connection, farewell);
  context_.effects.emplace_back(Close{conn});
  connections_.erase(conn);
  --context_.counters.connections;
}

void Core::Dismiss(Connection& connection, mqtt::ReasonCode reason, std::string_view why) {
  connection.SendLast(reason, why);
  CloseConnection(connection);
}

void Core::Violation(Connection& connection, std::string_view clause, std::string_view what,
                     mqtt::ReasonCode reason) {
  ++context_.counters.protocol_errors;
  Note(Notice::Level::kWarning, connection, "closed: " + std::string(what), clause);
  Dismiss(connection, reason, what);
}

void Core::Refuse(Connection& connection, mqtt::ReasonCode reason, std::string_view clause,
                  std::string_view why) {
  // Spec: [MQTT3-3.2.2-4], [MQTT3-3.2.2-5], [MQTT-3.2.2-6], [MQTT-3.2.2-7].
  OutConnack connack{false, reason, {}};
  if (connection.terms.Allows(why)) {
    mqtt::PropertyWriter(connack.properties).Add(mqtt::PropertyId::kReasonString, why);
  }
  connection.Send(std::move(connack), Lsn{});
  Note(Notice::Level::kWarning, connection,
       "refused: " + std::string(why) + "; from " + connection.greeting->peer, clause);
  CloseConnection(connection);
}

// ---- CONNECT.

std::optional<Core::Refusal> Core::JudgeConnect(const mqtt::Connect& packet) const {
  using mqtt::ReasonCode;
  const Limits& limits = context_.limits;
  if (packet.client_id.empty() && packet.version == mqtt::Version::k31) {
    return Refusal{ReasonCode::kClientIdentifierNotValid, {}, "MQTT 3.1 wants a client identifier"};
  }
  if (packet.client_id.empty() && packet.version == mqtt::Version::k311 && !packet.clean_start) {
    return Refusal{ReasonCode::kClientIdentifierNotValid, "MQTT3-3.1.3-8",
                   "an empty client identifier came with Clean Session 0"};
  }
  if (packet.client_id.size() > limits.client_id_bytes_max) {
    return Refusal{ReasonCode::kClientIdentifierNotValid,
                   {},
                   "the client identifier is longer than the limit"};
  }
  if (!limits.authenticate &&
      mqtt::FindText(packet.properties, mqtt::PropertyId::kAuthenticationMethod)) {
    return Refusal{ReasonCode::kBadAuthenticationMethod, "MQTT-4.12.0-1",
                   "the authentication method is not known"};
  }
  return {};
}

void Core::On(Connection& connection, const mqtt::Connect& packet) {
  if (connection.session != nullptr) {
    Violation(connection, "MQTT3-3.1.0-2", "a second CONNECT came");
    return;
  }
  connection.version = packet.version;
  connection.terms = Terms::Of(packet);
  if (const auto refusal = JudgeConnect(packet)) {
    ++context_.counters.refused_connections;
    Refuse(connection, refusal->reason, refusal->clause, refusal->why);
    return;
  }
  if (packet.will && !TopicAllowed(packet.will->topic.text())) {
    ++context_.counters.refused_topics;
    constexpr std::string_view kWhy = "the topic of the will is longer or deeper than the limit";
    if (packet.version == mqtt::Version::k50) {
      Refuse(connection, mqtt::ReasonCode::kTopicNameInvalid, {}, kWhy);
    } else {
      Violation(connection, {}, kWhy);
    }
    return;
  }
  if (context_.limits.authenticate) return BeginLogin(connection, packet);
  Accept(connection, packet, {});
}

void Core::Accept(Connection& connection, const mqtt::Connect& packet, std::string_view auth) {
  const bool assigned = packet.client_id.empty();
  std::string client_id =
      assigned ? AssignedClientId(connection.greeting->nonce) : std::string(packet.client_id);
  std::uint16_t keep_alive_s = packet.keep_alive_s;
  const std::uint16_t longest_s = context_.limits.keep_alive_max_s;
  if (longest_s != 0 && (keep_alive_s == 0 || keep_alive_s > longest_s)) keep_alive_s = longest_s;
  std::string properties;
  if (packet.version == mqtt::Version::k50) {
    properties =
        ConnackProperties(packet, assigned ? client_id : std::string(), keep_alive_s, auth);
    // Spec: [MQTT-3.1.2-24].
    if (ConnackBytes(properties) > connection.terms.packet_bytes_max) {
      ++context_.counters.refused_connections;
      Refuse(connection, mqtt::ReasonCode::kPacketTooLarge, "MQTT-3.1.2-24",
             "the maximum packet size of the client is less than a CONNACK takes");
      return;
    }
  }

  // Takeover: one decision with what follows. [design 9.10]
  Session* session = FindSession(client_id);
  const bool takes_over = session != nullptr && session->connection != nullptr;
  if (!takes_over && context_.limits.connections_max != 0 &&
      clients_ >= context_.limits.connections_max) {
    ++context_.counters.refused_connections;
    Refuse(connection, mqtt::ReasonCode::kServerUnavailable, {}, "too many clients are connected");
    return;
  }
  if (takes_over) {
    Note(Notice::Level::kInfo, *session->connection,
         "taken over by a new connection from " + connection.greeting->peer, "MQTT3-3.1.4-2");
    // Ends the session if it does not outlive its connection.
    Dismiss(*session->connection, mqtt::ReasonCode::kSessionTakenOver,
            "another connection has this client identifier");
    session = FindSession(client_id);
  }
  const bool erased = session != nullptr && session->persistent();
  if (session != nullptr && ExpiresAt(*session) <= times().broker_ms) {
    ExpireSession(*session);
    session = nullptr;
  }
  if (session != nullptr) {
    const bool continues = !packet.clean_start && session->outlives();
    // Spec: [MQTT-3.1.3-9]. One that is due has only not had its turn yet.
    if (session->will && continues && WillDueAt(*session) > times().broker_ms) {
      ForgetWill(*session);
    } else if (session->will) {
      PublishWill(*session);
    }
    if (!continues) {
      EndSession(*session);
      session = nullptr;
    }
  }
  // The end of a session that a clean start dropped, this one or one before it, must be durable
  // before the client hears of it: a crash would bring back what the client has forgotten.
  const auto ended = ended_.find(std::string_view(client_id));
  Lsn rests_on = ended == ended_.end() ? Lsn{0} : ended->second;
  const bool present = session != nullptr;
  const std::uint32_t expiry_s = SessionExpiryOf(packet);
  if (!present) {
    auto fresh = std::make_unique<Session>();
    fresh->client_id = std::move(client_id);
    fresh->queue_stored = expiry_s != 0;
    if (fresh->queue_stored || packet.will) NumberSession(*fresh);
    session = &AddSession(std::move(fresh));
  }
  session->record.expiry_s = expiry_s;
  session->record.protocol = static_cast<std::uint8_t>(packet.version);
  if (session->stored()) {
    session->record.user_name =
        NameOrNull(connection.login ? connection.login->user_name : packet.user_name.value_or(""));
    session->record.connected = true;
    session->record.start = start_;
    ++session->record.epoch;
    rests_on = context_.commit.lsn();
    if (session->persistent()) {
      session->record_dirty = true;
      context_.commit.GateState(*session);
    } else {
      context_.commit.PutRecord(*session);
    }
  }
  if (packet.will) KeepWill(*session, *packet.will);
  ++clients_;
  session->connection = &connection;
  connection.session = session;
  session->sender = std::make_unique<Sender>(*session, connection, context_);

  Watch(connection, keep_alive_s * std::uint32_t{1500});

  if (Mutant("connack-early")) rests_on = Lsn{0};
  if (Mutant("clean-start-early") && packet.clean_start && !erased) rests_on = Lsn{0};
  // 3.1 has no session present flag: the byte is reserved.
  connection.Send(OutConnack{present && packet.version != mqtt::Version::k31,
                             mqtt::ReasonCode::kSuccess, std::move(properties)},
                  rests_on);
  // Who named a method may authenticate again. Spec: section 4.12.1.
  if (connection.login && connection.login->method.empty()) connection.login.reset();
  Note(Notice::Level::kInfo, connection,
       "connected from " + std::exchange(connection.greeting, nullptr)->peer +
           (present ? ", session resumed" : ", new session") +
           (session->outlives() ? "" : " that ends with the connection"));
  session->sender->Resume();
}

std::uint32_t Core::SessionExpiryOf(const mqtt::Connect& packet) const {
  if (packet.version != mqtt::Version::k50) return packet.clean_start ? 0 : kNoExpiry;
  const std::uint32_t asked_s =
      mqtt::FindNumber(packet.properties, mqtt::PropertyId::kSessionExpiryInterval).value_or(0);
  return std::min(asked_s, context_.limits.session_expiry_s);
}

void Core::KeepWill(Session& session, const mqtt::Will& will) {
  const mqtt::Properties properties = will.properties;
  session.will = std::make_unique<Will>();
  session.will->delay_s =
      mqtt::FindNumber(properties, mqtt::PropertyId::kWillDelayInterval).value_or(0);
  session.will->message = storage::Message::Make(
      {will.qos, will.retain, times().broker_ms,
       mqtt::FindNumber(properties, mqtt::PropertyId::kMessageExpiryInterval)},
      will.topic.text(), mqtt::Select(properties, mqtt::kForwardedProperties, scratch_),
      will.payload);
  context_.commit.batch().PutWill(session.number, session.will->delay_s, session.will->message);
}

std::string Core::ConnackProperties(const mqtt::Connect& packet, std::string_view assigned,
                                    std::uint16_t keep_alive_s, std::string_view auth) const {
  using mqtt::PropertyId;
  const Limits& limits = context_.limits;
  std::string properties;
  mqtt::PropertyWriter out(properties);
  const std::uint32_t expiry_s = SessionExpiryOf(packet);
  if (expiry_s !=
      mqtt::FindNumber(packet.properties, PropertyId::kSessionExpiryInterval).value_or(0)) {
    out.Add(PropertyId::kSessionExpiryInterval, expiry_s);
  }
  if (limits.receive_max != 65'535) out.Add(PropertyId::kReceiveMaximum, limits.receive_max);
  if (limits.packet_bytes_max < mqtt::kRemainingLengthMax) {
    out.Add(PropertyId::kMaximumPacketSize, limits.packet_bytes_max);
  }
  if (!assigned.empty()) out.Add(PropertyId::kAssignedClientIdentifier, assigned);
  if (limits.topic_aliases_max != 0) {
    out.Add(PropertyId::kTopicAliasMaximum, limits.topic_aliases_max);
  }
  out.Add(PropertyId::kSharedSubscriptionAvailable, 0);
  if (keep_alive_s != packet.keep_alive_s) out.Add(PropertyId::kServerKeepAlive, keep_alive_s);
  properties += auth;
  return properties;
}

// ---- The other packets.

void Core::On(Connection& connection, const mqtt::Pingreq&) {
  if (Mutant("ping-waits")) return connection.Send(mqtt::Pingresp{}, context_.commit.lsn());
  connection.SendUnordered(mqtt::Pingresp{});
}

void Core::On(Connection& connection, const mqtt::Disconnect& packet) {
  if (connection.session == nullptr) return CloseConnection(connection);  // gives up its login
  Session& session = *connection.session;
  if (const auto expiry_s =
          mqtt::FindNumber(packet.properties, mqtt::PropertyId::kSessionExpiryInterval)) {
    if (session.record.expiry_s == 0 && *expiry_s != 0) {
      Violation(connection, "MQTT-4.13.1-1",
                "a DISCONNECT gave a session expiry to a session that had none");
      return;
    }
    session.record.expiry_s = std::min(*expiry_s, context_.limits.session_expiry_s);
  }
  Note(Notice::Level::kInfo, connection, "disconnected");
  CloseConnection(connection, packet.reason == mqtt::ReasonCode::kSuccess ? Farewell::kDisconnect
                                                                          : Farewell::kLost);
}

}  // namespace tallymq::broker
