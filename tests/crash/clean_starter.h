// A peer with a persistent session that it drops by clean starts: once CONNACK came, nothing of the
// old session may be in the store, or ever arrive.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "peer.h"
#include "subscription_ledger.h"

namespace tallymq::crash {

class CleanStarter : public Peer {
 public:
  // Its topics begin with `prefix`. Publishes while `*open` holds.
  CleanStarter(Poller& poller, PeerOptions options, Random random, QoS qos, std::string prefix,
               const bool* open);

  // Holds its session in the store, if there is one, against what it knows.
  void Compare(const StoredSession* stored, Comparison& comparison) const;
  [[nodiscard]] std::uint64_t clean_starts() const { return clean_starts_; }

 protected:
  void OnConnecting(mqtt::Connect& connect) override;
  void OnEvent(const client::Event& event, bool mute) override;
  void OnTurn() override;
  void OnEnd(End end) override;

 private:
  enum class Stored : std::uint8_t { kNo, kPerhaps, kYes };
  void OnConnected(bool present);
  // The topic, and filter, of the session that the newest clean start made room for.
  [[nodiscard]] std::string Topic() const;

  const QoS qos_;
  const std::string prefix_;
  const bool* const open_;
  SubscriptionLedger subscriptions_;
  Stored stored_ = Stored::kNo;       // its session is
  bool fresh_ = false;                // when the last CONNECT went out there was none for certain
  bool clean_ = false;                // the last CONNECT was a clean start
  bool confirmed_ = true;             // its CONNACK came
  std::uint64_t life_ = 1;            // raised by each clean start
  std::optional<std::string> asked_;  // SUBSCRIBE under way
  Moment next_{};
  std::uint64_t clean_starts_ = 0;  // with CONNACK, over a session that was there
};

}  // namespace tallymq::crash
