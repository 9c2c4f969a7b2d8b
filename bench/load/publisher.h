// Publishes one stream, closed loop: at most `window` of its messages are under way, which is with
// QoS 1 until PUBACK, with QoS 2 until PUBCOMP, and with QoS 0 until the subscribers, on the
// average, are beyond it.
//
// Messages are numbered from 0 on; message n has packet identifier 1 + n mod 65535.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "connection.h"

namespace tallymq::load {

class Publisher final : public Connection {
 public:
  // `topic` is that of stream `stream`, which `subscribers` receive. `window` is 1..65535.
  Publisher(RunState& state, std::string client_id, std::string_view topic, std::uint32_t stream,
            std::uint32_t window, std::uint32_t subscribers);

  // Begins, until `messages` are published.
  void Start(std::uint64_t messages);
  // Publishes what the window allows. Called after each turn with QoS 0, where what lets it go on
  // comes over other connections.
  void Publish();

 private:
  // Of a message under way.
  enum class Exchange : std::uint8_t { kEnded, kSent, kReleased };

  void OnPacket(const PacketView& packet) override;
  void OnTurn() override { Append(); }
  void Append();
  // The exchange of `packet_id`, or nullptr if no message under way has it.
  Exchange* Find(std::uint16_t packet_id);
  [[nodiscard]] Exchange& At(std::uint64_t number) { return exchanges_[number & mask_]; }
  [[nodiscard]] std::uint64_t under_way();

  Stream& stream_;
  const PublishTemplate packet_;
  const std::uint32_t window_;
  const std::uint32_t subscribers_;
  std::uint64_t messages_ = 0;
  std::uint64_t oldest_ = 0;  // all below have ended
  const std::uint64_t mask_;
  std::vector<Exchange> exchanges_;  // of numbers from `oldest_` on, at their lower bits
};

}  // namespace tallymq::load
