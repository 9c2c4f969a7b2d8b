// Receives the streams that one topic filter stands for, answers, and tallies each.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "connection.h"
#include "stream_tally.h"

namespace tallymq::load {

// Streams `first` .. `first + count - 1`.
struct StreamRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

class Subscriber final : public Connection {
 public:
  Subscriber(RunState& state, std::string client_id, std::string filter, StreamRange streams);

  // Sends SUBSCRIBE. Requires that it is connected.
  void Subscribe();
  // Sends PINGREQ: behind its answer nothing is left of what the broker had to say.
  void Ping();
  // What has gone wrong if nothing more arrives; with `cut` what is still to come is not lost. What
  // is unexpected counts in the run's totals.
  [[nodiscard]] Faults CountFaults(bool cut);

 private:
  void OnPacket(const PacketView& packet) override;
  void OnPublish(const PacketView& packet);
  void OnSuback(const PacketView& packet);

  const std::string filter_;
  const StreamRange streams_;
  std::vector<StreamTally> tallies_;
};

}  // namespace tallymq::load
