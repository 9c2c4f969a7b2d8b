// A conversation of a `.mq` file as it was read: its title, the clauses that it proves, its steps.
// The language is described in README.md beside this file; what a packet's words mean is
// packet_text.h.

#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "tallymq/mqtt/version.h"

namespace tallymq::spec {

// One line, or a `repeat` with the lines in it. `words` are as written, quotes included, without
// the actor and the verb.
struct Step {
  enum class Kind {
    kSend,      // actor > PACKET
    kHold,      // actor >+ PACKET: leaves in one piece with what is sent next
    kExpect,    // actor < PACKET
    kFind,      // actor <~ PACKET: among what comes, the rest stays
    kNothing,   // actor < nothing
    kClose,     // actor < close [reason=CODE]
    kCloses,    // actor closes
    kStarts,    // broker starts NAME=VALUE...
    kRestarts,  // broker restarts [away=TIME]
    kCrashes,   // broker crashes [away=TIME]
    kRepeat,    // repeat NAME FIRST..LAST
  };
  Kind kind = Kind::kSend;
  int line = 0;
  std::string text;   // the line as written, for messages
  std::string actor;  // for `kRepeat`: the name of the counter
  std::vector<std::string> words;
  std::vector<Step> body;  // of `kRepeat`
};

struct Conversation {
  std::string file;                  // name within the folder
  int line = 0;                      // of the title
  std::string title;                 // "A retry is answered, not delivered"
  std::string name;                  // of the test case, made of file and title; unique
  std::vector<std::string> clauses;  // "[MQTT3-4.3.3-2]", "[D1]"; at least one
  mqtt::Version version{};           // of clients whose CONNECT names none
  std::vector<Step> steps;
};

// How a test of this conversation is listed by GoogleTest.
void PrintTo(const Conversation& conversation, std::ostream* out);

// Reads all `.mq` files of `folder` and of those in it, in the order of their names. A mistake in
// one ends the program with file and line: a conversation that is not played must not look like one
// that passes.
std::vector<Conversation> ReadConversations(const std::filesystem::path& folder);

}  // namespace tallymq::spec
