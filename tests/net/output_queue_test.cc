// Goal: bytes and payloads leave in the order in which they were put in, however little the peer
// takes at a time; large payloads leave from where they lie.

#include "output_queue.h"

#include <gtest/gtest.h>

#include <array>

namespace tallymq::net {
namespace {

storage::MessagePtr Payload(std::string_view payload) {
  return storage::Message::Make({}, "t", "", payload);
}

// What a peer receives that takes `step` bytes at a time and gives room for `parts` parts.
std::string Take(OutputQueue& queue, std::size_t step, std::size_t part_count) {
  std::string taken;
  while (!queue.empty()) {
    std::array<iovec, 8> parts;
    const std::size_t filled = queue.Gather(std::span{parts}.first(part_count));
    std::size_t left = step;
    std::size_t count = 0;
    for (std::size_t i = 0; i < filled && left > 0; ++i) {
      const std::size_t size = std::min(left, parts[i].iov_len);
      taken.append(static_cast<const char*>(parts[i].iov_base), size);
      left -= size;
      count += size;
    }
    EXPECT_GT(count, 0u);
    queue.Advance(count);
  }
  return taken;
}

TEST(OutputQueueTest, KeepsTheOrderWhateverThePeerTakes) {
  for (std::size_t step = 1; step < 20; ++step) {
    for (std::size_t parts = 1; parts <= 8; ++parts) {
      OutputQueue queue;
      queue.AppendPayload(Payload("first"));
      queue.bytes() += "head";
      queue.AppendPayload(Payload("second"));
      queue.AppendPayload(Payload("third"));
      queue.bytes() += "tail";
      EXPECT_EQ(Take(queue, step, parts), "firstheadsecondthirdtail") << step << "/" << parts;
    }
  }
}

TEST(OutputQueueTest, SendsPayloadsFromWhereTheyLie) {
  OutputQueue queue;
  const storage::MessagePtr message = Payload("payload");
  queue.bytes() += "head";
  queue.AppendPayload(message);
  std::array<iovec, 4> parts;
  ASSERT_EQ(queue.Gather(parts), 2u);
  EXPECT_EQ(parts[1].iov_base, message->payload().data());
}

TEST(OutputQueueTest, ForgetsWhatWasTakenWhileItIsNeverEmpty) {
  OutputQueue queue;
  const std::string chunk(1000, 'x');
  queue.bytes() += chunk;
  for (int i = 0; i < 10'000; ++i) {
    queue.bytes() += chunk;
    queue.AppendPayload(Payload("y"));
    queue.Advance(i == 0 ? chunk.size() : chunk.size() + 1);
  }
  EXPECT_LT(queue.bytes().size(), 200'000u);
  EXPECT_EQ(Take(queue, 100, 4), chunk + "y");
}

TEST(OutputQueueTest, IsUsableAgainAfterClear) {
  OutputQueue queue;
  queue.bytes() += "old";
  queue.AppendPayload(Payload("older"));
  queue.Advance(4);
  queue.Clear();
  EXPECT_TRUE(queue.empty());
  queue.bytes() += "new";
  EXPECT_EQ(Take(queue, 2, 1), "new");
}

}  // namespace
}  // namespace tallymq::net
