// The fleet of our own clients: all in one thread, over one epoll, and known to the last packet.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fleet.h"
#include "poller.h"
#include "publisher.h"
#include "subscriber.h"

namespace tallymq::crash {

class OwnFleet : public Fleet {
 public:
  OwnFleet(const RunOptions& options, std::uint16_t port, Random& plan, Oracle& oracle);

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

 private:
  const int qos_;
  Oracle& oracle_;
  Poller poller_;
  const std::vector<std::string> topics_;
  bool open_ = false;  // publishers publish
  std::vector<std::unique_ptr<Publisher>> publishers_;
  std::vector<std::unique_ptr<Subscriber>> subscribers_;
  std::vector<Peer*> peers_;     // all of them
  std::vector<bool> connected_;  // subscribers, when the broker died
};

}  // namespace tallymq::crash
