// Rules broken on purpose, to see that a checker notices each: `tools/sim --mutants`.
//
// A mutation point is one line in the code, `if (Mutant("name")) …`. It is nothing at all unless
// the build has TALLYMQ_MUTANTS, and such a build has no broker that could be run.

#pragma once

#include <string_view>

namespace tallymq {

#ifdef TALLYMQ_MUTANTS
// The mutant that this process is; empty: none. Set before the first broker starts.
inline std::string_view chosen_mutant;
inline bool Mutant(std::string_view name) { return name == chosen_mutant; }
#else
constexpr bool Mutant(std::string_view) { return false; }
#endif

}  // namespace tallymq
