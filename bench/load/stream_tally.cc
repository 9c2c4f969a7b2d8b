#include "stream_tally.h"

namespace tallymq::load {

bool StreamTally::ArrivedOutOfOrder(std::uint64_t number) {
  if (number > next_) {
    missing_.InsertRange(next_, number - 1);
    next_ = number + 1;
    return true;
  }
  if (missing_.Erase(number)) {
    ++reordered_;
    return true;
  }
  ++duplicated_;
  return false;
}

Faults StreamTally::At(std::uint64_t published) const {
  return {.lost = missing_.Count() + (published - next_),
          .duplicated = duplicated_,
          .reordered = reordered_};
}

}  // namespace tallymq::load
