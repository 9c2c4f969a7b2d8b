// Goal: a peer of the real broker sees over TCP what the standard and the contract say.
// Method: every conversation of the `.mq` files here, played against a `tallymqd` of its own, whose
// crashes are SIGKILL.

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <vector>

#include "binary_world.h"
#include "conversation.h"
#include "packet_text.h"
#include "player.h"

namespace tallymq::spec {
namespace {

class BinaryConversation : public testing::TestWithParam<Conversation> {};

TEST_P(BinaryConversation, IsAsWritten) {
  BinaryWorld world;
  Play(GetParam(), world);
  if (!HasFailure()) {
    try {
      world.Stop();
    } catch (const Failure& failure) {
      ADD_FAILURE() << failure.what();
    }
  }
  if (HasFailure()) std::cerr << "--- log of the broker\n" << world.log();
}

// A build without RocksDB has a broker that forgets all when it ends.
std::vector<Conversation> Playable() {
  std::vector<Conversation> conversations = ReadConversations(TALLYMQ_SPEC_FOLDER);
#ifndef TALLYMQ_ROCKSDB
  std::erase_if(conversations, [](const Conversation& conversation) {
    return std::ranges::any_of(conversation.steps, [](const Step& step) {
      return step.kind == Step::Kind::kCrashes || step.kind == Step::Kind::kRestarts;
    });
  });
#endif
  return conversations;
}

INSTANTIATE_TEST_SUITE_P(Spec, BinaryConversation, testing::ValuesIn(Playable()),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace tallymq::spec
