// A line from whoever sits at the terminal, not shown while it is typed.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tallymq::tallyctl {

// Writes `prompt` to the terminal of this process, wherever its output goes, and reads a line from
// it. A signal that ends the process meanwhile leaves the terminal as it was. Nothing if there is
// no terminal, or no line comes.
std::optional<std::string> AskSecret(std::string_view prompt);

}  // namespace tallymq::tallyctl
