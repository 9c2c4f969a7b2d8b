// Topic names and topic filters: to hold one is proof that it is well formed.
//
// They are views; they live as long as the bytes they were parsed from. A default-constructed one
// is empty: a place to assign to, and the topic name of a PUBLISH that has an alias in its stead.
// `version` says whose clause an error names.

#pragma once

#include <string_view>

#include "tallymq/base/result.h"
#include "tallymq/mqtt/decode_error.h"
#include "tallymq/mqtt/version.h"

namespace tallymq::mqtt {

// Returns true if `text` is well-formed UTF-8 without U+0000, surrogates and over-long forms. A
// byte order mark is a character like others. Spec: [MQTT3-1.5.3-1], [MQTT3-1.5.3-2],
// [MQTT3-1.5.3-3], [MQTT-1.5.4-1], [MQTT-1.5.4-2], [MQTT-1.5.4-3].
bool IsValidUtf8(std::string_view text);
// The same for a payload of character data, which may hold U+0000. Spec: 3.3.2.3.2 of 5.0.
bool IsCharacterData(std::string_view payload);

// Spec: [MQTT3-3.3.2-2], [MQTT3-4.7.1-1], [MQTT3-4.7.3-1], [MQTT3-4.7.3-2], [MQTT3-4.7.3-3];
// [MQTT-3.3.2-2], [MQTT-4.7.0-1], [MQTT-4.7.3-1], [MQTT-4.7.3-2], [MQTT-4.7.3-3].
class TopicName {
 public:
  TopicName() = default;
  static Result<TopicName, DecodeError> Parse(std::string_view text,
                                              Version version = Version::k311);
  // The text of a topic name, which is not judged again.
  static TopicName Known(std::string_view text) { return TopicName(text); }
  [[nodiscard]] std::string_view text() const { return text_; }

  friend bool operator==(const TopicName&, const TopicName&) = default;

 private:
  explicit TopicName(std::string_view text) : text_(text) {}
  std::string_view text_;
};

// Spec: [MQTT3-4.7.1-2], [MQTT3-4.7.1-3], [MQTT3-4.7.3-1]; [MQTT-4.7.1-1], [MQTT-4.7.1-2],
// [MQTT-4.7.3-1].
class TopicFilter {
 public:
  TopicFilter() = default;
  static Result<TopicFilter, DecodeError> Parse(std::string_view text,
                                                Version version = Version::k311);
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] bool has_wildcard() const;
  // Begins with "$share/", so that it means a shared subscription or, by SharedFilter, nothing.
  [[nodiscard]] bool is_shared() const { return text_.starts_with("$share/"); }
  // Spec: [MQTT3-4.7.2-1], [MQTT3-4.7.3-4].
  [[nodiscard]] bool Matches(const TopicName& name) const;

  friend bool operator==(const TopicFilter&, const TopicFilter&) = default;

 private:
  explicit TopicFilter(std::string_view text) : text_(text) {}
  std::string_view text_;
};

// The filter of a shared subscription, "$share/{share name}/{filter}". The standard has it in 5.0
// only, with the same rules for whoever lets 3.1.1 clients use it.
class SharedFilter {
 public:
  // Errors: kTopicFilterInvalid; no share name [MQTT-4.8.2-1], one that holds a wildcard, or no
  // filter behind it [MQTT-4.8.2-2]. Requires `filter.is_shared()`.
  static Result<SharedFilter, DecodeError> Parse(const TopicFilter& filter);
  [[nodiscard]] std::string_view share_name() const { return share_name_; }
  // What messages must match. May itself begin with '$'.
  [[nodiscard]] const TopicFilter& filter() const { return filter_; }

  friend bool operator==(const SharedFilter&, const SharedFilter&) = default;

 private:
  SharedFilter(std::string_view share_name, const TopicFilter& filter)
      : share_name_(share_name), filter_(filter) {}
  std::string_view share_name_;
  TopicFilter filter_;
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
