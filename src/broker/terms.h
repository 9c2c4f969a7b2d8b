// What a 5.0 client has asked for at CONNECT. 3.x clients have no word in it.

#pragma once

#include <cstdint>
#include <string_view>

#include "tallymq/mqtt/packets.h"

namespace tallymq::broker {

struct Terms {
  std::uint32_t packet_bytes_max = UINT32_MAX;  // larger ones are not sent to it
  std::uint16_t receive_max = 65'535;           // QoS 1 and 2 messages in flight to it
  std::uint16_t topic_aliases_max = 0;          // towards it
  bool problem_information = false;             // it gets reason strings

  static Terms Of(const mqtt::Connect& packet) {
    Terms terms;
    if (packet.version != mqtt::Version::k50) return terms;
    terms.problem_information = true;
    for (const mqtt::Property& property : mqtt::PropertyRange(packet.properties)) {
      switch (property.id) {
        case mqtt::PropertyId::kMaximumPacketSize:
          terms.packet_bytes_max = property.number;
          break;
        case mqtt::PropertyId::kReceiveMaximum:
          terms.receive_max = static_cast<std::uint16_t>(property.number);
          break;
        case mqtt::PropertyId::kTopicAliasMaximum:
          terms.topic_aliases_max = static_cast<std::uint16_t>(property.number);
          break;
        case mqtt::PropertyId::kRequestProblemInformation:
          terms.problem_information = property.number != 0;
          break;
        default:
          break;
      }
    }
    return terms;
  }

  // A CONNACK or DISCONNECT with nothing but `reason_string` may be sent. Spec: [MQTT-3.1.2-29],
  // [MQTT-3.2.2-19], [MQTT-3.14.2-3].
  [[nodiscard]] bool Allows(std::string_view reason_string) const {
    return problem_information && reason_string.size() + 16 <= packet_bytes_max;
  }

  // A PUBLISH with so many bytes of topic, payload and own properties is small enough whatever else
  // it has: at most so much stands before them and between them. Spec: [MQTT-3.1.2-24].
  [[nodiscard]] bool HasRoomFor(std::size_t message_bytes, std::size_t subscription_ids) const {
    return packet_bytes_max == UINT32_MAX ||
           message_bytes + 32 + 5 * subscription_ids <= packet_bytes_max;
  }
};

}  // namespace tallymq::broker
