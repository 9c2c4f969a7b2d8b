// The limit of open files, and what of it connections may take.

#pragma once

#include <cstddef>
#include <cstdint>

namespace tallymq::server {

struct OpenFiles {
  std::uint64_t before;  // the soft limit that the process was started with
  std::uint64_t limit;   // the soft limit now
  std::uint64_t hard;
  // Connections that leave enough descriptors for the store: it must never be the one that finds
  // none.
  [[nodiscard]] std::size_t connections_max() const;
};

// Raises the soft limit to the hard one.
OpenFiles RaiseOpenFiles();

}  // namespace tallymq::server
