// Who has subscribed to what: finds the subscribers of a topic name.
//
// Filters without wildcards are found by one look-up; those with wildcards stand in a tree of
// levels. No result depends on the order of a hash map.

#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tallymq/base/types.h"
#include "tallymq/mqtt/topic.h"

namespace tallymq::broker {

struct Session;

// A subscription in the tree. `session` outlives it.
struct Subscriber {
  Session* session = nullptr;
  QoS qos = QoS::kAtMostOnce;
  bool no_local = false;
  bool retain_as_published = false;
  std::uint32_t identifier = 0;  // 0: none
};

class SubscriptionTree {
 public:
  SubscriptionTree();

  // Adds the subscription, or replaces the one that `subscriber.session` has with this filter, as
  // `existing` says. Spec: [MQTT3-3.8.4-3].
  void Set(const mqtt::TopicFilter& filter, const Subscriber& subscriber, bool existing);
  // Removes it. Requires that it is there.
  void Remove(const mqtt::TopicFilter& filter, const Session* session);

  // Appends all subscriptions that match `name` to `found`; a session is there once for each of its
  // filters that does. Spec: [MQTT3-4.7.2-1], [MQTT3-4.7.3-4].
  void Match(const mqtt::TopicName& name, std::vector<Subscriber>& found);

 private:
  using NodeIndex = std::uint32_t;
  static constexpr NodeIndex kNone = 0;  // the root is nobody's child
  static constexpr NodeIndex kRoot = 0;

  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  struct TextEqual {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return a == b; }
  };
  template <typename T>
  using TextMap = boost::unordered_flat_map<std::string, T, TextHash, TextEqual>;

  struct Node {
    TextMap<NodeIndex> children;    // by level, "+" apart
    NodeIndex plus = kNone;         // the child "+"
    std::vector<Subscriber> here;   // filters that end at this level
    std::vector<Subscriber> below;  // filters that go on with "#": this level and all below
    [[nodiscard]] bool empty() const {
      return children.empty() && plus == kNone && here.empty() && below.empty();
    }
  };

  static void SetIn(std::vector<Subscriber>& list, const Subscriber& subscriber, bool existing);
  static void RemoveFrom(std::vector<Subscriber>& list, const Session* session);
  NodeIndex NewNode();

  TextMap<std::vector<Subscriber>> exact_;
  std::vector<Node> nodes_;
  std::vector<NodeIndex> free_;
  // Scratch of `Match`: the nodes reached at this level and the next.
  std::vector<NodeIndex> reached_;
  std::vector<NodeIndex> next_;
};

}  // namespace tallymq::broker
