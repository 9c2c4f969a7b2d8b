// Bytes of strangers made fit for a terminal and for JSON: client identifiers, topics and payloads
// come from anybody, and a terminal obeys control characters.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tallymq::tallyctl {

// True if `bytes` is UTF-8 without control characters other than tab, line feed and carriage
// return: what a person would call text.
bool IsText(std::string_view bytes);

// `bytes` on one line, harmless: control characters, characters that change the direction of
// writing and bytes that are no UTF-8 as \t, \n, \u202e, \x1b; a backslash stays as it is.
std::string Printable(std::string_view bytes);

// Columns of a terminal that `text`, as `Printable` returns it, takes.
std::size_t DisplayWidth(std::string_view text);

// `text`, as `Printable` returns it, cut to `width` columns, ending in "…" if something was cut.
// Requires width > 0.
std::string Shortened(std::string_view text, std::size_t width);

// RFC 4648, with padding.
std::string Base64(std::string_view bytes);

// "2025-11-30T08:15:04.250Z" from milliseconds since 1970-01-01 UTC.
std::string IsoTime(std::uint64_t unix_ms);

// "2025-11-30 08:15:04 UTC" from the same.
std::string ReadableTime(std::uint64_t unix_ms);

// "12,345,678".
std::string WithThousands(std::uint64_t number);

// "11.8 MiB (12,345,678 bytes)"; "512 bytes".
std::string ByteSize(std::uint64_t bytes);

// "1 session", "2 sessions", "no sessions".
std::string Counted(std::uint64_t number, std::string_view singular, std::string_view plural);

}  // namespace tallymq::tallyctl
