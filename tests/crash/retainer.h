// A peer that sets and clears retained messages on topics of its own.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "peer.h"
#include "retained_ledger.h"

namespace tallymq::crash {

class Retainer : public Peer {
 public:
  // Writes `topics` of the ledger while `*open` holds, and sets each of `still` once, at first.
  Retainer(Poller& poller, PeerOptions options, Random random, QoS qos, RetainedLedger& ledger,
           std::vector<StreamId> topics, std::vector<StreamId> still, const bool* open);

  // Its still topics are set.
  [[nodiscard]] bool ready() const;

 protected:
  void OnEvent(const client::Event& event, bool mute) override;
  void OnTurn() override;

 private:
  void Send(StreamId topic, bool clear);
  // One for all that is sent on a topic, so that what is sent again keeps its order.
  [[nodiscard]] QoS QosOf(StreamId topic) const;

  const QoS qos_;
  RetainedLedger& ledger_;
  const std::vector<StreamId> topics_;
  const std::vector<StreamId> still_;
  const bool* const open_;
  bool still_sent_ = false;
  Moment next_{};
  std::string payload_;
};

}  // namespace tallymq::crash
