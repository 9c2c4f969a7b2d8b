// A value, or the reason why there is none; spelled like `std::expected`, which our two compilers
// do not share yet.

#pragma once

#include <utility>
#include <variant>

#include "tallymq/base/assert.h"

namespace tallymq {

// Marks the error in `return Unexpected{error};`.
template <typename E>
struct Unexpected {
  E value;
};
template <typename E>
Unexpected(E) -> Unexpected<E>;

// Stands for "no value" in `Result<Void, E>`.
struct Void {};

template <typename T, typename E>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {
  }  // NOLINT(google-explicit-constructor): as std::expected
  Result(Unexpected<E> error)
      : state_(std::in_place_index<1>, std::move(error.value)) {
  }  // NOLINT(google-explicit-constructor): as std::expected

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  T& value() {
    TALLYMQ_ASSERT(has_value());
    return *std::get_if<0>(&state_);
  }
  const T& value() const {
    TALLYMQ_ASSERT(has_value());
    return *std::get_if<0>(&state_);
  }
  E& error() {
    TALLYMQ_ASSERT(!has_value());
    return *std::get_if<1>(&state_);
  }
  const E& error() const {
    TALLYMQ_ASSERT(!has_value());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, E> state_;
};

}  // namespace tallymq
