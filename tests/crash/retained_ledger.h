// What has been retained on topics that one client each writes, and whether a store agrees.
//
// The operations on a topic, set or clear, are numbered from 1 on, and a value that is set tells
// its number. The store of a killed broker must be as after the last acknowledged operation or as
// after a later one that was sent.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inbox.h"
#include "stored_session.h"

namespace tallymq::crash {

using StoredRetained = std::map<std::string, std::string>;  // payloads by topic

// Reads what `tallyctl retained ls -o json --payload` wrote. Nothing if it does not read so;
// `error` says why.
std::optional<StoredRetained> ParseRetained(std::string_view json, std::string& error);

class RetainedLedger {
 public:
  explicit RetainedLedger(std::vector<std::string> topics);

  // An operation goes out for the first time; returns its number.
  std::uint64_t Set(StreamId topic) { return Add(topic, false); }
  std::uint64_t Clear(StreamId topic) { return Add(topic, true); }
  // PUBACK or PUBREC came.
  void Accepted(StreamId topic, std::uint64_t number);

  void Compare(const StoredRetained& stored, Comparison& comparison);

  [[nodiscard]] const std::string& topic(StreamId topic) const {
    return topics_[topic.value()].name;
  }
  [[nodiscard]] std::size_t size() const { return topics_.size(); }
  [[nodiscard]] bool knows(const std::string& topic) const;
  [[nodiscard]] std::uint64_t accepted(StreamId topic) const {
    return topics_[topic.value()].accepted;
  }
  // Acknowledged operations of each kind, and values that were held against a store.
  [[nodiscard]] std::uint64_t sets() const { return sets_; }
  [[nodiscard]] std::uint64_t clears() const { return clears_; }
  [[nodiscard]] std::uint64_t compared() const { return compared_; }

 private:
  struct Topic {
    std::string name;
    std::vector<bool> clears;    // by number less 1: the operation is a clear
    std::uint64_t accepted = 0;  // highest number
  };

  std::uint64_t Add(StreamId topic, bool clears);

  std::vector<Topic> topics_;
  std::uint64_t sets_ = 0;
  std::uint64_t clears_ = 0;
  std::uint64_t compared_ = 0;
};

}  // namespace tallymq::crash
