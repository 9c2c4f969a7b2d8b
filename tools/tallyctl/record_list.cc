// See record_list.h.

#include "record_list.h"

#include "json_list.h"
#include "table.h"

namespace tallymq::tallyctl {

std::unique_ptr<RecordList> MakeRecordList(Output& output, std::string_view name,
                                           std::vector<Column> columns) {
  switch (output.format) {
    case Format::kTable:
      return std::make_unique<Table>(output, std::move(columns));
    case Format::kJson:
      return std::make_unique<JsonDocument>(output, name);
    case Format::kJsonLines:
      return std::make_unique<JsonLines>(output);
  }
  return nullptr;
}

}  // namespace tallymq::tallyctl
