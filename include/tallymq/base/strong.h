// A number or text that means one thing only.

#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <utility>

namespace tallymq {

// Wraps `T` under a name of its own. It converts neither in nor out by itself and has no
// arithmetic, so that a packet identifier is never passed where a sequence number is meant. Values
// copy and compare.
template <typename T, typename Tag>
class Strong {
 public:
  using Value = T;

  constexpr Strong() = default;
  constexpr explicit Strong(T value) : value_(std::move(value)) {}

  [[nodiscard]] constexpr const T& value() const { return value_; }

  friend constexpr bool operator==(const Strong&, const Strong&) = default;
  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;

 private:
  T value_{};
};

// Hashes a `Strong` as its value; the name that Boost's unordered containers look for.
template <typename T, typename Tag>
std::size_t hash_value(const Strong<T, Tag>& strong) {
  return std::hash<T>{}(strong.value());
}

}  // namespace tallymq

template <typename T, typename Tag>
struct std::hash<tallymq::Strong<T, Tag>> {
  std::size_t operator()(const tallymq::Strong<T, Tag>& strong) const {
    return std::hash<T>{}(strong.value());
  }
};
