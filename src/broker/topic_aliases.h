// The topic aliases of a 5.0 connection, in both directions. They end with it. Spec: 3.3.2.3.4.

#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tallymq::broker {

class TopicAliases {
 public:
  // ---- Those that the client gives. `alias` is not 0.
  void SetIncoming(std::uint16_t alias, std::string_view topic) {
    if (incoming_.size() < alias) incoming_.resize(alias);
    incoming_[alias - 1u] = topic;
  }
  // Empty if there is none. Valid until it is set anew.
  [[nodiscard]] std::string_view Incoming(std::uint16_t alias) const {
    return alias <= incoming_.size() ? std::string_view(incoming_[alias - 1u]) : std::string_view();
  }

  // ---- Those that the broker gives: the first topics get them, and keep them.
  struct Outgoing {
    std::uint16_t alias = 0;  // 0: none is left
    bool known = false;       // to the client, which has had it with the topic before
  };
  Outgoing Assign(std::string_view topic, std::uint16_t max) {
    if (const auto it = outgoing_.find(topic); it != outgoing_.end()) return {it->second, true};
    if (outgoing_.size() >= max) return {};
    const auto alias = static_cast<std::uint16_t>(outgoing_.size() + 1);
    outgoing_.emplace(topic, alias);
    return {alias, false};
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  std::vector<std::string> incoming_;  // by alias, from 1 on
  boost::unordered_flat_map<std::string, std::uint16_t, Hash, std::equal_to<>> outgoing_;
};

}  // namespace tallymq::broker
