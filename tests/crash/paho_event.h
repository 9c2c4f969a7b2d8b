// What a program with a client of Paho C tells the run, a line each:
//
//   trace LINE                                    a packet; see paho_trace.h
//   connected 0|1                                 Session Present
//   connect-failed
//   lost
//   disconnected
//   subscribed QOS                                the first one granted
//   subscribe-failed
//   taken                                         the next message is in Paho's hands, and files
//   message ID QOS DUP RETAINED TOPIC PAYLOAD     handed to the application
//   delivered ID                                  the application is told that an exchange has
//   ended send-failed                                   a PUBLISH could not be written; its last
//   words refused CALL RESULT                           Paho does not do what it was asked for

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tallymq::crash {

struct PahoEvent {
  enum class Kind : std::uint8_t {
    kTrace,
    kConnected,
    kConnectFailed,
    kLost,
    kDisconnected,
    kSubscribed,
    kSubscribeFailed,
    kTaken,
    kMessage,
    kDelivered,
    kSendFailed,
    kRefused,
  };
  Kind kind = Kind::kTrace;
  int number = 0;  // Session Present, QoS granted, packet identifier
  // Of a message.
  int qos = 0;
  bool dup = false;
  bool retained = false;
  std::string_view topic = {};
  // Of a message, its payload; otherwise all behind the first word.
  std::string_view text = {};
};

// The views are good as long as `line`. Nothing for a line of another form.
std::optional<PahoEvent> ParsePahoEvent(std::string_view line);

}  // namespace tallymq::crash
