// What a publish costs that is matched against a million subscriptions, and what they take.
//
// Run: build/release/bench/subscriptions_bench
// 111,112 devices subscribe to nine filters each: six without wildcards, three with "+" or "#".
// `bytes_per_subscription` is what the tree has taken of the heap for each; beside it a session
// keeps the text of its filters.

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cstdint>
#include <string>
#include <vector>

#include "subscription_tree.h"
#include "tallymq/mqtt/topic.h"

namespace tallymq::broker {
namespace {

constexpr std::uint32_t kDevices = 111'112;
constexpr std::uint32_t kDevicesOfASite = 100;
constexpr std::uint32_t kSubscriptions = 9 * kDevices;

std::string Device(std::uint32_t i) {
  return "site/" + std::to_string(i / kDevicesOfASite) + "/device/" + std::to_string(i);
}

struct Forest {
  Forest() {
    const std::size_t before = mallinfo2().uordblks;
    for (std::uint32_t i = 0; i < kDevices; ++i) {
      const std::string device = Device(i);
      const std::string site = "site/" + std::to_string(i / kDevicesOfASite);
      for (const char* leaf : {"/command", "/config", "/time", "/update", "/limit", "/tariff"}) {
        Add(device + leaf, i);
      }
      Add("site/+/device/" + std::to_string(i) + "/alarm", i);
      Add(device + "/request/#", i);
      // One of each site looks at everything of it.
      Add(site + (i % kDevicesOfASite == 0 ? "/#" : "/all/+"), i);
    }
    bytes = mallinfo2().uordblks - before;
  }
  void Add(const std::string& filter, std::uint32_t device) {
    // The tree keeps the pointer and does not follow it.
    auto* const session = reinterpret_cast<Session*>(std::uintptr_t{8} * (device + 1));
    tree.Set(*mqtt::TopicFilter::Parse(filter), Subscriber{session, QoS::kAtLeastOnce}, false);
  }

  SubscriptionTree tree;
  std::size_t bytes = 0;
};

Forest& TheForest() {
  static Forest forest;
  return forest;
}

// Publishes to `leaf` of one device after another, in an order that no cache knows.
void BM_MatchAMillion(benchmark::State& state, const char* leaf) {
  Forest& forest = TheForest();
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < kDevices; ++i) {
    names.push_back(Device(static_cast<std::uint32_t>(i * 7919ull % kDevices)) + leaf);
  }
  std::vector<Subscriber> found;
  std::uint64_t matched = 0;
  std::size_t next = 0;
  for (auto _ : state) {
    found.clear();
    forest.tree.Match(*mqtt::TopicName::Parse(names[next]), found);
    matched += found.size();
    next = next + 1 == names.size() ? 0 : next + 1;
  }
  state.counters["matched"] =
      static_cast<double>(matched) / static_cast<double>(state.iterations());
  state.counters["bytes_per_subscription"] =
      static_cast<double>(forest.bytes) / static_cast<double>(kSubscriptions);
}
BENCHMARK_CAPTURE(BM_MatchAMillion, exact, "/command");
BENCHMARK_CAPTURE(BM_MatchAMillion, plus, "/alarm");
BENCHMARK_CAPTURE(BM_MatchAMillion, hash, "/request/1");
BENCHMARK_CAPTURE(BM_MatchAMillion, nobody, "/unknown");

}  // namespace
}  // namespace tallymq::broker
