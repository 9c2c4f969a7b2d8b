// See message_columns.h.

#include "message_columns.h"

#include <string>

#include "text.h"

namespace tallymq::tallyctl {

std::function<Cell(const Json&)> NumberIn(const char* name) {
  return [name](const Json& record) {
    if (!record.contains(name)) return Cell{"-"};
    return Cell{std::to_string(record[name].get<std::uint64_t>())};
  };
}

Column TopicColumn() {
  return {"TOPIC", Column::Fit::kShorten, [](const Json& record) {
            if (!record.contains("topic")) return Cell{"-"};
            return Cell{Printable(record["topic"].get<std::string>())};
          }};
}

Column PayloadColumn() { return {"PAYLOAD", Column::Fit::kShorten, PayloadCell}; }

Cell PayloadCell(const Json& record) {
  if (!record.contains("payload")) return {"-"};
  const auto payload = record["payload"].get<std::string>();
  if (record["payload_encoding"] == "base64") return {"base64:" + payload};
  return {Printable(payload)};
}

}  // namespace tallymq::tallyctl
