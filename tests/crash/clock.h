// The time of the crash test.

#pragma once

#include <chrono>

namespace tallymq::crash {

using Clock = std::chrono::steady_clock;
using Moment = Clock::time_point;

}  // namespace tallymq::crash
