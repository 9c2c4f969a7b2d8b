// How a broker built with TALLYMQ_FAULTS is told to break a promise: by the environment variable
// TALLYMQ_FAULT. The crash test's self-test shows that each is noticed.

#pragma once

#include <cstdlib>
#include <string_view>

namespace tallymq::server {

// `name`: "no-sync" (commits are not synced), "early-ack" (effects do not wait for their batch).
inline bool HasFault(std::string_view name) {
  const char* fault = std::getenv("TALLYMQ_FAULT");
  return fault != nullptr && name == fault;
}

}  // namespace tallymq::server
