// A bar that grows on one line of a terminal and is gone at the end.

#pragma once

#include <ostream>

namespace tallymq::tallyctl {

class ProgressBar {
 public:
  // Draws on `err`; not at all unless `shown`.
  ProgressBar(std::ostream& err, bool shown) : err_(err), shown_(shown) {}
  ~ProgressBar() { Clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // `share` is 0..1. Draws only when a percent has passed.
  void Set(double share);
  // Takes the bar away, so that something else can be written.
  void Clear();

 private:
  std::ostream& err_;
  bool shown_;
  int percent_ = -1;  // as drawn; -1: nothing is
};

}  // namespace tallymq::tallyctl
