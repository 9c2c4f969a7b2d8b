// Lists for programs: one JSON document, or one object a line.

#pragma once

#include <string>
#include <string_view>

#include "record_list.h"

namespace tallymq::tallyctl {

// {"<name>": [record, ...], <rest>}.
class JsonDocument : public RecordList {
 public:
  JsonDocument(Output& output, std::string_view name);
  void Add(const Json& record) override;
  void End(const Json& rest) override;

 private:
  Output& output_;
  bool empty_ = true;
};

class JsonLines : public RecordList {
 public:
  explicit JsonLines(Output& output) : output_(output) {}
  void Add(const Json& record) override;
  void End(const Json& rest) override;

 private:
  Output& output_;
};

}  // namespace tallymq::tallyctl
