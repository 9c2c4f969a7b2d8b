// See passwd_commands.h.

#include "passwd_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "record_list.h"
#include "tallymq/auth/credentials.h"
#include "tallymq/auth/credentials_file.h"
#include "tallymq/auth/random_bytes.h"
#include "text.h"

namespace tallymq::tallyctl {
namespace {

using Users = auth::Credentials::Users;

ExitCode Fail(Output& output, ExitCode code, std::string_view sentence) {
  output.err << "tallyctl: " << Printable(sentence) << '\n';
  return code;
}

std::optional<Users> ParseUsers(std::string_view text, const std::string& file, Output& output) {
  auto users = auth::Credentials::Parse(text, file);
  if (users) return std::move(*users);
  for (const std::string& error : users.error()) Fail(output, ExitCode::kFinding, error);
  return std::nullopt;
}

ExitCode List(const std::string& path, Output& output) {
  const auto file = auth::ReadCredentialsFile(path);
  if (!file) return Fail(output, ExitCode::kUnreachable, file.error());
  const auto users = ParseUsers(file->text, path, output);
  if (!users) return ExitCode::kFinding;
  const auto list = MakeRecordList(
      output, "users",
      {{"USER", Column::Fit::kShorten,
        [](const Json& u) { return Cell{Printable(u["user"].get<std::string>())}; }},
       {"MECHANISM", Column::Fit::kLeft,
        [](const Json& u) { return Cell{u["mechanism"].get<std::string>()}; }},
       {"ITERATIONS", Column::Fit::kRight,
        [](const Json& u) { return Cell{std::to_string(u["iterations"].get<std::uint64_t>())}; }}});
  for (const auto& [name, verifier] : *users) {
    list->Add(
        {{"user", name}, {"mechanism", auth::kScramSha256}, {"iterations", verifier.iterations}});
  }
  list->End(Json::object());
  if (output.format == Format::kTable && users->empty()) output.out << "The file has no users.\n";
  if (file->open_to_others) {
    Fail(output, ExitCode::kOk,
         path +
             ": everyone on this machine may read it, and try passwords against it; its owner "
             "should take that away: chmod o= " +
             path);
  }
  return ExitCode::kOk;
}

// The password, or, after it has been said why, nothing.
std::optional<std::string> TakePassword(const PasswdOptions& options, const PasswordSource& source,
                                        Output& output) {
  std::string password;
  if (options.from_stdin) {
    if (!std::getline(*source.in, password)) {
      Fail(output, ExitCode::kFinding, "there is no line with a password on the standard input");
      return std::nullopt;
    }
  } else {
    const auto first = source.ask(fmt::format("Password of {}: ", Printable(options.user)));
    const auto again = first ? source.ask("The same again: ") : std::nullopt;
    if (!again) {
      Fail(output, ExitCode::kFinding,
           "there is no terminal to ask for the password; --stdin takes it from a pipe");
      return std::nullopt;
    }
    if (*first != *again) {
      Fail(output, ExitCode::kFinding, "the two passwords differ; nothing was changed");
      return std::nullopt;
    }
    password = *first;
  }
  if (const std::string_view why = auth::WhyNoPassword(password); !why.empty()) {
    Fail(output, ExitCode::kFinding, fmt::format("{}; nothing was changed", why));
    return std::nullopt;
  }
  return password;
}

// `text` with `line` in place of the line of `user`, or behind all; without it if `line` is empty.
// Everything else stays to the byte.
std::string Replaced(std::string_view text, std::string_view user, std::string_view line) {
  std::string result;
  bool found = false;
  while (!text.empty()) {
    const std::size_t size = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::string_view old = text.substr(0, size);
    text.remove_prefix(size);
    found = old.size() > user.size() && old.starts_with(user) && old[user.size()] == ':';
    if (!found) {
      result += old;
      continue;
    }
    result += line;
    break;
  }
  result += text;
  if (found || line.empty()) return result;
  if (!result.empty() && result.back() != '\n') result += '\n';
  return result += line;
}

ExitCode Change(const PasswdOptions& options, const PasswordSource& source, Output& output) {
  if (const std::string_view why = auth::WhyNoUserName(options.user); !why.empty()) {
    return Fail(output, ExitCode::kUsage, fmt::format("{} (see `tallyctl passwd --help`)", why));
  }
  // A person types before the file is locked, and not in vain.
  if (const auto file = auth::ReadCredentialsFile(options.file);
      file && !ParseUsers(file->text, options.file, output)) {
    return ExitCode::kFinding;
  }
  std::string line;
  if (!options.remove) {
    const auto password = TakePassword(options, source, output);
    if (!password) return ExitCode::kFinding;
    line = options.user + ":" +
           auth::ScramVerifier::Derive(*password, auth::RandomBytes(auth::kSaltBytes),
                                       options.iterations)
               .ToText() +
           "\n";
  }
  auto edit = auth::CredentialsEdit::Begin(options.file);
  if (!edit) return Fail(output, ExitCode::kUnreachable, edit.error());
  const auto users = ParseUsers(edit->text(), options.file, output);
  if (!users) return ExitCode::kFinding;
  const bool there = users->contains(options.user);
  if (options.remove && !there) {
    return Fail(output, ExitCode::kFinding,
                fmt::format("{} has no user \"{}\"", options.file, options.user));
  }
  const auto written = edit->Commit(Replaced(edit->text(), options.user, line));
  if (!written) return Fail(output, ExitCode::kUnreachable, written.error());

  const char* const change = options.remove ? "removed" : there ? "changed" : "added";
  const Json record = {{"user", options.user}, {"change", change}};
  switch (output.format) {
    case Format::kTable:
      output.out << fmt::format("{} {}.\n", Printable(options.user), change);
      break;
    case Format::kJson:
      output.out << Pretty(record, 0) << '\n';
      break;
    case Format::kJsonLines:
      output.out << Compact(record) << '\n';
      break;
  }
  return ExitCode::kOk;
}

}  // namespace

ExitCode Passwd(const PasswdOptions& options, const PasswordSource& source, Output& output) {
  return options.user.empty() ? List(options.file, output) : Change(options, source, output);
}

}  // namespace tallymq::tallyctl
