// How far a queue entry has come, as the state record tells.
//
//   waiting ──▶ awaiting_puback ──────────────────────────▶ finished      QoS 1
//   waiting ──▶ awaiting_pubrec ──▶ awaiting_pubcomp ──────▶ finished      QoS 2
//
// A dead broker's store does not say that an entry *was* sent, only that it may have been: it is
// not above the send mark. It goes out again with DUP.

#pragma once

#include <cstdint>
#include <string_view>

#include "output.h"
#include "tallymq/storage/types.h"

namespace tallymq::tallyctl {

enum class Exchange : std::uint8_t {
  kWaiting,
  kAwaitingPuback,
  kAwaitingPubrec,
  kAwaitingPubcomp,
  kFinished,
};

// The state of entry `seq`, which has `qos`, in a queue whose state record is `state`.
Exchange ExchangeOf(const storage::StateRecord& state, storage::Seq seq, QoS qos);

// The packet identifier with which an entry goes out, each time it does.
PacketId PacketIdOf(storage::Seq seq);

// As JSON has it, part of the interface: "awaiting_pubrec".
std::string_view NameOf(Exchange exchange);
// As tables have it: "awaits PUBREC".
std::string_view WordsFor(Exchange exchange);
Colour ColourOf(Exchange exchange);

}  // namespace tallymq::tallyctl
