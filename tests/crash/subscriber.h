// A peer that subscribes once and writes down what arrives.

#pragma once

#include <set>
#include <string>
#include <vector>

#include "message_text.h"
#include "oracle.h"
#include "peer.h"

namespace tallymq::crash {

class Subscriber : public Peer {
 public:
  // `topics` are the names of all streams, by number.
  Subscriber(Poller& poller, PeerOptions options, Random random, Oracle& oracle, QoS qos,
             std::vector<std::string> filters, const std::vector<std::string>& topics);

  [[nodiscard]] bool subscribed() const { return subscribed_; }
  [[nodiscard]] const std::vector<std::string>& filters() const { return filters_; }
  [[nodiscard]] Inbox& inbox() { return inbox_; }

 protected:
  void OnEvent(const client::Event& event, bool mute) override;

 private:
  void Subscribe();
  void OnSubscribed(const client::Subscribed& event);
  void OnMessage(const client::Message& message, bool mute);

  Oracle& oracle_;
  Inbox& inbox_;
  const QoS qos_;
  const std::vector<std::string> filters_;
  const std::vector<std::string>& topics_;
  bool subscribed_ = false;
};

}  // namespace tallymq::crash
