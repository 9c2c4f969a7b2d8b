// The packets of MQTT 3.1, 3.1.1 and (room for) 5.0, as values.
//
// All strings are views: into the bytes that were decoded, or into what the caller of an encoder
// owns. A decoded packet is valid as long as those bytes are; whoever keeps a part copies it.
// Packets compare by what they say, not by where it lies.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "tallymq/base/types.h"
#include "tallymq/mqtt/reason_code.h"
#include "tallymq/mqtt/topic.h"

namespace tallymq::mqtt {

// The protocol level of CONNECT.
enum class Version : std::uint8_t { k31 = 3, k311 = 4, k50 = 5 };

// The properties of a 5.0 packet as they stand on the wire, without the length before them. Empty
// for 3.x. Typed access comes with 5.0.
using Properties = std::string_view;

// Spec: [MQTT3-3.1.2-8], [MQTT3-3.1.2-9].
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
  std::optional<std::string_view> password;

  friend bool operator==(const Connect&, const Connect&) = default;
};

struct Connack {
  bool session_present = false;
  // 3.x: 0..5 of table 3.1, 5.0: a reason code.
  ConnectCode code = ConnectCode::kAccepted;
  Properties properties{};

  friend bool operator==(const Connack&, const Connack&) = default;
};

// A PUBLISH. `packet_id` is 0 with QoS 0 and never otherwise.
struct Publish {
  bool dup = false;
  QoS qos = QoS::kAtMostOnce;
  bool retain = false;
  TopicName topic;
  PacketId packet_id;
  Properties properties{};
  std::string_view payload;

  friend bool operator==(const Publish&, const Publish&) = default;
};

// The four acknowledgements of QoS 1 and 2. 3.x has no reason: kSuccess, and not on the wire.
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
  std::uint8_t retain_handling = 0;

  friend bool operator==(const SubscriptionRequest&, const SubscriptionRequest&) = default;
};
struct Subscribe {
  PacketId packet_id;
  Properties properties{};
  std::vector<SubscriptionRequest> requests{};  // at least one [MQTT3-3.8.3-3]

  friend bool operator==(const Subscribe&, const Subscribe&) = default;
};
struct Suback {
  PacketId packet_id;
  Properties properties{};
  std::vector<ReasonCode> codes{};  // one a filter, in their order; 3.x: 0, 1, 2 or 0x80

  friend bool operator==(const Suback&, const Suback&) = default;
};
struct Unsubscribe {
  PacketId packet_id;
  Properties properties{};
  std::vector<TopicFilter> filters{};  // at least one [MQTT3-3.10.3-2]

  friend bool operator==(const Unsubscribe&, const Unsubscribe&) = default;
};
struct Unsuback {
  PacketId packet_id;
  Properties properties{};
  std::vector<ReasonCode> codes{};  // 5.0 only

  friend bool operator==(const Unsuback&, const Unsuback&) = default;
};
struct Pingreq {
  friend bool operator==(const Pingreq&, const Pingreq&) = default;
};
struct Pingresp {
  friend bool operator==(const Pingresp&, const Pingresp&) = default;
};
struct Disconnect {
  ReasonCode reason = ReasonCode::kSuccess;
  Properties properties{};

  friend bool operator==(const Disconnect&, const Disconnect&) = default;
};
struct Auth {
  ReasonCode reason = ReasonCode::kSuccess;
  Properties properties{};

  friend bool operator==(const Auth&, const Auth&) = default;
};

using Packet = std::variant<Connect, Connack, Publish, Puback, Pubrec, Pubrel, Pubcomp, Subscribe,
                            Suback, Unsubscribe, Unsuback, Pingreq, Pingresp, Disconnect, Auth>;

}  // namespace tallymq::mqtt
