// See completion.h.

#include "completion.h"

#include <fmt/format.h>

namespace tallymq::tallyctl {
namespace {

constexpr std::string_view kScript =
    R"(# Completion of tallyctl. Load it with: source <(tallyctl completion {shell})
{prelude}_tallyctl() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} command='' words='' word
  COMPREPLY=()
  case $previous in
    --store) COMPREPLY=($(compgen -d -- "$current")); return ;;
    -o | --output) COMPREPLY=($(compgen -W 'table json jsonl' -- "$current")); return ;;
    completion) COMPREPLY=($(compgen -W 'bash zsh' -- "$current")); return ;;
    --color) COMPREPLY=($(compgen -W 'auto always never' -- "$current")); return ;;
  esac
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$command $word" in
      {steps}) command="$command $word" ;;
    esac
  done
  if [[ $command == ' passwd' && $current != -* ]]; then
    COMPREPLY=($(compgen -f -- "$current"))
    return
  fi
  case $command in
{cases}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -F _tallyctl tallyctl
)";

// Adds `app`, reached by the words `path` (each with a space before it), and what is below it.
void Collect(const CLI::App& app, const std::string& path, std::string& steps, std::string& cases) {
  std::string words;
  for (const CLI::App* command : app.get_subcommands({})) {
    words += command->get_name() + ' ';
    const std::string below = path + ' ' + command->get_name();
    if (!steps.empty()) steps += " | ";
    steps += fmt::format("'{}'", below);
    Collect(*command, below, steps, cases);
  }
  // Options of the commands above count here as well.
  for (const CLI::App* from = &app; from != nullptr; from = from->get_parent()) {
    for (const CLI::Option* option : from->get_options()) {
      if (option->get_lnames().empty() || (from != &app && option == from->get_help_ptr())) {
        continue;
      }
      words += "--" + option->get_lnames().front() + ' ';
    }
  }
  words.pop_back();
  cases += fmt::format("    '{}') words='{}' ;;\n", path, words);
}

}  // namespace

std::string CompletionScript(const CLI::App& app, std::string_view shell) {
  std::string steps;
  std::string cases;
  Collect(app, "", steps, cases);
  const std::string_view prelude =
      shell == "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : "";
  return fmt::format(fmt::runtime(kScript), fmt::arg("shell", shell), fmt::arg("prelude", prelude),
                     fmt::arg("steps", steps), fmt::arg("cases", cases));
}

}  // namespace tallymq::tallyctl
