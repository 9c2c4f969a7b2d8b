// What a run found, for people and for programs.

#pragma once

#include <string>

#include "load_run.h"

namespace tallymq::load {

// "10 pairs, QoS 2, persistent sessions, ...".
std::string Describe(const Options& options);
// A table of the phases, what went wrong, and the broker's memory.
std::string PrintTable(const Options& options, const Outcome& outcome);
// One object. Numbers that are unknown are null: of the broker without its process, rates without
// time, acknowledgements with QoS 0.
std::string PrintJson(const Options& options, const Outcome& outcome);

}  // namespace tallymq::load
