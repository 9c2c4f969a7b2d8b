// A peer that can tell when all that was queued for it so far has arrived: it publishes a message
// to itself, which comes behind everything else.

#pragma once

#include <cstdint>
#include <string>

#include "peer.h"

namespace tallymq::crash {

class FencedPeer : public Peer {
 public:
  FencedPeer(Poller& poller, PeerOptions options, Random random, QoS qos)
      : Peer(poller, std::move(options), random), qos_(qos), fence_("every/fence/" + client_id()) {}

  // Publishes the fence, once.
  void Fence() {
    if (progress_ == Progress::kNone) progress_ = Progress::kWanted;
  }
  // It has arrived.
  [[nodiscard]] bool fenced() const { return progress_ == Progress::kArrived; }

 protected:
  [[nodiscard]] QoS qos() const { return qos_; }
  // Its topic, to which this peer has subscribed before the first `OnTurn` of this class.
  [[nodiscard]] const std::string& fence() const { return fence_; }
  // True if `message` is the fence.
  bool TakeFence(const client::Message& message) {
    if (message.topic != fence_) return false;
    progress_ = Progress::kArrived;
    return true;
  }
  void OnTurn() override {
    if (progress_ != Progress::kWanted || !connected()) return;
    progress_ = Progress::kSent;
    TALLYMQ_ASSERT(client().Publish(*mqtt::TopicName::Parse(fence_), "fence", qos_, false, {}));
  }

 private:
  enum class Progress : std::uint8_t { kNone, kWanted, kSent, kArrived };

  const QoS qos_;
  const std::string fence_;
  Progress progress_ = Progress::kNone;
};

}  // namespace tallymq::crash
