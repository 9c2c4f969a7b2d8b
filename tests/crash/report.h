// What a run found, for people, and whether it passed.

#pragma once

#include <string>

#include "crash_run.h"

namespace tallymq::crash {

// Share of the kills that must have met each state; below it the run shows too little. Percent.
inline constexpr double kStateShareMin = 3;
// Mean number of exchanges under way at a kill. Messages.
inline constexpr double kInFlightMin = 20;

// True if nothing was found, and the run was hard enough to find something.
bool Passed(const RunReport& report, int qos);

// The table of kills by state, the counts, and all that was found.
std::string Print(const RunReport& report, int qos);

}  // namespace tallymq::crash
