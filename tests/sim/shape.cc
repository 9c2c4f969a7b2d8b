#include "shape.h"

#include <iterator>

namespace tallymq::sim {
namespace {

constexpr const char* kTopics[] = {"a", "a/b", "a/c", "b/b", "b/c/d", "$x/b"};
constexpr const char* kFilters[] = {"#",     "+/b", "a/#", "a/b",   "b/+/d",
                                    "a/+/#", "+",   "+/+", "b/c/d", "$x/#"};

template <typename T>
T Narrow(std::uint64_t value) {
  return static_cast<T>(value);
}

broker::Limits MakeLimits(Random& random, bool large) {
  broker::Limits limits;
  limits.inflight_max = Narrow<std::uint32_t>(random.Between(1, 8));
  limits.window_entries = Narrow<std::uint32_t>(random.Between(1, 12));
  limits.window_bytes = random.Between(100, large ? 4000 : 2000);
  limits.buffers_bytes = random.Between(100, large ? 8000 : 4000);
  limits.batch_records = random.Between(2, 50);
  limits.batch_bytes = large ? 20'000 : 4u << 20;
  if (random.Chance(50)) {
    limits.packet_identifiers = Narrow<std::uint32_t>(random.Between(1, 6));
  }
  limits.releases_per_turn = Narrow<std::uint32_t>(random.Between(1, 4));
  limits.output_bytes = random.Between(20, 2000);
  limits.lazy_ms = Narrow<std::uint32_t>(random.Between(20, 150));
  return limits;
}

PeerShape MakePeer(Random& random, bool publisher, bool subscriber) {
  PeerShape peer;
  peer.persistent = random.Chance(80);
  if (random.Chance(10)) peer.version = mqtt::Version::k31;
  peer.options.window = Narrow<std::uint32_t>(random.Between(1, 8));
  if (random.Chance(60)) peer.options.id_order = client::IdOrder::kLowest;
  if (subscriber) {
    const std::uint64_t filters = random.Between(1, 3);
    for (std::uint64_t i = 0; i < filters; ++i) {
      const std::uint64_t qos = random.Below(100);
      peer.filters[kFilters[random.Below(std::size(kFilters))]] = qos < 60 ? 2 : qos < 85 ? 1 : 0;
    }
  }
  if (publisher) {
    const std::uint64_t topics = random.Between(1, 3);
    for (std::uint64_t i = 0; i < topics; ++i) {
      peer.topics.emplace_back(kTopics[random.Below(std::size(kTopics))]);
    }
    peer.qos_percent[0] = random.Below(25);
    peer.qos_percent[1] = random.Below(50);
    peer.qos_percent[2] = 100 - peer.qos_percent[0] - peer.qos_percent[1];
    peer.publish_percent = random.Between(20, 90);
    if (random.Chance(30)) {
      peer.retain_percent = random.Between(5, 50);
      peer.clear_percent = random.Below(40);
    }
    peer.messages_max = Narrow<std::uint32_t>(random.Between(10, 80));
  }
  if (random.Chance(30)) peer.will_percent = random.Between(20, 100);
  const bool slow = random.Chance(15);
  peer.read_bytes_max = slow ? random.Between(4, 20) : random.Between(50, 2000);
  peer.write_bytes_max = random.Chance(15) ? random.Between(4, 20) : random.Between(50, 2000);
  peer.away_ms_max = random.Chance(25) ? 1500 : 60;
  if (random.Chance(40)) peer.keep_alive_s = Narrow<std::uint16_t>(random.Between(1, 3));
  return peer;
}

// Queues that fill up, of those who are away and of those who are slow.
void MakeQueueLimits(Random& random, Shape& shape) {
  constexpr broker::QueuePolicy kPolicies[] = {broker::QueuePolicy::kRefuse,
                                               broker::QueuePolicy::kDropOldest,
                                               broker::QueuePolicy::kDropNewest};
  broker::Limits& limits = shape.limits;
  limits.queue_policy = kPolicies[random.Below(std::size(kPolicies))];
  const std::uint64_t message_bytes = shape.payload_bytes_max / 2 + 16;
  const bool bytes = random.Chance(40);
  if (bytes) limits.queue_bytes_max = message_bytes * random.Between(1, 10);
  // What no queue can ever take would be refused for ever.
  if (bytes && limits.queue_policy == broker::QueuePolicy::kRefuse) {
    limits.queue_bytes_max += shape.payload_bytes_max;
  }
  if (!bytes || random.Chance(30)) limits.queue_messages_max = random.Between(1, 10);
  // A message without payload has no number: which one was dropped could not be told.
  if (limits.queue_policy != broker::QueuePolicy::kRefuse) {
    for (PeerShape& peer : shape.peers) peer.clear_percent = 0;
  }
  limits.refused_close_ms = Narrow<std::uint32_t>(random.Between(200, 1000));
}

// Sessions that end by themselves. A client of 3.1 is not told that its session is gone.
void MakeExpiry(Random& random, Shape& shape) {
  // A batch that is full would end some of them and others later, in an order of the broker's own.
  shape.limits.batch_records = 1000;
  shape.limits.batch_bytes = 4u << 20;
  shape.limits.session_expiry_s = Narrow<std::uint32_t>(random.Between(1, 3));
  for (PeerShape& peer : shape.peers) {
    peer.expires = peer.persistent;
    peer.version = mqtt::Version::k311;
    if (random.Chance(40)) peer.away_ms_max = 4000;
  }
}

// A persistent client that cannot keep up, and for which much will wait.
void MakeBehind(Random& random, PeerShape& peer) {
  peer.persistent = true;
  peer.keep_alive_s = 0;
  peer.read_bytes_max = random.Between(10, 100);
}

}  // namespace

Shape MakeShape(Random& random) {
  Shape shape;
  const bool backlog = random.Chance(10);
  const bool large = backlog || random.Chance(20);
  shape.limits = MakeLimits(random, large);
  shape.payload_bytes_max =
      large ? random.Between(backlog ? 3000 : 500, backlog ? 6000 : 2000) : random.Below(60);
  shape.turn_bytes_max = backlog ? 60'000 : 400;
  shape.kernel_bytes = random.Chance(50) ? random.Between(8, 200) : random.Between(200, 5000);
  shape.step_ms_max = random.Between(2, 25);
  shape.steps = Narrow<std::uint32_t>(random.Between(80, 400));

  const std::uint64_t publishers = random.Between(1, 3);
  const std::uint64_t subscribers = random.Between(1, 4);
  const std::uint64_t both = random.Between(publishers == 1 ? 1 : 0, 2);
  for (std::uint64_t i = 0; i < publishers; ++i)
    shape.peers.push_back(MakePeer(random, true, false));
  for (std::uint64_t i = 0; i < subscribers; ++i) {
    shape.peers.push_back(MakePeer(random, false, true));
  }
  for (std::uint64_t i = 0; i < both; ++i) shape.peers.push_back(MakePeer(random, true, true));

  if (backlog) {
    for (PeerShape& peer : shape.peers) {
      if (!peer.filters.empty()) MakeBehind(random, peer);
      peer.messages_max = 120;
      peer.publish_percent = 100;
      peer.options.window = 30;
      peer.write_bytes_max = 60'000;
    }
  }

  shape.commit_percent = random.Between(10, 90);
  shape.page_percent = random.Between(10, 100);
  shape.cut_per_mille = random.Between(0, 60);
  shape.crash_per_mille = random.Between(5, 40);
  shape.stall_per_mille = random.Below(20);
  shape.hang_per_mille = random.Below(12);
  shape.resubscribe_per_mille = random.Below(25);
  // Much is retained, and clients subscribe again and again.
  if (random.Chance(25)) {
    for (PeerShape& peer : shape.peers) {
      peer.retain_percent = 60;
      peer.clear_percent = 5;
    }
    shape.resubscribe_per_mille = random.Between(50, 250);
    shape.limits.window_entries = Narrow<std::uint32_t>(random.Between(1, 4));
  }
  if (random.Chance(30)) MakeQueueLimits(random, shape);
  if (random.Chance(30)) shape.limits.clean_queue_bytes = random.Between(50, 10'000);
  if (random.Chance(25)) MakeExpiry(random, shape);
  shape.clean_start_percent = random.Chance(30) ? random.Between(2, 20) : 0;
  shape.crashes_max = Narrow<std::uint32_t>(random.Between(2, 5));
  shape.crashes_min = Narrow<std::uint32_t>(random.Between(1, shape.crashes_max));
  return shape;
}

}  // namespace tallymq::sim
