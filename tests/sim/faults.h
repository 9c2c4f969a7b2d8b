// What goes wrong in a history, and how often it did.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tallymq::sim {

enum class Fault : std::uint8_t {
  kCutUpward,        // a connection broke within a packet to the broker
  kCutDownward,      // a connection broke with bytes under way to the client
  kHalfOpen,         // the broker was not told that a connection broke
  kTakeover,         // a second connection of the same client
  kHang,             // a client neither read nor wrote for a while
  kSlowReader,       // output waited for the peer
  kPausedReading,    // the broker stopped reading, as the journal was behind
  kLateCommit,       // a batch was not durable for ten turns or more
  kLatePage,         // a page was not read for five turns or more
  kCrash,            // between two steps of a turn
  kCrashUnsynced,    // a batch under way was lost
  kCrashUntold,      // a batch under way was durable, and nobody had been told
  kCrashInRecovery,  // the start was killed
  kPowerCut,         // with all that was on the network, and the monotonic clock
  kClockForward,     // wall time jumped
  kClockBack,
  kCleanStart,  // a persistent client dropped its session
  kExpired,     // a session ended by itself
  kRefused,     // a publish was refused for a full queue
  kDroppedOldest,
  kDroppedNewest,
  kDroppedClean,  // from a queue in memory
};
inline constexpr std::size_t kFaultCount = static_cast<std::size_t>(Fault::kDroppedClean) + 1;

const char* NameOf(Fault fault);

using FaultCounts = std::array<std::uint32_t, kFaultCount>;

}  // namespace tallymq::sim
