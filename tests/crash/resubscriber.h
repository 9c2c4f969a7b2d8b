// A peer that adds and removes subscriptions, one request at a time. One of its filters matches
// retained messages that nobody changes: each SUBSCRIBE of it must bring all of them, once.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fenced_peer.h"
#include "retained_ledger.h"
#include "subscription_ledger.h"

namespace tallymq::crash {

class Resubscriber : public FencedPeer {
 public:
  // The first of `filters` matches the topics `still`. Changes them while `*open` holds.
  Resubscriber(Poller& poller, PeerOptions options, Random random, QoS qos,
               std::vector<std::string> filters, const RetainedLedger& retained,
               std::vector<StreamId> still, const bool* open, Faults& faults);

  [[nodiscard]] const SubscriptionLedger& subscriptions() const { return subscriptions_; }
  // Still messages that acknowledged subscriptions must bring and have not brought, and how many
  // have come.
  [[nodiscard]] std::uint64_t due() const;
  [[nodiscard]] std::uint64_t arrived() const;
  // All is over and all has drained: what is due is lost.
  void Finished();

 protected:
  void OnEvent(const client::Event& event, bool mute) override;
  void OnTurn() override;
  void OnEnd(End end) override;

 private:
  struct Request {
    std::string filter;
    bool subscribe = false;
  };
  void Ask(const std::string& filter, bool subscribe);
  void OnMessage(const client::Message& message);

  const std::vector<std::string> filters_;
  const RetainedLedger& retained_;
  const std::vector<StreamId> still_;
  const bool* const open_;
  Faults& faults_;
  SubscriptionLedger subscriptions_;
  std::optional<Request> request_;
  Moment next_{};
  std::uint64_t asked_ = 0;             // SUBSCRIBEs of the first filter that went out
  std::uint64_t acknowledged_ = 0;      // those with SUBACK
  std::vector<std::uint64_t> arrived_;  // of each still topic
};

}  // namespace tallymq::crash
