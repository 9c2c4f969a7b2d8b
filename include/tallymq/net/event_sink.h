// Where the network tells what happened.

#pragma once

#include "tallymq/broker/events.h"

namespace tallymq::net {

class EventSink {
 public:
  virtual ~EventSink() = default;

  // Called on the loop thread, within `Network::Poll` and `Network::Flush`, with `Connected`,
  // `Received`, `Malformed`, `Closed` and `Writable`. May call `Network::Perform`; that takes
  // effect at once: after `PauseReading` or `Close` no further packet of that connection comes.
  virtual void OnEvent(const broker::Event& event) = 0;
};

}  // namespace tallymq::net
