// Who talks to whom in a crash run: the same for every fleet.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "inbox.h"
#include "tallymq/mqtt/packets.h"

namespace tallymq::crash {

std::string PublisherName(std::uint32_t publisher);
std::string SubscriberName(std::uint32_t subscriber);
// Each fourth client of a kind speaks 3.1.
mqtt::Version VersionOf(std::uint32_t client, int protocol);

// The topics of all streams, by number: publisher `i` writes those from `i * topics` on.
std::vector<std::string> TopicsOf(std::uint32_t publishers, std::uint32_t topics);
// A mix of one and several owners a message, of wildcards, and of filters that overlap.
std::vector<std::string> FiltersOf(std::uint32_t subscriber, std::uint32_t publishers);
// The streams among `topics` that `filters` match.
std::vector<StreamId> StreamsOf(const std::vector<std::string>& filters,
                                const std::vector<std::string>& topics);

}  // namespace tallymq::crash
