#include "trace.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

namespace tallymq::crash {

namespace {

// A line without its thread number; `text` is all behind it.
struct Line {
  int thread = 0;
  std::string_view text;
};

std::optional<Line> SplitThread(std::string_view line) {
  Line split;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), split.thread);
  if (error != std::errc{}) return std::nullopt;
  split.text = line.substr(static_cast<std::size_t>(end - line.data()));
  const std::size_t begin = split.text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return std::nullopt;
  split.text.remove_prefix(begin);
  return split;
}

// Appends the bytes of all string arguments "\x41\x42" of `text`. Names of files have none: they
// stand in angle brackets.
void AppendStrings(std::string_view text, std::string& bytes) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      inside = !inside;
    } else if (inside && text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x') {
      bytes.push_back(static_cast<char>(digit(text[i + 2]) << 4 | digit(text[i + 3])));
      i += 3;
    }
  }
}

std::string Unescaped(std::string_view text) {
  if (text.find("\\x") == std::string_view::npos) return std::string(text);
  std::string plain;
  AppendStrings("\"" + std::string(text) + "\"", plain);
  return plain;
}

std::optional<Call::Kind> KindOf(std::string_view name, bool socket) {
  if (name == "fsync" || name == "fdatasync") return Call::Kind::kSync;
  const bool reads = name.starts_with("read") || name.starts_with("recv");
  if (socket) return reads ? Call::Kind::kSocketRead : Call::Kind::kSocketWrite;
  if (reads) return std::nullopt;
  return Call::Kind::kFileWrite;
}

// Reads a whole call: `name(fd<file>, ...) = result`.
std::optional<Call> ParseCall(std::string_view text) {
  const std::size_t open = text.find('(');
  const std::size_t equals = text.rfind(" = ");
  if (open == std::string_view::npos || equals == std::string_view::npos) return std::nullopt;
  std::int64_t result = -1;
  std::from_chars(text.data() + equals + 3, text.data() + text.size(), result);
  if (result < 0) return std::nullopt;
  const std::string_view arguments = text.substr(open + 1, equals - open - 1);
  Call call{};
  const auto fd = std::from_chars(arguments.data(), arguments.data() + arguments.size(), call.fd);
  if (fd.ec != std::errc{}) return std::nullopt;
  // "->" stands in the name of a connection, so its end is the bracket before the comma or
  // parenthesis.
  const auto name_begin = static_cast<std::size_t>(fd.ptr - arguments.data()) + 1;
  const std::size_t name_end = std::min(arguments.find(">,"), arguments.find(">)"));
  if (name_end == std::string_view::npos || name_end < name_begin) return std::nullopt;
  call.file = Unescaped(arguments.substr(name_begin, name_end - name_begin));
  const auto kind = KindOf(text.substr(0, open), call.file.starts_with("TCP"));
  if (!kind) return std::nullopt;
  call.kind = *kind;
  if (call.kind == Call::Kind::kSocketRead || call.kind == Call::Kind::kSocketWrite) {
    AppendStrings(arguments.substr(name_end), call.bytes);
    call.bytes.resize(std::min(call.bytes.size(), static_cast<std::size_t>(result)));
  }
  return call;
}

}  // namespace

std::vector<Call> ParseTrace(std::string_view text) {
  constexpr std::string_view kUnfinished = " <unfinished ...>";
  constexpr std::string_view kResumed = " resumed>";
  struct Begun {
    std::string text;
    std::uint64_t line;
  };
  std::map<int, Begun> begun;
  std::vector<Call> calls;
  std::uint64_t number = 0;
  while (!text.empty()) {
    const std::size_t size = std::min(text.find('\n'), text.size());
    const auto line = SplitThread(text.substr(0, size));
    text.remove_prefix(std::min(size + 1, text.size()));
    ++number;
    if (!line) continue;
    if (line->text.ends_with(kUnfinished)) {
      begun[line->thread] = {
          std::string(line->text.substr(0, line->text.size() - kUnfinished.size())), number};
      continue;
    }
    std::string whole(line->text);
    std::uint64_t begin = number;
    if (line->text.starts_with("<... ")) {
      const auto first = begun.find(line->thread);
      const std::size_t resumed = line->text.find(kResumed);
      if (first == begun.end() || resumed == std::string_view::npos) continue;
      whole = first->second.text + std::string(line->text.substr(resumed + kResumed.size()));
      begin = first->second.line;
      begun.erase(first);
    }
    if (auto call = ParseCall(whole)) {
      call->begin = begin;
      call->end = number;
      calls.push_back(std::move(*call));
    }
  }
  std::stable_sort(calls.begin(), calls.end(),
                   [](const Call& a, const Call& b) { return a.begin < b.begin; });
  return calls;
}

}  // namespace tallymq::crash
