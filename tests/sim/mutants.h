// The rules that `Mutant("...")` breaks in the core, each with the rule that a checker must name.

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "checkers/violation.h"

namespace tallymq::sim {

struct MutantRow {
  std::string_view name;
  Rule rule;
  std::string_view words;  // the rule that it breaks
};

std::span<const MutantRow> Mutants();

}  // namespace tallymq::sim
