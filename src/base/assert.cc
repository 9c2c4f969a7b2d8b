#include "tallymq/base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace tallymq {

void AssertFailed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "tallymq: assertion failed: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace tallymq
