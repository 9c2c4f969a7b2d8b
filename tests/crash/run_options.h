// What a crash run is asked for.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tallymq::crash {

struct RunOptions {
  std::string broker;                    // path of tallymqd
  std::string tallyctl;                  // path of tallyctl
  std::string folder;                    // for stores and logs; not there yet
  std::vector<std::string> environment;  // for the broker
  std::uint32_t kills = 20;
  int qos = 2;
  int protocol = 0;  // 5: all clients speak 5.0; 3: none; 0: some
  std::uint64_t seed = 1;
  std::uint32_t publishers = 4;
  std::uint32_t subscribers = 4;
  std::uint32_t topics = 2;   // of each publisher
  std::uint32_t window = 32;  // of each publisher
  bool everything = false;    // with the clients of actors.h
  bool stop_at_fault = false;
};

}  // namespace tallymq::crash
