// A message's topic and payload as JSON, the same wherever a message is shown.

#pragma once

#include "output.h"
#include "tallymq/storage/message.h"

namespace tallymq::tallyctl {

// Adds `topic`, `expiry_s`, `properties` and `payload_bytes`; with `payload` also
// `payload_encoding` and `payload`: the text as it is ("utf-8"), anything else in "base64".
void AddBody(Json& object, const storage::Message& message, bool payload);

}  // namespace tallymq::tallyctl
