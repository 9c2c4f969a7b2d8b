// The one way to stop because of a fault of our own: recovery is the journal's job.

#pragma once

namespace tallymq {

// Prints `expression` with its place to standard error and aborts. Never returns.
[[noreturn]] void AssertFailed(const char* expression, const char* file, int line);

}  // namespace tallymq

// Checks an invariant in every build. For what only a fault of ours can break; never for what a
// peer sends or a disk returns.
#define TALLYMQ_ASSERT(expression) \
  ((expression) ? static_cast<void>(0) : ::tallymq::AssertFailed(#expression, __FILE__, __LINE__))
