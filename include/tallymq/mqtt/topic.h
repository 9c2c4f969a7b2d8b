// Topic names and topic filters: to hold one is proof that it is well formed.
//
// Both are views; they live as long as the bytes they were parsed from. A default-constructed one
// is empty and only a place to assign to.

#pragma once

#include <string_view>

#include "tallymq/base/result.h"
#include "tallymq/mqtt/decode_error.h"

namespace tallymq::mqtt {

// Returns true if `text` is well-formed UTF-8 without U+0000, surrogates and over-long forms. A
// byte order mark is a character like others. Spec: [MQTT3-1.5.3-1], [MQTT3-1.5.3-2],
// [MQTT3-1.5.3-3].
bool IsValidUtf8(std::string_view text);

// Spec: [MQTT3-3.3.2-2], [MQTT3-4.7.1-1], [MQTT3-4.7.3-1], [MQTT3-4.7.3-2], [MQTT3-4.7.3-3].
class TopicName {
 public:
  TopicName() = default;
  static Result<TopicName, DecodeError> Parse(std::string_view text);
  [[nodiscard]] std::string_view text() const { return text_; }

  friend bool operator==(const TopicName&, const TopicName&) = default;

 private:
  explicit TopicName(std::string_view text) : text_(text) {}
  std::string_view text_;
};

// Spec: [MQTT3-4.7.1-2], [MQTT3-4.7.1-3], [MQTT3-4.7.3-1].
class TopicFilter {
 public:
  TopicFilter() = default;
  static Result<TopicFilter, DecodeError> Parse(std::string_view text);
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] bool has_wildcard() const;
  // Spec: [MQTT3-4.7.2-1], [MQTT3-4.7.3-4].
  [[nodiscard]] bool Matches(const TopicName& name) const;

  friend bool operator==(const TopicFilter&, const TopicFilter&) = default;

 private:
  explicit TopicFilter(std::string_view text) : text_(text) {}
  std::string_view text_;
};

// How many levels a name or filter has: one more than it has slashes.
std::size_t CountLevels(std::string_view text);

// Walks the levels of a name or filter: "a//b" has "a", "" and "b".
class Levels {
 public:
  explicit Levels(std::string_view text) : rest_(text) {}
  [[nodiscard]] bool done() const { return done_; }
  // The next level. Requires !done().
  std::string_view Next() {
    const std::size_t slash = rest_.find('/');
    const std::string_view level = rest_.substr(0, slash);
    if (slash == std::string_view::npos) {
      done_ = true;
    } else {
      rest_.remove_prefix(slash + 1);
    }
    return level;
  }

 private:
  std::string_view rest_;
  bool done_ = false;
};

}  // namespace tallymq::mqtt
