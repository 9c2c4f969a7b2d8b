// How often something happened in a run, and how often it must have for the run to tell something.

#pragma once

#include <cstdint>
#include <string_view>

namespace tallymq::crash {

struct Tally {
  std::string_view what;  // lives as long as the program
  std::uint64_t count = 0;
  std::uint64_t least = 0;
  [[nodiscard]] bool enough() const { return count >= least; }
};

}  // namespace tallymq::crash
