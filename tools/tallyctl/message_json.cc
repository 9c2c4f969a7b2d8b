// See message_json.h.

#include "message_json.h"

#include <string>

#include "text.h"

namespace tallymq::tallyctl {

void AddBody(Json& object, const storage::Message& message, bool payload) {
  object["topic"] = message.topic();
  const std::string_view bytes = message.payload();
  object["payload_bytes"] = bytes.size();
  if (!payload) return;
  const bool text = IsText(bytes);
  object["payload_encoding"] = text ? "utf-8" : "base64";
  object["payload"] = text ? std::string(bytes) : Base64(bytes);
}

}  // namespace tallymq::tallyctl
