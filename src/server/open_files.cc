#include "open_files.h"

#include <sys/resource.h>

#include <algorithm>

namespace tallymq::server {
namespace {

// What the store, the log and the listeners may have open.
constexpr std::uint64_t kOwnFiles = 512;

}  // namespace

std::size_t OpenFiles::connections_max() const {
  return static_cast<std::size_t>(limit - std::min(kOwnFiles, limit / 2));
}

OpenFiles RaiseOpenFiles() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return {before, limit.rlim_cur, limit.rlim_max};
}

}  // namespace tallymq::server
