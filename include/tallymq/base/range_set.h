// A set of integers, kept as sorted ranges: small where the members are neighbours, as sequence
// numbers and packet identifiers are.

#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace tallymq {

// Members are values of `T`; ranges are closed, disjoint, not adjacent and in order. Lookup is
// logarithmic in the number of ranges, insertion and removal linear in it (a memmove of 2 *
// sizeof(T) each). Memory: a pointer, and the ranges; a set that was never filled, or after
// `Clear`, owns no ranges.
template <std::unsigned_integral T>
class RangeSet {
 public:
  struct Range {
    T first;
    T last;  // inclusive
    friend bool operator==(const Range&, const Range&) = default;
  };

  [[nodiscard]] bool empty() const { return !ranges_ || ranges_->empty(); }
  [[nodiscard]] const std::vector<Range>& ranges() const { return ranges_ ? *ranges_ : kNone; }

  // Number of members. Linear in the number of ranges.
  [[nodiscard]] std::uint64_t Count() const {
    std::uint64_t count = 0;
    for (const Range& range : ranges()) {
      count += static_cast<std::uint64_t>(range.last - range.first) + 1;
    }
    return count;
  }

  [[nodiscard]] bool Contains(T value) const {
    if (empty()) return false;
    const auto it = FirstEndingAtOrAfter(value);
    return it != ranges_->end() && it->first <= value;
  }

  // Adds `value`. Returns false if it was a member.
  bool Insert(T value) {
    if (Contains(value)) return false;
    InsertRange(value, value);
    return true;
  }

  // Adds all of `first`..`last`, whether members already or not. Requires first <= last.
  void InsertRange(T first, T last) {
    if (!ranges_) ranges_ = std::make_unique<std::vector<Range>>();
    // `begin`..`end` are the ranges that overlap or touch the new one.
    auto begin = std::lower_bound(
        ranges_->begin(), ranges_->end(), first,
        [](const Range& range, T value) { return range.last < value && value - range.last > 1; });
    auto end = begin;
    while (end != ranges_->end() && (end->first <= last || end->first - last == 1)) {
      first = std::min(first, end->first);
      last = std::max(last, end->last);
      ++end;
    }
    if (begin == end) {
      ranges_->insert(begin, Range{first, last});
    } else {
      *begin = Range{first, last};
      ranges_->erase(begin + 1, end);
    }
  }

  // Removes `value`. Returns false if it was no member.
  bool Erase(T value) {
    if (empty()) return false;
    const auto it = FirstEndingAtOrAfter(value);
    if (it == ranges_->end() || it->first > value) return false;
    if (it->first == it->last) {
      ranges_->erase(it);
    } else if (it->first == value) {
      ++it->first;
    } else if (it->last == value) {
      --it->last;
    } else {
      const Range tail{static_cast<T>(value + 1), it->last};
      it->last = static_cast<T>(value - 1);
      ranges_->insert(it + 1, tail);
    }
    return true;
  }

  // Removes all members below `bound`.
  void EraseBelow(T bound) {
    if (empty()) return;
    auto it = ranges_->begin();
    while (it != ranges_->end() && it->last < bound) ++it;
    ranges_->erase(ranges_->begin(), it);
    if (!ranges_->empty() && ranges_->front().first < bound) ranges_->front().first = bound;
  }

  // Removes all members and gives the memory back.
  void Clear() { ranges_.reset(); }

  RangeSet() = default;
  RangeSet(RangeSet&&) = default;
  RangeSet& operator=(RangeSet&&) = default;
  RangeSet(const RangeSet& other)
      : ranges_(other.empty() ? nullptr : std::make_unique<std::vector<Range>>(*other.ranges_)) {}
  RangeSet& operator=(const RangeSet& other) { return *this = RangeSet(other); }
  ~RangeSet() = default;

  friend bool operator==(const RangeSet& a, const RangeSet& b) { return a.ranges() == b.ranges(); }

 private:
  // Requires that there are ranges.
  auto FirstEndingAtOrAfter(T value) const {
    return std::lower_bound(ranges_->begin(), ranges_->end(), value,
                            [](const Range& range, T v) { return range.last < v; });
  }

  static inline const std::vector<Range> kNone;

  std::unique_ptr<std::vector<Range>> ranges_;  // null: none
};

}  // namespace tallymq
