// Goal: a peer of the broker core sees what the standard and the contract say.
// Method: every conversation of the `.mq` files here, played against the core over the journal in
// memory.

#include <gtest/gtest.h>

#include "conversation.h"
#include "core_world.h"
#include "player.h"

namespace tallymq::spec {
namespace {

class CoreConversation : public testing::TestWithParam<Conversation> {};

TEST_P(CoreConversation, IsAsWritten) {
  CoreWorld world;
  Play(GetParam(), world);
}

INSTANTIATE_TEST_SUITE_P(Spec, CoreConversation,
                         testing::ValuesIn(ReadConversations(TALLYMQ_SPEC_FOLDER)),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace tallymq::spec
