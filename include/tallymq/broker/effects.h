// All that the core wants of the world. An effect that is handed out may be carried out at once:
// what it rests on is durable (D1).

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "tallymq/base/types.h"
#include "tallymq/broker/authentication.h"
#include "tallymq/mqtt/packets.h"
#include "tallymq/storage/journal.h"
#include "tallymq/storage/message.h"

namespace tallymq::broker {

// A PUBLISH for one recipient: its own head, the message shared with others.
struct OutPublish {
  storage::MessagePtr message;
  PacketId packet_id;  // 0 with QoS 0
  QoS qos = QoS::kAtMostOnce;
  bool dup = false;
  bool retain = false;
  // ---- 5.0.
  bool topic_known = false;                 // to the client by its alias: it is left out
  std::uint16_t topic_alias = 0;            // 0: none
  std::optional<std::uint32_t> expiry_s{};  // what is left of it
  storage::SubscriptionIds subscriptions{};
};

// What the broker says with properties of its own making, in 5.0.
struct OutConnack {
  bool session_present = false;
  mqtt::ReasonCode reason = mqtt::ReasonCode::kSuccess;
  std::string properties;
};
struct OutDisconnect {
  mqtt::ReasonCode reason = mqtt::ReasonCode::kSuccess;
  std::string properties;
};
struct OutAuth {
  mqtt::ReasonCode reason = mqtt::ReasonCode::kSuccess;
  std::string properties;
};

// What a server sends. Owns all that it says.
using OutPacket =
    std::variant<OutPublish, OutConnack, mqtt::Puback, mqtt::Pubrec, mqtt::Pubrel, mqtt::Pubcomp,
                 mqtt::Suback, mqtt::Unsuback, mqtt::Pingresp, OutDisconnect, OutAuth>;

// Send a packet, behind all that was sent on this connection before.
struct Send {
  ConnId conn;
  mqtt::Version version;
  OutPacket packet;
};

// Appends what is to be sent, in the words of the connection's version: all but a PUBLISH's
// payload, which the caller sends behind it from where it lies; or all of it.
void EncodeHead(const Send& effect, std::string& out);
void Encode(const Send& effect, std::string& out);

// Send what is in the output buffer, as far as the peer takes it at once, and close. No `Closed`
// follows.
struct Close {
  ConnId conn;
};

// Decode no more of this connection, and read no more, until `ResumeReading`.
struct PauseReading {
  ConnId conn;
};
struct ResumeReading {
  ConnId conn;
};

// Find out who the client is. An `AuthReply` with `request` answers; it may come when nobody waits
// for it any more.
struct Authenticate {
  ConnId conn;
  AuthRequest request;
  std::shared_ptr<const AuthQuestion> question;
};

// Something that the log should say. `text` is a whole sentence without the client's name.
struct Notice {
  enum class Level : std::uint8_t { kDebug, kInfo, kWarning, kError };
  Level level = Level::kInfo;
  ConnId conn;              // 0 if it is about no connection
  std::string client_id;    // empty if not known
  std::string_view clause;  // the clause that a peer broke, or empty; lives as long as the program
  std::string text;
};

// The process must end: nothing more can be acknowledged (D7).
struct Stop {
  std::string reason;
  storage::StoreErrorKind cause = storage::StoreErrorKind::kIo;
};

using Effect = std::variant<Send, Close, PauseReading, ResumeReading, Authenticate, Notice, Stop>;

}  // namespace tallymq::broker
