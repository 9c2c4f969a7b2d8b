// What the network keeps of one connection: under 200 bytes, and no buffer while it is idle.

#pragma once

#include <event2/event.h>
#include <event2/event_struct.h>

#include <cstdint>
#include <memory>

#include "input_buffer.h"
#include "output_queue.h"
#include "tallymq/base/types.h"
#include "tallymq/mqtt/packets.h"

namespace tallymq::net {

// Owned by the network. Its states, and what leads from one to the next:
//
//          bytes that are no packet            Close
//   kOpen ──────────────────────────▶ kBroken ───────▶ kClosing ──▶ kLingering ──▶ destroyed
//     │  └──────────────────────────────────────────────▲ Close       (peer closes, or time is up)
//     └────────▶ kGone ──▶ destroyed
//  peer closed, failure (kBroken too)
//
// Connections are destroyed in `Flush` and in the end of their lingering only, never while the sink
// is being told something.
struct Connection {
  enum class State : std::uint8_t {
    kOpen,
    kBroken,     // decodes no more; the sink has been told and will close
    kClosing,    // flush what the peer takes, then close
    kGone,       // the sink has been told; to be destroyed
    kLingering,  // closed by us, waits for the peer to close
  };

  event io;  // of libevent; the only one
  ConnId id;
  InputBuffer input;                    // starts with the first byte of a packet
  std::unique_ptr<OutputQueue> output;  // only while there is something in it
  std::uint32_t announced = 0;          // size of the first packet in `input`; 0: not known yet
  State state = State::kOpen;
  mqtt::Version version = mqtt::Version::k311;
  bool connect_seen = false;
  bool paused = false;
  bool blocked = false;  // the socket is full: waits for EV_WRITE
  bool dirty = false;    // in the list of those that `Flush` looks at

  [[nodiscard]] int fd() const { return event_get_fd(&io); }
  // The sink counts on it: not told of its end, and has not asked for it.
  [[nodiscard]] bool known() const { return state == State::kOpen || state == State::kBroken; }
  [[nodiscard]] bool decoding() const { return state == State::kOpen && !paused; }
};

}  // namespace tallymq::net
