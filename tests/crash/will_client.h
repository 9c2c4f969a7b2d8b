// A peer with a will, another one on each connection, that leaves in every way there is.

#pragma once

#include <string>

#include "peer.h"
#include "will_ledger.h"

namespace tallymq::crash {

class WillClient : public Peer {
 public:
  // With `clean`, each connection has a session of its own, which is stored for its will alone.
  WillClient(Poller& poller, PeerOptions options, Random random, QoS qos, WillLedger& ledger,
             StreamId index, bool clean);

  [[nodiscard]] bool clean() const { return clean_; }
  [[nodiscard]] StreamId index() const { return index_; }

 protected:
  void OnConnecting(mqtt::Connect& connect) override;
  void OnEvent(const client::Event& event, bool mute) override;
  void OnDisconnecting() override { ledger_.Leaving(index_); }
  void OnEnd(End end) override { ledger_.Ended(index_, end); }

 private:
  const QoS qos_;
  WillLedger& ledger_;
  const StreamId index_;
  const bool clean_;
  std::string payload_;
};

}  // namespace tallymq::crash
