// See progress_bar.h.

#include "progress_bar.h"

#include <fmt/format.h>

#include <algorithm>

namespace tallymq::tallyctl {

void ProgressBar::Set(double share) {
  if (!shown_) return;
  const int percent = static_cast<int>(std::clamp(share, 0.0, 1.0) * 100);
  if (percent == percent_) return;
  percent_ = percent;
  const int filled = percent * 2 / 5;  // of 40
  err_ << fmt::format("\r[{:#<{}}{:.<{}}] {:3} %", "", filled, "", 40 - filled, percent)
       << std::flush;
}

void ProgressBar::Clear() {
  if (percent_ < 0) return;
  percent_ = -1;
  err_ << "\r\x1b[K" << std::flush;
}

}  // namespace tallymq::tallyctl
