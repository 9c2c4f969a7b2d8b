// Scripts that teach a shell the commands and options of tallyctl.

#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

namespace tallymq::tallyctl {

// The script for `shell`, "bash" or "zsh", made from the commands that `app` declares.
std::string CompletionScript(const CLI::App& app, std::string_view shell);

}  // namespace tallymq::tallyctl
