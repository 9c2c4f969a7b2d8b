// All that a client can learn from the server's bytes: one event for each packet.

#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "tallymq/base/types.h"
#include "tallymq/client/session.h"
#include "tallymq/mqtt/properties.h"
#include "tallymq/mqtt/reason_code.h"

namespace tallymq::client {

// The server accepted the connection; what the session holds has been sent again.
struct Connected {
  bool session_present = false;  // always false with 3.1, which does not tell
};

// The server refused the connection, and closes it [MQTT3-3.2.2-5].
struct Refused {
  mqtt::ReasonCode reason = mqtt::ReasonCode::kUnspecifiedError;
};

// A message for the application. QoS 2: handed on once, its identifier is remembered (method A of
// section 4.3.3). Already acknowledged in `output`. Views live until the next call of `Receive` or
// `Next`.
struct Message {
  std::string_view topic;
  std::string_view payload;
  PacketId packet_id;  // 0 with QoS 0
  QoS qos = QoS::kAtMostOnce;
  bool dup = false;
  bool retain = false;
  mqtt::Properties properties{};  // 5.0
};

// A QoS 2 PUBLISH whose identifier is known: answered by PUBREC, not handed on [MQTT3-4.3.3-2].
struct Repeated {
  PacketId packet_id;
  bool dup = false;
};

// PUBREL: an incoming QoS 2 exchange has ended, PUBCOMP is in `output`. `known` is false if it had
// ended before; the answer is the same.
struct Released {
  PacketId packet_id;
  bool known = true;
};

// PUBREC: the server has a QoS 2 message for good. PUBREL is in `output`.
struct Accepted {
  PacketId packet_id;
  Token token;
  bool repeated = false;  // it had said so before
};

// PUBACK or PUBCOMP: the exchange has ended, its identifier is free. In 5.0 also a PUBREC that says
// why the server has not taken the message.
struct Acknowledged {
  PacketId packet_id;
  Token token;
  QoS qos = QoS::kAtLeastOnce;
  mqtt::ReasonCode reason = mqtt::ReasonCode::kSuccess;
};

// SUBACK. One code for each filter, in their order.
struct Subscribed {
  PacketId packet_id;
  Token token;
  std::vector<mqtt::ReasonCode> codes;
};

// UNSUBACK.
struct Unsubscribed {
  PacketId packet_id;
  Token token;
};

// PINGRESP.
struct Pong {};

// DISCONNECT of a 5.0 server, which closes the connection. [MQTT-3.14.4-1]
struct Dismissed {
  mqtt::ReasonCode reason = mqtt::ReasonCode::kSuccess;
};

// An acknowledgement that no exchange awaits. MQTT has no answer to it but for PUBREC, which got
// PUBREL, so that the server can end what it began.
struct Stray {
  PacketId packet_id;
};

// The server broke the protocol. The connection is to be closed [MQTT3-4.8.0-1]; nothing more comes
// of it.
struct ProtocolError {
  std::string_view clause;  // "MQTT3-3.2.0-1", or empty; lives as long as the program
  std::string_view what;    // a sentence; lives as long as the program
};

using Event = std::variant<Connected, Refused, Message, Repeated, Released, Accepted, Acknowledged,
                           Subscribed, Unsubscribed, Pong, Dismissed, Stray, ProtocolError>;

}  // namespace tallymq::client
