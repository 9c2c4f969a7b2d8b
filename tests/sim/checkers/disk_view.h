// What lies on the disk after a crash, read through the journal's public interface.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tallymq::sim {

struct DiskEntry {
  std::uint64_t seq = 0;
  int qos = 0;
  bool retain = false;
  std::uint64_t message = 0;
};

struct DiskSession {
  int client = 0;
  bool persistent = true;
  bool connected = false;     // as far as the disk knows
  std::uint64_t lost_ms = 0;  // otherwise: when its connection ended, in broker time
  std::uint64_t will = 0;     // its message; 0: none
  struct Subscription {
    std::string filter;
    int qos = 0;
  };
  std::vector<Subscription> subscriptions;
  std::uint64_t send_mark = 0;
  std::uint64_t reserved_tail = 0;
  std::vector<DiskEntry> live;          // entries that the state record does not count as finished
  std::vector<std::uint64_t> awaiting;  // numbers of entries that await PUBCOMP
  std::vector<std::uint16_t> inbound;   // packet identifiers that await PUBREL
};

struct DiskView {
  std::vector<DiskSession> sessions;              // in the order in which they began
  std::map<std::string, std::uint64_t> retained;  // messages, by topic
  std::string damage;                             // what cannot be read, if anything
};

}  // namespace tallymq::sim
