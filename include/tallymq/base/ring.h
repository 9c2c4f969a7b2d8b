// A first-in first-out queue in one block of memory.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "tallymq/base/assert.h"

namespace tallymq {

// Grows by doubling and never shrinks but by `Reset`; an empty one that was never filled owns no
// memory. `T` is default-constructible and movable; a popped place is reset to `T{}` at once, so
// that what it held is let go. Indices count from the front. Up to 2^31 members.
template <typename T>
class Ring {
 public:
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }

  T& operator[](std::size_t index) { return places_[(first_ + index) & (capacity_ - 1)]; }
  const T& operator[](std::size_t index) const {
    return places_[(first_ + index) & (capacity_ - 1)];
  }
  T& front() { return (*this)[0]; }
  const T& front() const { return (*this)[0]; }
  T& back() { return (*this)[size_ - 1]; }
  const T& back() const { return (*this)[size_ - 1]; }

  void push_back(T value) {
    if (size_ == capacity_) Grow();
    ++size_;
    back() = std::move(value);
  }

  void pop_front() {
    TALLYMQ_ASSERT(size_ > 0);
    front() = T{};
    first_ = (first_ + 1) & (capacity_ - 1);
    --size_;
  }

  // Lets go of all members and of the memory.
  void Reset() { *this = Ring{}; }

  Ring() = default;
  Ring(Ring&& other) noexcept { *this = std::move(other); }
  Ring& operator=(Ring&& other) noexcept {
    places_ = std::move(other.places_);
    capacity_ = std::exchange(other.capacity_, 0);
    first_ = std::exchange(other.first_, 0);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

 private:
  void Grow() {
    TALLYMQ_ASSERT(capacity_ <= UINT32_MAX / 4);
    const std::uint32_t capacity = capacity_ == 0 ? 4 : capacity_ * 2;
    auto places = std::make_unique<T[]>(capacity);
    for (std::size_t i = 0; i < size_; ++i) places[i] = std::move((*this)[i]);
    places_ = std::move(places);
    capacity_ = capacity;
    first_ = 0;
  }

  std::unique_ptr<T[]> places_;
  std::uint32_t capacity_ = 0;  // a power of two, or 0
  std::uint32_t first_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace tallymq
