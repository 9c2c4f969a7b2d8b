#include "output_queue.h"

#include <algorithm>
#include <utility>

#include "tallymq/base/assert.h"

namespace tallymq::net {
namespace {

// Memory that an empty queue keeps, and taken bytes that a queue keeps in front. Bytes.
constexpr std::size_t kKeptBytes = 64 * 1024;

iovec Part(std::string_view bytes) { return {const_cast<char*>(bytes.data()), bytes.size()}; }

}  // namespace

void OutputQueue::AppendPayload(storage::MessagePtr message) {
  TALLYMQ_ASSERT(!message->payload().empty());
  insertions_.push_back({bytes_.size(), std::move(message)});
}

std::size_t OutputQueue::Gather(std::span<iovec> parts) const {
  const std::string_view bytes{bytes_};
  std::size_t filled = 0;
  std::size_t position = taken_;
  std::size_t skip = payload_taken_;
  for (std::size_t i = first_; i < insertions_.size() && filled < parts.size(); ++i) {
    const Insertion& insertion = insertions_[i];
    if (insertion.at > position) {
      parts[filled++] = Part(bytes.substr(position, insertion.at - position));
      position = insertion.at;
      if (filled == parts.size()) return filled;
    }
    parts[filled++] = Part(insertion.message->payload().substr(skip));
    skip = 0;
  }
  if (filled < parts.size() && position < bytes.size()) {
    parts[filled++] = Part(bytes.substr(position));
  }
  return filled;
}

void OutputQueue::Advance(std::size_t count) {
  while (count > 0) {
    const bool in_bytes = first_ == insertions_.size() || taken_ < insertions_[first_].at;
    if (in_bytes) {
      const std::size_t end = first_ == insertions_.size() ? bytes_.size() : insertions_[first_].at;
      const std::size_t step = std::min(count, end - taken_);
      TALLYMQ_ASSERT(step > 0);
      taken_ += step;
      count -= step;
    } else {
      Insertion& insertion = insertions_[first_];
      const std::size_t step =
          std::min(count, insertion.message->payload().size() - payload_taken_);
      payload_taken_ += step;
      count -= step;
      if (payload_taken_ == insertion.message->payload().size()) {
        insertion.message = {};
        payload_taken_ = 0;
        ++first_;
      }
    }
  }
  if (taken_ > kKeptBytes && taken_ > bytes_.size() / 2) Compact();
}

void OutputQueue::Compact() {
  bytes_.erase(0, taken_);
  insertions_.erase(insertions_.begin(), insertions_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
  for (Insertion& insertion : insertions_) insertion.at -= taken_;
  taken_ = 0;
}

void OutputQueue::Clear() {
  bytes_.clear();
  if (bytes_.capacity() > kKeptBytes) bytes_.shrink_to_fit();
  insertions_.clear();
  taken_ = first_ = payload_taken_ = 0;
}

}  // namespace tallymq::net
