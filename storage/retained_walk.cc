#include "retained_walk.h"

#include <algorithm>

namespace tallymq::storage {
namespace {

constexpr char kEndOfLevel = '\0';

// The first `count` levels of a key that has at least as many.
std::string_view Prefix(std::string_view key, std::size_t count) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < count; ++i) {
    end = key.find(kEndOfLevel, i == 0 ? 0 : end + 1);
    if (end == std::string_view::npos) return key;
  }
  return key.substr(0, end);
}

}  // namespace

RetainedWalk::RetainedWalk(std::string_view filter, bool dollar_topics)
    : dollar_topics_(dollar_topics) {
  for (std::size_t begin = 0;;) {
    const std::size_t end = filter.find('/', begin);
    levels_.emplace_back(filter.substr(begin, end - begin));
    if (end == std::string_view::npos) break;
    begin = end + 1;
  }
  if (levels_.back() == "#") {
    below_ = true;
    levels_.pop_back();
  }
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    if (levels_[i] == "+") pluses_.push_back(i);
  }
}

std::string RetainedWalk::Begin() const {
  std::string key;
  for (std::size_t i = 0; i < levels_.size() && levels_[i] != "+"; ++i) {
    if (i > 0) key.push_back(kEndOfLevel);
    key.append(levels_[i]);
  }
  return key;
}

RetainedWalk::Step RetainedWalk::Leap(std::string_view key, std::size_t levels) const {
  // Only another value of the last "+" among these levels can lead to a match.
  const auto last = std::lower_bound(pluses_.begin(), pluses_.end(), levels);
  if (last == pluses_.begin()) return {Verdict::kEnd, {}};
  std::string target(Prefix(key, *(last - 1) + 1));
  target.push_back(kEndOfLevel + 1);
  return {Verdict::kSeek, std::move(target)};
}

RetainedWalk::Step RetainedWalk::Examine(std::string_view key) const {
  const bool open_first = levels_.empty() || levels_[0] == "+";
  if (open_first && !dollar_topics_ && !key.empty() && key[0] == '$') return {Verdict::kSeek, "%"};
  std::size_t begin = 0;
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    const std::size_t end = std::min(key.find(kEndOfLevel, begin), key.size());
    const std::string_view level = key.substr(begin, end - begin);
    if (levels_[i] != "+") {
      const int order = level.compare(levels_[i]);
      if (order < 0) {
        std::string target(key.substr(0, begin));
        target.append(levels_[i]);
        return {Verdict::kSeek, std::move(target)};
      }
      if (order > 0) return Leap(key, i);
    }
    if (end == key.size()) {
      if (i + 1 == levels_.size()) return {Verdict::kMatch, {}};
      // What is below this topic comes next.
      std::string target(key);
      target.push_back(kEndOfLevel);
      if (levels_[i + 1] != "+") target.append(levels_[i + 1]);
      return {Verdict::kSeek, std::move(target)};
    }
    begin = end + 1;
  }
  if (below_) return {Verdict::kMatch, {}};
  return Leap(key, levels_.size());  // deeper than the filter
}

}  // namespace tallymq::storage
