// How connections end.

#pragma once

#include <cstdint>

namespace tallymq::crash {

// Who ended a connection.
enum class End : std::uint8_t {
  kClient,
  kBroker,  // closed it
  kKill,    // of the broker
};

}  // namespace tallymq::crash
