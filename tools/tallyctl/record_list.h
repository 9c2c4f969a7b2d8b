// A list of records of one kind, written while it is made: as a table, as one JSON document or as
// JSON lines. However long the list, only the table's first rows are kept in memory.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "output.h"

namespace tallymq::tallyctl {

// A cell of a table: what it says, as `Printable` returns it.
struct Cell {
  std::string text;
  Colour colour = Colour::kNone;
};

// One column of the table; JSON has all members of a record anyway.
struct Column {
  enum class Fit : std::uint8_t {
    kLeft,
    kRight,
    kShorten,  // to the left; gives way when the terminal is too narrow
  };
  std::string title;
  Fit fit = Fit::kLeft;
  std::function<Cell(const Json&)> cell;
};

class RecordList {
 public:
  virtual ~RecordList() = default;

  // Writes `record`, an object, or keeps it for a while.
  virtual void Add(const Json& record) = 0;
  // Ends the list. Members of the object `rest` follow it in the JSON document; the other forms
  // have no place for them. Called once, last.
  virtual void End(const Json& rest) = 0;
};

// A list for `output`, which it must not outlive. `name` is its member in the JSON document.
std::unique_ptr<RecordList> MakeRecordList(Output& output, std::string_view name,
                                           std::vector<Column> columns);

}  // namespace tallymq::tallyctl
