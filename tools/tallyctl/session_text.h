// A session for people: everything about it on a screen, in words.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "output.h"
#include "record_list.h"

namespace tallymq::tallyctl {

// Writes each session that it is given, as `session show` makes it, as a block of text.
std::unique_ptr<RecordList> MakeSessionText(Output& output);

// Of a session summary: "2025-11-30 08:15:04 UTC", or nothing if it is connected or nobody knows.
std::optional<std::string> OfflineSince(const Json& session);
// "3.1.1".
std::string ProtocolText(const Json& session);
// Exchanges that have begun or may have, of the member `outgoing` of a session.
std::uint64_t InFlight(const Json& outgoing);

}  // namespace tallymq::tallyctl
