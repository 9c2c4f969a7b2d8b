// The vocabulary that all modules share.

#pragma once

#include <cstdint>

#include "tallymq/base/strong.h"

namespace tallymq {

// MQTT packet identifier, 1..65535. 0 stands for "none" where a packet has none.
// Spec: [MQTT3-2.3.1-1].
using PacketId = Strong<std::uint16_t, struct PacketIdTag>;

// A network connection. Never reused within a process; 0 is "none".
using ConnId = Strong<std::uint64_t, struct ConnIdTag>;

// Position in the journal: the number of a commit. Increases by one for each batch, over restarts
// too; 0 is "nothing yet".
using Lsn = Strong<std::uint64_t, struct LsnTag>;

// Quality of service of a message or a subscription. [MQTT3-4.3]
enum class QoS : std::uint8_t { kAtMostOnce = 0, kAtLeastOnce = 1, kExactlyOnce = 2 };

}  // namespace tallymq
