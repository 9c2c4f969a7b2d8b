// Topics and payloads of the crash test: a payload says which message it is, and its length and
// bytes follow from that, so that a damaged one is noticed.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "inbox.h"

namespace tallymq::crash {

struct MessageName {
  StreamId stream;
  std::uint64_t number = 0;
};

// "crash/p<publisher>/t<topic>".
std::string TopicOf(std::uint32_t publisher, std::uint32_t topic);

// Writes the payload of message `name` to `out`: 20 to 220 bytes, every 64th message 4 KiB.
void WritePayload(const MessageName& name, std::string& out);

// The message that `payload` is, or nothing if it is damaged.
std::optional<MessageName> ReadPayload(std::string_view payload);
// The message that a payload with these first bytes, 20 or more, says to be.
std::optional<MessageName> ReadName(std::string_view begin);

}  // namespace tallymq::crash
