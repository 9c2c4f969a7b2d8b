// The table of queue entries, in `queue ls` and `session show`.

#pragma once

#include <vector>

#include "record_list.h"

namespace tallymq::tallyctl {

// Columns of entries as `EntryJson` makes them, or of exchanges in flight. A member that a record
// lacks is a "-".
std::vector<Column> EntryColumns(bool payload);

}  // namespace tallymq::tallyctl
