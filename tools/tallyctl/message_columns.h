// Columns of a table that several kinds of messages share.

#pragma once

#include <functional>

#include "record_list.h"

namespace tallymq::tallyctl {

// A number; "-" where the record lacks it.
std::function<Cell(const Json&)> NumberIn(const char* name);
// "-" where the record lacks it.
Column TopicColumn();
// The text, or "base64:…"; "-" where the record lacks it.
Column PayloadColumn();
// The same as `PayloadColumn` has it, for one record.
Cell PayloadCell(const Json& record);

}  // namespace tallymq::tallyctl
