// Authentication: what the core asks about a client and what it makes of the answer.
//
// Nothing is looked up, and no other client notices anything, before the answer is there: takeover,
// the end of an old session and all else that CONNECT brings about come after it. [design 9.10]

#include <utility>

#include "core.h"
#include "login.h"
#include "tallymq/base/assert.h"
#include "tallymq/mqtt/codec.h"

namespace tallymq::broker {
namespace {

using mqtt::PropertyId;
using mqtt::ReasonCode;

std::string TextOf(mqtt::Properties properties, PropertyId id) {
  return std::string(mqtt::FindText(properties, id).value_or(std::string_view()));
}

std::optional<std::string> Owned(std::optional<std::string_view> text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

// Spec: [MQTT-4.12.0-5].
std::string AuthProperties(const Login& login, std::string_view data) {
  std::string properties;
  mqtt::PropertyWriter out(properties);
  out.Add(PropertyId::kAuthenticationMethod, login.method);
  if (!data.empty()) out.Add(PropertyId::kAuthenticationData, data);
  return properties;
}

}  // namespace

void Core::Ask(Connection& connection, AuthQuestion question) {
  Login& login = *connection.login;
  login.asked = AuthRequest{++last_auth_request_};
  question.method = login.method;
  question.exchange = std::move(login.exchange);
  context_.effects.emplace_back(Authenticate{
      connection.id, login.asked, std::make_shared<const AuthQuestion>(std::move(question))});
}

void Core::BeginLogin(Connection& connection, const mqtt::Connect& packet) {
  connection.login = std::make_unique<Login>();
  Login& login = *connection.login;
  login.client_id = packet.client_id;
  login.method = TextOf(packet.properties, PropertyId::kAuthenticationMethod);
  mqtt::Encode(packet, packet.version, login.connect);
  context_.effects.emplace_back(PauseReading{connection.id});
  Ask(connection, AuthQuestion{.method = {},
                               .data = TextOf(packet.properties, PropertyId::kAuthenticationData),
                               .user_name = Owned(packet.user_name),
                               .password = Owned(packet.password),
                               .exchange = nullptr});
}

bool Core::MayComeBeforeConnack(const Connection& connection, const mqtt::Packet& packet) const {
  if (connection.login == nullptr) return std::holds_alternative<mqtt::Connect>(packet);
  // Nothing is read while a question is open.
  return connection.login->asked == AuthRequest{0} &&
         (std::holds_alternative<mqtt::Auth>(packet) ||
          std::holds_alternative<mqtt::Disconnect>(packet));
}

void Core::BreakOff(Connection& connection, std::string_view clause, std::string_view what) {
  if (connection.session != nullptr || connection.login == nullptr) {
    Violation(connection, clause, what);
    return;
  }
  ++context_.counters.protocol_errors;
  Refuse(connection, ReasonCode::kProtocolError, clause, what);
}

void Core::On(Connection& connection, const mqtt::Auth& packet) {
  Login* const login = connection.login.get();
  if (login == nullptr) {
    BreakOff(connection, "MQTT-4.12.0-7", "AUTH came, and CONNECT had named no method");
    return;
  }
  if (TextOf(packet.properties, PropertyId::kAuthenticationMethod) != login->method) {
    BreakOff(connection, "MQTT-4.12.0-5", "AUTH has not the authentication method of CONNECT");
    return;
  }
  const bool begins = login->exchange == nullptr;
  if (login->asked != AuthRequest{0}) {
    BreakOff(connection, "MQTT-4.12.0-3", "AUTH came before the last one had its answer");
    return;
  }
  if (begins && packet.reason != ReasonCode::kReAuthenticate) {
    BreakOff(connection, "MQTT-4.12.1-1", "AUTH went on with an exchange that is over");
    return;
  }
  if (!begins && packet.reason != ReasonCode::kContinueAuthentication) {
    BreakOff(connection, "MQTT-4.12.0-3", "AUTH did not go on with the exchange that is open");
    return;
  }
  // A client that is connected already goes on as who it is until the answer is there.
  if (connection.session == nullptr) context_.effects.emplace_back(PauseReading{connection.id});
  AuthQuestion question;
  question.data = TextOf(packet.properties, PropertyId::kAuthenticationData);
  Ask(connection, std::move(question));
}

void Core::Apply(const AuthReply& event) {
  const auto it = connections_.find(event.conn);
  if (it == connections_.end() || stopped_) return;
  Connection& connection = *it->second;
  Login* const login = connection.login.get();
  if (login == nullptr || event.request == AuthRequest{0} || login->asked != event.request) return;
  login->asked = AuthRequest{0};
  switch (event.answer.verdict) {
    case AuthAnswer::Verdict::kContinue:
      return GoOn(connection, event.answer);
    case AuthAnswer::Verdict::kAccepted:
      return Welcome(connection, event.answer);
    case AuthAnswer::Verdict::kRefused:
      return TurnAway(connection, event.answer.reason, event.answer.why);
  }
}

void Core::GoOn(Connection& connection, const AuthAnswer& answer) {
  Login& login = *connection.login;
  TALLYMQ_ASSERT(answer.exchange != nullptr && !login.method.empty());
  OutAuth auth{ReasonCode::kContinueAuthentication, AuthProperties(login, answer.data)};
  if (auth.properties.size() + 16 > connection.terms.packet_bytes_max) {  // Spec: [MQTT-3.1.2-24].
    return TurnAway(connection, ReasonCode::kPacketTooLarge,
                    "the authentication needs larger packets than the client takes");
  }
  login.exchange = answer.exchange;
  connection.Send(std::move(auth), Lsn{0});
  if (connection.session == nullptr) context_.effects.emplace_back(ResumeReading{connection.id});
}

void Core::Welcome(Connection& connection, const AuthAnswer& answer) {
  Login& login = *connection.login;
  if (connection.session != nullptr) {
    if (answer.user_name != login.user_name) {
      return TurnAway(connection, ReasonCode::kNotAuthorized,
                      "re-authentication was for another user");
    }
    ++context_.counters.authentications_accepted;
    Note(Notice::Level::kInfo, connection, "re-authenticated");
    connection.Send(OutAuth{ReasonCode::kSuccess, AuthProperties(login, answer.data)}, Lsn{0});
    return;
  }
  ++context_.counters.authentications_accepted;
  login.user_name = answer.user_name;
  const std::string bytes = std::exchange(login.connect, {});
  const auto result = mqtt::Decode(bytes, {});
  const auto* decoded = std::get_if<mqtt::Decoded>(&result);
  TALLYMQ_ASSERT(decoded != nullptr);  // It was one before.
  context_.effects.emplace_back(ResumeReading{connection.id});
  Accept(connection, std::get<mqtt::Connect>(decoded->packet),
         login.method.empty() ? std::string() : AuthProperties(login, answer.data));
}

void Core::TurnAway(Connection& connection, ReasonCode reason, std::string_view why) {
  Counters& counters = context_.counters;
  ++(reason == ReasonCode::kServerBusy ? counters.authentications_busy
                                       : counters.authentications_refused);
  if (connection.session == nullptr) {
    Refuse(connection, reason, {}, why);  // Spec: [MQTT-3.1.4-2], [MQTT-4.12.0-4].
    return;
  }
  Note(Notice::Level::kWarning, connection,
       "closed: re-authentication failed: " + std::string(why));
  Dismiss(connection, reason, why);  // Spec: [MQTT-4.12.1-2].
}

}  // namespace tallymq::broker
