// See text.h.

#include "text.h"

#include <fmt/format.h>
#include <wchar.h>

#include <algorithm>
#include <chrono>

#include "tallymq/mqtt/topic.h"

namespace tallymq::tallyctl {
namespace {

// A character and the bytes it takes. Not valid: one byte that begins no character.
struct Character {
  char32_t code;
  std::size_t size;
  bool valid;
};

std::size_t SizeByLead(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  return 0;
}

// The first character of `bytes`, which is not empty. What is UTF-8, the codec decides.
Character FirstOf(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes[0]);
  if (lead == 0) return {0, 1, true};
  const std::size_t size = SizeByLead(lead);
  if (size == 0 || size > bytes.size() || !mqtt::IsValidUtf8(bytes.substr(0, size))) {
    return {lead, 1, false};
  }
  if (size == 1) return {lead, 1, true};
  char32_t code = lead & (0xFFu >> (size + 1));
  for (const char c : bytes.substr(1, size - 1)) {
    code = (code << 6) | (static_cast<unsigned char>(c) & 0x3Fu);
  }
  return {code, size, true};
}

bool IsControl(char32_t code) { return code < 0x20 || (code >= 0x7F && code < 0xA0); }

// Line and paragraph separators, and what makes text run the other way: a topic could pretend to be
// another one.
bool IsDeceptive(char32_t code) {
  return code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

std::size_t WidthOf(char32_t code) {
  const int width = ::wcwidth(static_cast<wchar_t>(code));
  return width < 0 ? 1 : static_cast<std::size_t>(width);
}

}  // namespace

bool IsText(std::string_view bytes) {
  while (!bytes.empty()) {
    const Character c = FirstOf(bytes);
    const bool space = c.code == '\t' || c.code == '\n' || c.code == '\r';
    if (!c.valid || (IsControl(c.code) && !space)) return false;
    bytes.remove_prefix(c.size);
  }
  return true;
}

std::string Printable(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const Character c = FirstOf(bytes);
    if (c.valid && !IsControl(c.code) && !IsDeceptive(c.code)) {
      text += bytes.substr(0, c.size);
    } else if (c.code == '\n') {
      text += "\\n";
    } else if (c.code == '\r') {
      text += "\\r";
    } else if (c.code == '\t') {
      text += "\\t";
    } else if (c.code < 0x80 || !c.valid) {
      text += fmt::format("\\x{:02x}", static_cast<std::uint32_t>(c.code));
    } else {
      text += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(c.code));
    }
    bytes.remove_prefix(c.size);
  }
  return text;
}

std::size_t DisplayWidth(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character c = FirstOf(text);
    width += WidthOf(c.code);
    text.remove_prefix(c.size);
  }
  return width;
}

std::string Shortened(std::string_view text, std::size_t width) {
  // The longest prefix that leaves a column for the ellipsis, unless all of it fits.
  std::size_t used = 0;
  std::size_t kept_bytes = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    const Character c = FirstOf(rest);
    used += WidthOf(c.code);
    if (used > width) return std::string(text.substr(0, kept_bytes)) + "…";
    rest.remove_prefix(c.size);
    if (used < width) kept_bytes = text.size() - rest.size();
  }
  return std::string(text);
}

std::string Base64(std::string_view bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  while (!bytes.empty()) {
    const std::size_t size = std::min<std::size_t>(bytes.size(), 3);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = (group << 8) | (i < size ? static_cast<unsigned char>(bytes[i]) : 0u);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text += i <= size ? kDigits[(group >> (18 - 6 * i)) & 0x3Fu] : '=';
    }
    bytes.remove_prefix(size);
  }
  return text;
}

std::string IsoTime(std::uint64_t unix_ms) {
  using namespace std::chrono;
  // A damaged record may say anything; beyond the year 9999 there is no form for it.
  constexpr std::uint64_t kMax = 253'402'300'799'999;
  const sys_time<milliseconds> time{
      milliseconds{static_cast<std::int64_t>(std::min(unix_ms, kMax))}};
  const sys_days day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

std::string ReadableTime(std::uint64_t unix_ms) {
  const std::string iso = IsoTime(unix_ms);
  return iso.substr(0, 10) + ' ' + iso.substr(11, 8) + " UTC";
}

std::string WithThousands(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

std::string ByteSize(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} {}", bytes, bytes == 1 ? "byte" : "bytes");
  static constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; size >= 1023.95 && unit + 1 < std::size(kUnits); ++unit) size /= 1024;
  return fmt::format("{:.1f} {} ({} bytes)", size, kUnits[unit], WithThousands(bytes));
}

std::string Counted(std::uint64_t number, std::string_view singular, std::string_view plural) {
  if (number == 0) return fmt::format("no {}", plural);
  return fmt::format("{} {}", WithThousands(number), number == 1 ? singular : plural);
}

}  // namespace tallymq::tallyctl
