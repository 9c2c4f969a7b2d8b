// Holds what the applications at both ends see against the promise, knowing nothing of the broker:
// what was accepted arrives, QoS 2 once, in the order in which it was published.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "violation.h"

namespace tallymq::sim {

// A message as its publisher knows it. Numbers grow in the order of publishing.
struct PublishedMessage {
  std::uint64_t number = 0;
  int publisher = 0;
  std::string topic;
  int qos = 0;
};

class Delivery {
 public:
  explicit Delivery(int clients) : receivers_(static_cast<std::size_t>(clients)) {}

  // ---- Publishers.
  void OnPublish(const PublishedMessage& message);
  // It leaves a will, which may be published.
  void OnWill(PublishedMessage message);
  // PUBACK or PUBREC: the broker has it.
  void OnAccepted(std::uint64_t number) { accepted_.insert(number); }

  // ---- Subscribers.
  // SUBACK of a persistent session: from now on it is owed all that the filter takes.
  void OnSubscribed(int client, const std::string& filter, int qos);
  // It sends UNSUBSCRIBE, or subscribes anew with another QoS: what is not accepted yet may come or
  // not.
  void OnUnsubscribing(int client, const std::string& filter);
  // It sends CONNECT with Clean Session 1: nothing is owed to it any more.
  void OnCleanStart(int client);
  // Its session has ended by itself: nothing of it is owed any more, and what it had published and
  // not heard to be accepted, it publishes anew.
  void OnExpired(int client);
  // Something was dropped from a full queue.
  void OnDropped(std::uint64_t count) { dropped_ += count; }
  void OnMessage(int client, std::uint64_t number, int qos);

  // The faults are over and everything is at rest.
  void OnEnd();

  [[nodiscard]] const std::optional<Violation>& violation() const { return violation_; }

 private:
  struct Receiver {
    std::map<std::string, int> filters;  // acknowledged, QoS 1 or 2
    std::set<std::uint64_t> owed;
    std::set<std::uint64_t> certain;  // was ever owed: it was subscribed before the first PUBLISH
    std::set<std::uint64_t> heard;
    // Newest message by publisher, topic and QoS.
    std::map<std::tuple<int, std::string, int>, std::uint64_t> newest;
  };

  void Report(std::string text, std::uint64_t message);
  Receiver& receiver(int client) { return receivers_[static_cast<std::size_t>(client)]; }

  std::vector<Receiver> receivers_;
  std::map<std::uint64_t, PublishedMessage> published_;
  std::set<std::uint64_t> accepted_;
  std::set<std::uint64_t> anew_;  // published once more
  std::uint64_t dropped_ = 0;
  std::optional<Violation> violation_;
};

}  // namespace tallymq::sim
