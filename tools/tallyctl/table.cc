// See table.h.

#include "table.h"

#include <algorithm>
#include <numeric>

#include "text.h"

namespace tallymq::tallyctl {
namespace {

constexpr std::size_t kGap = 2;  // columns of the terminal between two of the table

}  // namespace

Table::Table(Output& output, std::vector<Column> columns, std::size_t indent)
    : output_(output), columns_(std::move(columns)), indent_(indent) {}

void Table::Add(const Json& record) {
  Row row;
  row.reserve(columns_.size());
  for (const Column& column : columns_) row.push_back(column.cell(record));
  if (begun_) {
    Write(row);
    return;
  }
  sample_.push_back(std::move(row));
  if (sample_.size() == kSampleRows) Begin();
}

void Table::End(const Json&) { End(); }

void Table::End() {
  if (!begun_ && !sample_.empty()) Begin();
}

void Table::Begin() {
  begun_ = true;
  Row titles;
  for (const Column& column : columns_) {
    titles.push_back({column.title, Colour::kBold});
    widths_.push_back(DisplayWidth(column.title));
  }
  for (const Row& row : sample_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths_[i] = std::max(widths_[i], DisplayWidth(row[i].text));
    }
  }
  if (output_.width > 0) ShrinkToTerminal();
  Write(titles);
  for (const Row& row : sample_) Write(row);
  std::vector<Row>().swap(sample_);
}

void Table::ShrinkToTerminal() {
  const std::size_t around = indent_ + kGap * (columns_.size() - 1);
  std::size_t total = std::accumulate(widths_.begin(), widths_.end(), around);
  // The widest gives way first, one column at a time: short ones stay whole.
  while (total > output_.width) {
    std::size_t* widest = nullptr;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].fit != Column::Fit::kShorten || widths_[i] <= kShortest) continue;
      if (widest == nullptr || widths_[i] > *widest) widest = &widths_[i];
    }
    if (widest == nullptr) return;
    --*widest;
    --total;
  }
}

void Table::Write(const Row& row) {
  std::string line(indent_, ' ');
  for (std::size_t i = 0; i < row.size(); ++i) {
    const Column::Fit fit = columns_[i].fit;
    std::string text = row[i].text;
    if (output_.width > 0 && fit == Column::Fit::kShorten) text = Shortened(text, widths_[i]);
    const std::size_t width = DisplayWidth(text);
    const std::string padding(widths_[i] > width ? widths_[i] - width : 0, ' ');
    if (i > 0) line.append(kGap, ' ');
    if (fit == Column::Fit::kRight) line += padding;
    line += Painted(output_, text, row[i].colour);
    if (fit != Column::Fit::kRight && i + 1 < row.size()) line += padding;
  }
  output_.out << line << '\n';
}

}  // namespace tallymq::tallyctl
