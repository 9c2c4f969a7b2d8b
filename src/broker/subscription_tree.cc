#include "subscription_tree.h"

#include <algorithm>

#include "tallymq/base/assert.h"

namespace tallymq::broker {

SubscriptionTree::SubscriptionTree() : nodes_(1) {}

void SubscriptionTree::SetIn(std::vector<Subscriber>& list, const Subscriber& subscriber,
                             bool existing) {
  if (!existing) {
    list.push_back(subscriber);
    return;
  }
  const auto it = std::find_if(list.begin(), list.end(), [&](const Subscriber& other) {
    return other.session == subscriber.session;
  });
  TALLYMQ_ASSERT(it != list.end());
  *it = subscriber;
}

void SubscriptionTree::RemoveFrom(std::vector<Subscriber>& list, const Session* session) {
  const auto it = std::find_if(list.begin(), list.end(), [session](const Subscriber& other) {
    return other.session == session;
  });
  TALLYMQ_ASSERT(it != list.end());
  list.erase(it);
}

SubscriptionTree::NodeIndex SubscriptionTree::NewNode() {
  if (!free_.empty()) {
    const NodeIndex index = free_.back();
    free_.pop_back();
    return index;
  }
  nodes_.emplace_back();
  return static_cast<NodeIndex>(nodes_.size() - 1);
}

void SubscriptionTree::Set(const mqtt::TopicFilter& filter, const Subscriber& subscriber,
                           bool existing) {
  if (!filter.has_wildcard()) {
    SetIn(exact_[std::string(filter.text())], subscriber, existing);
    return;
  }
  NodeIndex at = kRoot;
  for (mqtt::Levels levels(filter.text()); !levels.done();) {
    const std::string_view level = levels.Next();
    if (level == "#") {
      SetIn(nodes_[at].below, subscriber, existing);
      return;
    }
    NodeIndex child = kNone;
    if (level == "+") {
      child = nodes_[at].plus;
    } else if (const auto it = nodes_[at].children.find(level); it != nodes_[at].children.end()) {
      child = it->second;
    }
    if (child == kNone) {
      child = NewNode();
      if (level == "+") {
        nodes_[at].plus = child;
      } else {
        nodes_[at].children.emplace(std::string(level), child);
      }
    }
    at = child;
  }
  SetIn(nodes_[at].here, subscriber, existing);
}

void SubscriptionTree::Remove(const mqtt::TopicFilter& filter, const Session* session) {
  if (!filter.has_wildcard()) {
    const auto it = exact_.find(filter.text());
    TALLYMQ_ASSERT(it != exact_.end());
    RemoveFrom(it->second, session);
    if (it->second.empty()) exact_.erase(it);
    return;
  }
  struct Step {
    NodeIndex node;
    std::string_view level;  // that leads to the child
  };
  std::vector<Step> path;
  NodeIndex at = kRoot;
  bool below = false;
  for (mqtt::Levels levels(filter.text()); !levels.done();) {
    const std::string_view level = levels.Next();
    if (level == "#") {
      below = true;
      break;
    }
    path.push_back(Step{at, level});
    if (level == "+") {
      at = nodes_[at].plus;
    } else {
      const auto it = nodes_[at].children.find(level);
      TALLYMQ_ASSERT(it != nodes_[at].children.end());
      at = it->second;
    }
    TALLYMQ_ASSERT(at != kNone);
  }
  RemoveFrom(below ? nodes_[at].below : nodes_[at].here, session);
  // Levels that lead nowhere any more go.
  for (; !path.empty() && nodes_[at].empty(); path.pop_back()) {
    nodes_[at] = Node{};
    free_.push_back(at);
    at = path.back().node;
    const std::string_view level = path.back().level;
    if (level == "+") {
      nodes_[at].plus = kNone;
    } else {
      nodes_[at].children.erase(nodes_[at].children.find(level));
    }
  }
}

void SubscriptionTree::Match(const mqtt::TopicName& name, std::vector<Subscriber>& found) {
  const auto append = [&found](const std::vector<Subscriber>& list) {
    found.insert(found.end(), list.begin(), list.end());
  };
  if (const auto it = exact_.find(name.text()); it != exact_.end()) append(it->second);
  if (nodes_[kRoot].empty()) return;
  // A filter that begins with a wildcard does not match a name that begins with "$".
  bool wildcards = name.text().front() != '$';
  reached_.assign(1, kRoot);
  for (mqtt::Levels levels(name.text()); !levels.done() && !reached_.empty();) {
    const std::string_view level = levels.Next();
    next_.clear();
    for (const NodeIndex index : reached_) {
      const Node& node = nodes_[index];
      if (wildcards) {
        append(node.below);
        if (node.plus != kNone) next_.push_back(node.plus);
      }
      if (const auto it = node.children.find(level); it != node.children.end()) {
        next_.push_back(it->second);
      }
    }
    wildcards = true;
    reached_.swap(next_);
    if (levels.done()) {
      for (const NodeIndex index : reached_) {
        append(nodes_[index].here);
        append(nodes_[index].below);  // "a/#" matches "a" too.
      }
    }
  }
}

}  // namespace tallymq::broker
