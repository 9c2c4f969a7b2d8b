// The packets of MQTT 3.1, 3.1.1 and 5.0, as values.
//
// All strings are views: into the bytes that were decoded, or into what the caller of an encoder
// owns. A decoded packet is valid as long as those bytes are; whoever keeps a part copies it.
// Packets compare by what they say, not by where it lies.
//
// `properties` and reasons are of 5.0. Where 3.x has a code of its own in their place, the decoder
// translates it and the encoder translates back; where it has none, the reason is kSuccess and not
// on the wire.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "tallymq/base/types.h"
#include "tallymq/mqtt/properties.h"
#include "tallymq/mqtt/reason_code.h"
#include "tallymq/mqtt/topic.h"
#include "tallymq/mqtt/version.h"

namespace tallymq::mqtt {

// Spec: [MQTT3-3.1.2-8], [MQTT3-3.1.2-9], [MQTT-3.1.2-7].
struct Will {
  QoS qos = QoS::kAtMostOnce;
  bool retain = false;
  Properties properties{};
  TopicName topic;
  std::string_view payload;

  friend bool operator==(const Will&, const Will&) = default;
};

struct Connect {
  Version version = Version::k311;
  bool clean_start = true;         // Clean Session in 3.x
  std::uint16_t keep_alive_s = 0;  // 0: off
  Properties properties{};
  std::string_view client_id;  // may be empty
  std::optional<Will> will;
  std::optional<std::string_view> user_name;
  std::optional<std::string_view> password;  // before 5.0 only with a user name

  friend bool operator==(const Connect&, const Connect&) = default;
};

struct Connack {
  bool session_present = false;              // not in 3.1, which does not tell
  ReasonCode reason = ReasonCode::kSuccess;  // 3.x: as ToConnectCode has it
  Properties properties{};

  friend bool operator==(const Connack&, const Connack&) = default;
};

// A PUBLISH. `packet_id` is 0 with QoS 0 and never otherwise.
struct Publish {
  bool dup = false;
  QoS qos = QoS::kAtMostOnce;
  bool retain = false;
  // Empty only in 5.0 and with a Topic Alias, which stands for it. Spec: 3.3.2.3.4.
  TopicName topic;
  PacketId packet_id;
  Properties properties{};
  std::string_view payload;

  friend bool operator==(const Publish&, const Publish&) = default;
};

// The four acknowledgements of QoS 1 and 2.
struct Puback {
  PacketId packet_id;
  ReasonCode reason = ReasonCode::kSuccess;
  Properties properties{};

  friend bool operator==(const Puback&, const Puback&) = default;
};
struct Pubrec {
  PacketId packet_id;
  ReasonCode reason = ReasonCode::kSuccess;
  Properties properties{};

  friend bool operator==(const Pubrec&, const Pubrec&) = default;
};
struct Pubrel {
  PacketId packet_id;
  ReasonCode reason = ReasonCode::kSuccess;
  Properties properties{};

  friend bool operator==(const Pubrel&, const Pubrel&) = default;
};
struct Pubcomp {
  PacketId packet_id;
  ReasonCode reason = ReasonCode::kSuccess;
  Properties properties{};

  friend bool operator==(const Pubcomp&, const Pubcomp&) = default;
};

// One line of a SUBSCRIBE. The options beside QoS are of 5.0.
struct SubscriptionRequest {
  TopicFilter filter;
  QoS qos = QoS::kAtMostOnce;
  bool no_local = false;
  bool retain_as_published = false;
  std::uint8_t retain_handling = 0;  // 0..2 [MQTT-3.3.1-9], [MQTT-3.3.1-10], [MQTT-3.3.1-11]

  friend bool operator==(const SubscriptionRequest&, const SubscriptionRequest&) = default;
};
struct Subscribe {
  PacketId packet_id;
  Properties properties{};
  std::vector<SubscriptionRequest> requests{};  // at least one [MQTT3-3.8.3-3], [MQTT-3.8.3-2]

  friend bool operator==(const Subscribe&, const Subscribe&) = default;
};
struct Suback {
  PacketId packet_id;
  Properties properties{};
  // One a filter, in their order. 3.x has but one failure, which the encoder makes of all.
  std::vector<ReasonCode> codes{};

  friend bool operator==(const Suback&, const Suback&) = default;
};
struct Unsubscribe {
  PacketId packet_id;
  Properties properties{};
  std::vector<TopicFilter> filters{};  // at least one [MQTT3-3.10.3-2], [MQTT-3.10.3-2]

  friend bool operator==(const Unsubscribe&, const Unsubscribe&) = default;
};
struct Unsuback {
  PacketId packet_id;
  Properties properties{};
  std::vector<ReasonCode> codes{};  // one a filter, in their order; none in 3.x

  friend bool operator==(const Unsuback&, const Unsuback&) = default;
};
struct Pingreq {
  friend bool operator==(const Pingreq&, const Pingreq&) = default;
};
struct Pingresp {
  friend bool operator==(const Pingresp&, const Pingresp&) = default;
};
// Sent by servers too in 5.0.
struct Disconnect {
  ReasonCode reason = ReasonCode::kSuccess;
  Properties properties{};

  friend bool operator==(const Disconnect&, const Disconnect&) = default;
};
// Only in 5.0.
struct Auth {
  ReasonCode reason = ReasonCode::kSuccess;
  Properties properties{};

  friend bool operator==(const Auth&, const Auth&) = default;
};

using Packet = std::variant<Connect, Connack, Publish, Puback, Pubrec, Pubrel, Pubcomp, Subscribe,
                            Suback, Unsubscribe, Unsuback, Pingreq, Pingresp, Disconnect, Auth>;

}  // namespace tallymq::mqtt
