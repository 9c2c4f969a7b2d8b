// Which MQTT a connection speaks.

#pragma once

#include <cstdint>

namespace tallymq::mqtt {

// The protocol level of CONNECT.
enum class Version : std::uint8_t { k31 = 3, k311 = 4, k50 = 5 };

}  // namespace tallymq::mqtt
