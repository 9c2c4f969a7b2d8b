// A peer that subscribes once to the topics of all wills, and writes down which of them come.

#pragma once

#include <set>
#include <string>

#include "fenced_peer.h"
#include "will_ledger.h"

namespace tallymq::crash {

class WillWatcher : public FencedPeer {
 public:
  WillWatcher(Poller& poller, PeerOptions options, Random random, QoS qos, WillLedger& ledger,
              std::string filter);

  [[nodiscard]] bool subscribed() const { return subscribed_; }
  [[nodiscard]] std::set<std::string> filters() const { return {filter_, fence()}; }

 protected:
  void OnEvent(const client::Event& event, bool mute) override;

 private:
  void OnMessage(const client::Message& message);

  WillLedger& ledger_;
  const std::string filter_;
  bool subscribed_ = false;
};

}  // namespace tallymq::crash
