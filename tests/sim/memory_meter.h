// How much memory the broker holds: what was allocated while it ran and has not been freed.
//
// Replaces the global allocation functions of the program that it is linked into. With a sanitizer,
// which has its own, it measures nothing.

#pragma once

#include <cstddef>

namespace tallymq::sim {

// What is allocated while one of these lives is the broker's (or, with false, is not). Not for
// threads.
class Metered {
 public:
  explicit Metered(bool broker = true);
  ~Metered();
  Metered(const Metered&) = delete;
  Metered& operator=(const Metered&) = delete;

 private:
  const bool before_;
};

// Bytes that the broker holds.
std::size_t MeteredBytes();

}  // namespace tallymq::sim
