// The shape of one history: who the clients are, what they do, which limits the broker has, how
// often what goes wrong. All of it follows from the seed.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "random.h"
#include "tallymq/broker/limits.h"
#include "tallymq/client/client.h"

namespace tallymq::sim {

struct PeerShape {
  bool persistent = true;
  mqtt::Version version = mqtt::Version::k311;
  client::Options options;
  std::map<std::string, int> filters;  // with the QoS asked for
  std::vector<std::string> topics;     // that it publishes to; none: it does not
  std::uint64_t qos_percent[3] = {};   // of its messages
  std::uint64_t retain_percent = 0;    // of its messages
  std::uint64_t clear_percent = 0;     // of those: they clear
  std::uint64_t will_percent = 0;      // of its connections
  std::uint64_t publish_percent = 0;   // of its turns
  std::uint32_t messages_max = 0;      // in its life
  std::uint64_t read_bytes_max = 0;    // in a turn; small: a slow reader
  std::uint64_t write_bytes_max = 0;
  std::uint64_t away_ms_max = 0;  // after a connection has ended
  bool expires = false;           // its session ends when it is away too long
  std::uint16_t keep_alive_s = 0;
};

struct Shape {
  std::vector<PeerShape> peers;
  broker::Limits limits;
  std::uint32_t steps = 0;
  std::uint64_t payload_bytes_max = 0;
  std::uint64_t turn_bytes_max = 0;  // that the broker reads of a connection in a turn
  std::uint64_t kernel_bytes = 0;    // of output that the operating system takes of a connection
  std::uint64_t step_ms_max = 0;

  // ---- Chances, of a step.
  std::uint64_t commit_percent = 0;
  std::uint64_t page_percent = 0;
  std::uint64_t cut_per_mille = 0;
  std::uint64_t crash_per_mille = 0;
  std::uint64_t stall_per_mille = 0;  // of the disk
  std::uint64_t hang_per_mille = 0;   // of a client
  std::uint64_t resubscribe_per_mille = 0;
  std::uint64_t clean_start_percent = 0;  // of a persistent client's connections
  std::uint32_t crashes_max = 0;
  std::uint32_t crashes_min = 0;  // made up for at the end
};

Shape MakeShape(Random& random);

}  // namespace tallymq::sim
