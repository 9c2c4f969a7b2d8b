// A peer that publishes numbered messages as fast as its window lets it.

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "message_text.h"
#include "oracle.h"
#include "peer.h"

namespace tallymq::crash {

class Publisher : public Peer {
 public:
  // Writes `topics` streams: those numbered from `index * topics` on. Publishes while `*open`
  // holds.
  Publisher(Poller& poller, PeerOptions options, Random random, Oracle& oracle, QoS qos,
            std::uint32_t index, std::uint32_t topics, const bool* open);

  // Identifiers whose PUBREC came after the broker's death, since the last call.
  std::vector<PacketId> TakeAcceptedLate() { return std::exchange(accepted_late_, {}); }

 protected:
  void OnEvent(const client::Event& event, bool mute) override;
  void OnTurn() override;
  void OnConnecting(mqtt::Connect& connect) override;

 private:
  Oracle& oracle_;
  const QoS qos_;
  const std::uint32_t first_stream_;
  const bool* const open_;
  std::vector<std::string> topics_;
  std::string payload_;
  std::vector<MessageName> resending_;  // with the next CONNACK
  std::vector<PacketId> accepted_late_;
};

}  // namespace tallymq::crash
