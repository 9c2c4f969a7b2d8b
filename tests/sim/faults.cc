#include "faults.h"

namespace tallymq::sim {

const char* NameOf(Fault fault) {
  switch (fault) {
    case Fault::kCutUpward:
      return "connection cut within a packet to the broker";
    case Fault::kCutDownward:
      return "connection cut with bytes under way to the client";
    case Fault::kHalfOpen:
      return "connection cut without telling the broker";
    case Fault::kTakeover:
      return "takeover";
    case Fault::kHang:
      return "client that hangs";
    case Fault::kSlowReader:
      return "client that reads too slowly";
    case Fault::kPausedReading:
      return "reading paused by the broker";
    case Fault::kLateCommit:
      return "late completion of a batch";
    case Fault::kLatePage:
      return "late page";
    case Fault::kCrash:
      return "crash";
    case Fault::kCrashUnsynced:
      return "crash that loses a batch";
    case Fault::kCrashUntold:
      return "crash after a sync that nobody was told of";
    case Fault::kCrashInRecovery:
      return "crash within recovery";
    case Fault::kPowerCut:
      return "power cut";
    case Fault::kClockForward:
      return "wall clock set forward";
    case Fault::kClockBack:
      return "wall clock set back";
    case Fault::kCleanStart:
      return "persistent session dropped by a clean start";
    case Fault::kExpired:
      return "session that ended by itself";
    case Fault::kRefused:
      return "publish refused for a full queue";
    case Fault::kDroppedOldest:
      return "oldest message dropped from a full queue";
    case Fault::kDroppedNewest:
      return "newest message dropped for a full queue";
    case Fault::kDroppedClean:
      return "message dropped for a full queue in memory";
  }
  return "?";
}

}  // namespace tallymq::sim
