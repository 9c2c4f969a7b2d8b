// A packet as the checkers see it: what it says, in their own words. They share no code with the
// broker.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tallymq::sim {

enum class Type : std::uint8_t {
  kConnect,
  kConnack,
  kPublish,
  kPuback,
  kPubrec,
  kPubrel,
  kPubcomp,
  kSubscribe,
  kSuback,
  kUnsubscribe,
  kUnsuback,
  kPingreq,
  kPingresp,
  kDisconnect,
};

// A line of a SUBSCRIBE or UNSUBSCRIBE.
struct Request {
  std::string filter;
  int qos = 0;
};

// The will of a CONNECT, or none: message 0.
struct WillModel {
  std::uint64_t message = 0;
  std::string topic{};
  int qos = 0;
  bool retain = false;
  std::size_t bytes = 0;  // of topic and payload
};

struct Packet {
  Type type = Type::kPingreq;
  std::uint16_t id = 0;
  int qos = 0;  // PUBLISH
  bool dup = false;
  bool retain = false;
  bool clean = false;    // CONNECT
  bool present = false;  // CONNACK
  int version = 4;       // CONNECT
  std::uint64_t keep_alive_ms = 0;
  // The message that it is about: of a PUBLISH as its payload says, of an answer as the checker
  // finds out. 0: none, or one without payload, which clears the retained message of its topic.
  std::uint64_t message = 0;
  std::string topic{};              // PUBLISH
  std::vector<Request> requests{};  // SUBSCRIBE, UNSUBSCRIBE
  WillModel will{};                 // CONNECT
  std::vector<int> codes{};         // SUBACK
  std::size_t bytes = 0;            // on the wire
  std::size_t body_bytes = 0;       // of a PUBLISH that comes in: topic and payload
};

// "PUBLISH".
const char* NameOf(Type type);

}  // namespace tallymq::sim
