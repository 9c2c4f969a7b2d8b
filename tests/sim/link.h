// A connection between a client and the broker: the bytes on their way, and who knows that it is
// gone.
//
//   client ── up ──▶ (input of the broker's process)
//   client ◀─ down ── kernel ◀── out (of the broker's process)

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tallymq/mqtt/packets.h"

namespace tallymq::sim {

struct Link {
  std::uint64_t conn = 0;
  int client = 0;
  std::string up;            // sent by the client, on the network
  std::string input;         // in the broker's process: the beginning of a packet
  std::string out;           // in the broker's process, not taken by the operating system
  std::string down;          // taken by it
  bool accepted = false;     // the broker knows of it
  bool counted_on = false;   // the broker has neither closed it nor learned of its end
  bool client_gone = false;  // the client has let go of it
  bool up_ends = false;      // behind `up` the broker finds the end
  bool down_ends = false;    // behind `down` the client finds the end
  bool paused = false;       // the broker reads no more
  bool connect_seen = false;
  mqtt::Version version = mqtt::Version::k311;
};

}  // namespace tallymq::sim
