#include "traffic.h"

#include <fmt/format.h>

#include <algorithm>

#include "message_text.h"
#include "tallymq/mqtt/topic.h"

namespace tallymq::crash {

std::string PublisherName(std::uint32_t publisher) {
  return fmt::format("publisher-{}", publisher);
}

std::string SubscriberName(std::uint32_t subscriber) {
  return fmt::format("subscriber-{}", subscriber);
}

mqtt::Version VersionOf(std::uint32_t client, int protocol) {
  if (protocol == 5 || (protocol == 0 && client % 4 == 2)) return mqtt::Version::k50;
  return client % 4 == 3 ? mqtt::Version::k31 : mqtt::Version::k311;
}

std::vector<std::string> TopicsOf(std::uint32_t publishers, std::uint32_t topics) {
  std::vector<std::string> all;
  for (std::uint32_t i = 0; i < publishers; ++i) {
    for (std::uint32_t j = 0; j < topics; ++j) all.push_back(TopicOf(i, j));
  }
  return all;
}

std::vector<std::string> FiltersOf(std::uint32_t subscriber, std::uint32_t publishers) {
  const std::uint32_t publisher = subscriber / 4 % publishers;
  switch (subscriber % 4) {
    case 0:
      return {"crash/#"};
    case 1:
      return {"crash/+/t0"};
    case 2:
      return {TopicOf(publisher, 0), TopicOf(publisher, 1), fmt::format("crash/p{}/#", publisher)};
    default:
      return {fmt::format("crash/p{}/#", (publisher + 1) % publishers)};
  }
}

std::vector<StreamId> StreamsOf(const std::vector<std::string>& filters,
                                const std::vector<std::string>& topics) {
  std::vector<StreamId> streams;
  for (std::size_t i = 0; i < topics.size(); ++i) {
    const auto name = *mqtt::TopicName::Parse(topics[i]);
    const bool matches = std::any_of(
        filters.begin(), filters.end(),
        [&](const std::string& filter) { return mqtt::TopicFilter::Parse(filter)->Matches(name); });
    if (matches) streams.push_back(StreamId{static_cast<std::uint32_t>(i)});
  }
  return streams;
}

}  // namespace tallymq::crash
