// The packets of a load run, as cheap as can be: a PUBLISH is copied from a template and gets its
// identifier and number, an answer is four bytes.
//
// Not the client core: that keeps what it sends for the next connection and hands out what it
// gets, at 620 ns for a message of QoS 2; a load run wants neither.
//
// Payload: number, 8 bytes, stream, 4 bytes, both in the order of this machine; then filler.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tallymq/base/types.h"
#include "tallymq/mqtt/version.h"

namespace tallymq::load {

// Smallest payload: number and stream. Bytes.
inline constexpr std::size_t kPayloadMin = 12;

// First bytes of packets; the lower half of a PUBLISH's has DUP, QoS and RETAIN.
enum class PacketType : std::uint8_t {
  kConnack = 0x20,
  kPublish = 0x30,
  kPuback = 0x40,
  kPubrec = 0x50,
  kPubrel = 0x60,
  kPubcomp = 0x70,
  kSuback = 0x90,
  kPingresp = 0xD0,
};

// A whole packet. Views live as long as the bytes that it was found in.
struct PacketView {
  std::uint8_t first_byte = 0;
  std::string_view body;  // behind the fixed header

  [[nodiscard]] PacketType type() const { return static_cast<PacketType>(first_byte & 0xF0); }
  // The identifier at the front of an answer's body; 0 if there is none.
  [[nodiscard]] std::uint16_t packet_id() const;
};

// Takes the first packet off `bytes`; nothing if it is not whole.
std::optional<PacketView> TakePacket(std::string_view& bytes);

// What a subscriber needs of a PUBLISH.
struct Arrival {
  QoS qos = QoS::kAtMostOnce;
  std::uint16_t packet_id = 0;  // 0 with QoS 0
  std::uint64_t number = 0;
  std::uint32_t stream = 0;
  std::size_t payload_bytes = 0;
};
// Nothing if `packet`, a PUBLISH, is malformed or its payload too short to be of a load run.
std::optional<Arrival> ReadPublish(const PacketView& packet, mqtt::Version version);

// Appends the answer PUBACK, PUBREC, PUBREL or PUBCOMP.
inline void AppendAnswer(std::string& out, PacketType type, std::uint16_t packet_id) {
  const char reserved = type == PacketType::kPubrel ? 2 : 0;
  const char bytes[] = {static_cast<char>(static_cast<char>(type) | reserved), 2,
                        static_cast<char>(packet_id >> 8), static_cast<char>(packet_id & 0xFF)};
  out.append(bytes, sizeof bytes);
}

// Appends the PUBLISH packets of one stream.
class PublishTemplate {
 public:
  // `payload_bytes` is kPayloadMin at least; `topic` is a valid topic name.
  PublishTemplate(std::string_view topic, QoS qos, std::size_t payload_bytes, std::uint32_t stream,
                  mqtt::Version version);

  // `packet_id` is 1..65535, with QoS 0 of no meaning.
  void Append(std::string& out, std::uint16_t packet_id, std::uint64_t number) const;
  // Size of one packet. Bytes.
  [[nodiscard]] std::size_t packet_bytes() const { return packet_.size(); }

 private:
  const bool has_id_;
  std::size_t id_at_ = 0;
  std::size_t payload_at_ = 0;
  std::string packet_;
};

}  // namespace tallymq::load
