// Which filter takes which topic, written from the standard and not from the broker.

#pragma once

#include <string_view>

namespace tallymq::sim {

// Spec: [MQTT3-4.7.1-2], [MQTT3-4.7.1-3], [MQTT3-4.7.2-1].
bool Takes(std::string_view filter, std::string_view topic);

}  // namespace tallymq::sim
