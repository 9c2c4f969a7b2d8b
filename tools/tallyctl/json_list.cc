// See json_list.h.

#include "json_list.h"

namespace tallymq::tallyctl {

JsonDocument::JsonDocument(Output& output, std::string_view name) : output_(output) {
  output_.out << "{\n  " << Json(name).dump() << ": [";
}

void JsonDocument::Add(const Json& record) {
  output_.out << (empty_ ? "\n    " : ",\n    ") << Pretty(record, 4);
  empty_ = false;
}

void JsonDocument::End(const Json& rest) {
  output_.out << (empty_ ? "]" : "\n  ]");
  for (const auto& [name, value] : rest.items()) {
    output_.out << ",\n  " << Json(name).dump() << ": " << Pretty(value, 2);
  }
  output_.out << "\n}\n";
}

void JsonLines::Add(const Json& record) { output_.out << Compact(record) << '\n'; }

void JsonLines::End(const Json&) {}

}  // namespace tallymq::tallyctl
