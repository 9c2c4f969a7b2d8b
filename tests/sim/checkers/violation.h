// What a checker has found.

#pragma once

#include <cstdint>
#include <string>

namespace tallymq::sim {

// The rules of the contract, and what follows from all of them together.
enum class Rule : std::uint8_t {
  kD1,
  kD2,
  kD3,
  kD4,
  kD5,
  kD7,
  kD8,
  kD9,
  kDelivery,  // seen from outside: lost, twice, out of order
  kDrain,     // the faults are over, and it does not come to rest
  kProtocol,  // not MQTT
};

// "D1".
const char* NameOf(Rule rule);

struct Violation {
  Rule rule = Rule::kD1;
  std::string text;           // a sentence
  std::uint64_t message = 0;  // that it is about, 0 if none
};

}  // namespace tallymq::sim
