// Lists for people.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "record_list.h"

namespace tallymq::tallyctl {

// Columns are as wide as the first `kSampleRows` rows need; later rows that need more are cut on a
// terminal and stick out elsewhere. On a terminal, columns that may be shortened share what the
// others leave of its width. Writes nothing, not even titles, if there is no row.
class Table : public RecordList {
 public:
  static constexpr std::size_t kSampleRows = 1000;
  // A column is not shortened below this. Columns of the terminal.
  static constexpr std::size_t kShortest = 8;

  // Each line begins `indent` columns in.
  Table(Output& output, std::vector<Column> columns, std::size_t indent = 0);
  void Add(const Json& record) override;
  void End(const Json& rest) override;
  // As `End`, where no JSON document is in sight.
  void End();

 private:
  using Row = std::vector<Cell>;

  void Begin();  // decides the widths, writes titles and sample
  void ShrinkToTerminal();
  void Write(const Row& row);

  Output& output_;
  std::vector<Column> columns_;
  std::size_t indent_;
  std::vector<std::size_t> widths_;
  std::vector<Row> sample_;
  bool begun_ = false;
};

}  // namespace tallymq::tallyctl
