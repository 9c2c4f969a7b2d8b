// What one subscriber has got of one publisher's messages, which are numbered from 0 on.
//
// Invariant: `next` is behind the highest number that arrived; each number below it has either
// arrived or is in `missing_`.

#pragma once

#include <cstdint>

#include "tallymq/base/range_set.h"

namespace tallymq::load {

// How many messages did not come as they should have: each once, in the order of their numbers.
struct Faults {
  std::uint64_t lost = 0;        // never arrived
  std::uint64_t duplicated = 0;  // arrivals beyond the first
  std::uint64_t reordered = 0;   // arrived first behind one with a higher number
  std::uint64_t unexpected = 0;  // nobody published it here, or not so

  [[nodiscard]] bool none() const { return lost + duplicated + reordered + unexpected == 0; }
  Faults& operator+=(const Faults& other) {
    lost += other.lost;
    duplicated += other.duplicated;
    reordered += other.reordered;
    unexpected += other.unexpected;
    return *this;
  }
  friend bool operator==(const Faults&, const Faults&) = default;
};

class StreamTally {
 public:
  // Message `number` arrived. Returns true if it had not before.
  bool Arrived(std::uint64_t number) {
    if (number != next_) return ArrivedOutOfOrder(number);
    ++next_;
    return true;
  }

  // One more than the highest number that arrived.
  [[nodiscard]] std::uint64_t next() const { return next_; }
  // What is wrong if nothing more arrives. `published` messages were: no number is higher.
  [[nodiscard]] Faults At(std::uint64_t published) const;

 private:
  bool ArrivedOutOfOrder(std::uint64_t number);

  std::uint64_t next_ = 0;
  RangeSet<std::uint64_t> missing_;
  std::uint64_t duplicated_ = 0;
  std::uint64_t reordered_ = 0;
};

}  // namespace tallymq::load
