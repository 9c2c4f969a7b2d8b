// Where a command writes, and in which form.

#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <string_view>

namespace tallymq::tallyctl {

// Members keep the order in which they were added: a document reads the same each time.
using Json = nlohmann::ordered_json;

enum class Format : std::uint8_t {
  kTable,      // for people
  kJson,       // one document
  kJsonLines,  // one object a line
};

enum class Colour : std::uint8_t { kNone, kBold, kDim, kGreen, kYellow, kRed };

// Outlives all that writes to it. `out` gets what was asked for, `err` sentences for people.
struct Output {
  std::ostream& out;
  std::ostream& err;
  Format format = Format::kTable;
  std::size_t width = 0;  // columns of the terminal that `out` is; 0: as wide as it takes
  bool colours = false;   // in tables on `out`
  bool progress = false;  // `err` is a terminal: a bar may be drawn
};

// `text` in `colour`, if `output` has colours.
std::string Painted(const Output& output, std::string_view text, Colour colour);

// `value` as one line; bytes that are no UTF-8 become U+FFFD.
std::string Compact(const Json& value);
// `value` over several lines, each after the first `indent` columns in.
std::string Pretty(const Json& value, std::size_t indent);

}  // namespace tallymq::tallyctl
