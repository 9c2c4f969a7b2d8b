#include "utf8.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace tallymq::mqtt {
namespace {

// Eight bytes that all are `byte`.
constexpr std::uint64_t Repeat(std::uint8_t byte) { return 0x0101'0101'0101'0101u * byte; }

// Returns true if one of the eight bytes is 0.
constexpr bool HasZeroByte(std::uint64_t word) {
  return ((word - Repeat(0x01)) & ~word & Repeat(0x80)) != 0;
}

// '#' (0x23) and '+' (0x2B) differ in one bit, so one comparison finds both.
constexpr std::uint8_t kWildcardBit = '#' ^ '+';
static_assert(kWildcardBit == 0x08);

template <Wildcards kWildcards>
bool AllPlain(std::uint64_t word) {
  if ((word & Repeat(0x80)) != 0 || HasZeroByte(word)) return false;
  return kWildcards == Wildcards::kAllowed ||
         !HasZeroByte((word | Repeat(kWildcardBit)) ^ Repeat('+'));
}

constexpr bool Between(std::uint8_t byte, std::uint8_t first, std::uint8_t last) {
  return byte >= first && byte <= last;
}

// Length of the well-formed character of more than one byte at `at`, or 0. The ranges are those of
// the Unicode standard, table 3-7: they leave out over-long forms, surrogates and all above
// U+10FFFF.
std::size_t MultiByteLength(const std::uint8_t* at, std::size_t left) {
  const std::uint8_t lead = at[0];
  if (Between(lead, 0xC2, 0xDF)) {
    return left >= 2 && Between(at[1], 0x80, 0xBF) ? 2 : 0;
  }
  if (Between(lead, 0xE0, 0xEF)) {
    const std::uint8_t first = lead == 0xE0 ? 0xA0 : 0x80;
    const std::uint8_t last = lead == 0xED ? 0x9F : 0xBF;
    return left >= 3 && Between(at[1], first, last) && Between(at[2], 0x80, 0xBF) ? 3 : 0;
  }
  if (Between(lead, 0xF0, 0xF4)) {
    const std::uint8_t first = lead == 0xF0 ? 0x90 : 0x80;
    const std::uint8_t last = lead == 0xF4 ? 0x8F : 0xBF;
    return left >= 4 && Between(at[1], first, last) && Between(at[2], 0x80, 0xBF) &&
                   Between(at[3], 0x80, 0xBF)
               ? 4
               : 0;
  }
  return 0;
}

}  // namespace

template <Wildcards kWildcards>
std::size_t ValidPrefix(std::string_view text) {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const std::size_t size = text.size();
  std::size_t at = 0;
  while (at < size) {
    std::uint64_t word = 0;
    if (size >= sizeof word) {
      // The last bytes are looked at together with some before them.
      const std::size_t begin = std::min(at, size - sizeof word);
      std::memcpy(&word, bytes + begin, sizeof word);
      if (AllPlain<kWildcards>(word)) {
        at = begin + sizeof word;
        continue;
      }
    }
    // One character, then another try with eight.
    const std::uint8_t byte = bytes[at];
    if (byte < 0x80) {
      if (byte == 0) break;
      if (kWildcards == Wildcards::kForbidden && (byte | kWildcardBit) == '+') break;
      ++at;
    } else {
      const std::size_t length = MultiByteLength(bytes + at, size - at);
      if (length == 0) break;
      at += length;
    }
  }
  return at;
}

template std::size_t ValidPrefix<Wildcards::kAllowed>(std::string_view text);
template std::size_t ValidPrefix<Wildcards::kForbidden>(std::string_view text);

}  // namespace tallymq::mqtt
