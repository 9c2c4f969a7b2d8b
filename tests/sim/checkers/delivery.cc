#include "delivery.h"

#include <algorithm>
#include <utility>

#include "topics.h"

namespace tallymq::sim {

void Delivery::Report(std::string text, std::uint64_t message) {
  if (!violation_) violation_ = Violation{Rule::kDelivery, std::move(text), message};
}

void Delivery::OnPublish(const PublishedMessage& message) {
  published_.emplace(message.number, message);
  if (message.qos == 0) return;
  for (Receiver& receiver : receivers_) {
    for (const auto& [filter, qos] : receiver.filters) {
      if (!Takes(filter, message.topic)) continue;
      receiver.owed.insert(message.number);
      receiver.certain.insert(message.number);
      break;
    }
  }
}

// Nobody is owed it, and it keeps no order.
void Delivery::OnWill(PublishedMessage message) {
  message.publisher = -1 - message.publisher;
  published_.emplace(message.number, std::move(message));
}

void Delivery::OnSubscribed(int client, const std::string& filter, int qos) {
  if (qos > 0) receiver(client).filters[filter] = qos;
}

void Delivery::OnUnsubscribing(int client, const std::string& filter) {
  Receiver& to = receiver(client);
  to.filters.erase(filter);
  const auto open = [&](std::uint64_t number) { return !accepted_.contains(number); };
  std::erase_if(to.owed, open);
  std::erase_if(to.certain, open);
}

void Delivery::OnCleanStart(int client) { receiver(client) = {}; }

void Delivery::OnExpired(int client) {
  OnCleanStart(client);
  for (const auto& [number, message] : published_) {
    if (message.publisher == client && !accepted_.contains(number)) anew_.insert(number);
  }
}

void Delivery::OnMessage(int client, std::uint64_t number, int qos) {
  const auto it = published_.find(number);
  const std::string words = "message " + std::to_string(number) + " for c" + std::to_string(client);
  if (it == published_.end()) return Report(words + " was never published", number);
  const PublishedMessage& message = it->second;
  Receiver& to = receiver(client);
  to.owed.erase(number);
  if (qos == 0) return;  // it may overtake, and be heard by other ways again
  if (anew_.contains(number)) return;
  const bool again = !to.heard.insert(number).second;
  if (again && message.qos == 2 && qos == 2) return Report(words + " came twice", number);
  if (again || message.publisher < 0) return;  // connections and their wills may pass each other
  std::uint64_t& newest = to.newest[{message.publisher, message.topic, message.qos}];
  // A repetition of QoS 1 may be the first that a young subscription sees of a message, or one
  // whose queue dropped it.
  const bool certain = to.certain.contains(number) && dropped_ == 0;
  if (number < newest && (message.qos == 2 || certain)) {
    Report(words + " came behind message " + std::to_string(newest), number);
  }
  newest = std::max(newest, number);
}

void Delivery::OnEnd() {
  std::uint64_t dropped = dropped_;
  for (std::size_t i = 0; i < receivers_.size(); ++i) {
    for (const std::uint64_t number : receivers_[i].owed) {
      if (!accepted_.contains(number)) continue;
      if (dropped > 0) {
        --dropped;
        continue;
      }
      Report("message " + std::to_string(number) + " for c" + std::to_string(i) +
                 " was accepted and is lost",
             number);
    }
  }
}

}  // namespace tallymq::sim
