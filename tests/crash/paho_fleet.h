// The fleet of Paho C's clients, in Debian's build, each in a program of its own with its session
// in files.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fleet.h"
#include "paho_publisher.h"
#include "paho_subscriber.h"
#include "poller.h"

namespace tallymq::crash {

class PahoFleet : public Fleet {
 public:
  PahoFleet(const RunOptions& options, std::uint16_t port, Random& plan, Oracle& oracle);

  [[nodiscard]] Pace pace() const override;
  void Turn() override;
  void Open(bool open) override { open_ = open; }
  std::uint64_t BrokerDied() override;
  void Compare(const StoredSessions& sessions, Comparison& comparison) override;
  void Settle() override;
  void Finish() override;
  [[nodiscard]] bool ready() const override;
  [[nodiscard]] bool connected() const override;
  [[nodiscard]] std::uint64_t under_way() const override;
  [[nodiscard]] std::vector<std::string> Describe() const override;
  [[nodiscard]] std::uint64_t connections() const override;
  [[nodiscard]] std::vector<std::string> complaints() const override;
  [[nodiscard]] std::vector<std::string> notes() const override;

 private:
  // Until nobody is connected.
  void AwaitAway();

  const int qos_;
  Oracle& oracle_;
  const std::vector<std::string> topics_;
  Poller poller_;
  bool open_ = false;  // publishers publish
  std::vector<std::unique_ptr<PahoPublisher>> publishers_;
  std::vector<std::unique_ptr<PahoSubscriber>> subscribers_;
  std::vector<PahoClient*> clients_;  // all of them
  std::vector<bool> connected_;       // subscribers, when the broker died
  std::vector<std::string> complaints_;
};

}  // namespace tallymq::crash
