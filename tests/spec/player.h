// Plays a conversation in a world and reports where the two differ.

#pragma once

#include "conversation.h"
#include "world.h"

namespace tallymq::spec {

// Plays all steps, then checks that no client that is still connected gets anything else or loses
// its connection. The first difference is a GoogleTest failure with file, line and the packets
// before it.
void Play(const Conversation& conversation, World& world);

}  // namespace tallymq::spec
