// See message_json.h.

#include "message_json.h"

#include <cctype>
#include <string>

#include "tallymq/mqtt/properties.h"
#include "text.h"

namespace tallymq::tallyctl {

namespace {

// "Content Type" as `content_type`.
std::string MemberName(mqtt::PropertyId id) {
  std::string name(mqtt::Name(id));
  for (char& c : name) c = c == ' ' ? '_' : static_cast<char>(std::tolower(c));
  return name;
}

void AddText(Json& object, const char* name, std::string_view bytes) {
  const bool text = IsText(bytes);
  object[name] = text ? std::string(bytes) : Base64(bytes);
  if (!text) object["encoding"] = "base64";
}

Json PropertiesJson(mqtt::Properties properties) {
  Json list = Json::array();
  if (!mqtt::IsWellFormed(properties)) return list;
  for (const mqtt::Property& property : mqtt::PropertyRange(properties)) {
    Json object;
    object["property"] = MemberName(property.id);
    switch (mqtt::TypeOf(property.id)) {
      case mqtt::PropertyType::kUtf8StringPair:
        object["name"] = property.name;
        AddText(object, "value", property.text);
        break;
      case mqtt::PropertyType::kUtf8String:
      case mqtt::PropertyType::kBinaryData:
        AddText(object, "value", property.text);
        break;
      default:
        object["value"] = property.number;
    }
    list.push_back(std::move(object));
  }
  return list;
}

}  // namespace

void AddBody(Json& object, const storage::Message& message, bool payload) {
  object["topic"] = message.topic();
  object["expiry_s"] = message.expiry_s() ? Json(*message.expiry_s()) : Json(nullptr);
  object["properties"] = PropertiesJson(message.properties());
  const std::string_view bytes = message.payload();
  object["payload_bytes"] = bytes.size();
  if (!payload) return;
  const bool text = IsText(bytes);
  object["payload_encoding"] = text ? "utf-8" : "base64";
  object["payload"] = text ? std::string(bytes) : Base64(bytes);
}

}  // namespace tallymq::tallyctl
