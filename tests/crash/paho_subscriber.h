// A Paho client that subscribes once, and writes down what comes: the packets, which the broker
// answers for, and what Paho hands to its application of them, which Paho answers for.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "message_text.h"
#include "oracle.h"
#include "paho_client.h"

namespace tallymq::crash {

class PahoSubscriber : public PahoClient {
 public:
  // As `Subscriber`.
  PahoSubscriber(Poller& poller, PahoOptions options, Random random, Oracle& oracle, QoS qos,
                 std::vector<std::string> filters, const std::vector<std::string>& topics);

  [[nodiscard]] bool subscribed() const { return subscribed_; }
  [[nodiscard]] const std::vector<std::string>& filters() const { return filters_; }
  [[nodiscard]] Inbox& inbox() { return inbox_; }
  [[nodiscard]] std::uint64_t under_way() const override {
    return incoming_.size() + unhanded_.size();
  }
  [[nodiscard]] std::uint64_t in_flight() const override { return incoming_.size(); }
  [[nodiscard]] std::string Describe() const override;

 protected:
  void OnConnack() override;
  void OnConnected() override;
  void OnOther(const PahoEvent& event) override;
  void OnOtherPacket(const TracedPacket& packet, bool late) override;

 private:
  void OnPublish(const TracedPacket& packet, bool late);
  void OnPubrel(PacketId id, bool late);
  void OnMessage(const PahoEvent& event);

  Oracle& oracle_;
  Inbox& inbox_;
  const QoS qos_;
  const std::vector<std::string> filters_;
  const std::vector<std::string>& topics_;
  bool subscribed_ = false;
  std::map<PacketId, MessageName> incoming_;  // QoS 2: PUBREL has not come
  std::map<PacketId, MessageName> unhanded_;  // QoS 2: PUBREL has come, and Paho did not hand it on
  std::map<PacketId, bool> came_late_;   // QoS 1: PUBLISH has come, and Paho did not hand it on
  std::map<PacketId, bool> unanswered_;  // PUBREL has come on this connection without PUBCOMP
  std::vector<std::uint64_t> handed_;    // QoS 2: of each stream, the newest
};

}  // namespace tallymq::crash
