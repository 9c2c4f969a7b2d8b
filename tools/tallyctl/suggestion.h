// What somebody who mistyped a word may have meant.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tallymq::tallyctl {

// The one of `words` that is nearest to `typed`, or "" if none is near: more than a third of the
// letters would have to change.
std::string Nearest(std::string_view typed, const std::vector<std::string>& words);

}  // namespace tallymq::tallyctl
