// See output.h.

#include "output.h"

namespace tallymq::tallyctl {
namespace {

const char* Sequence(Colour colour) {
  switch (colour) {
    case Colour::kBold:
      return "\x1b[1m";
    case Colour::kDim:
      return "\x1b[2m";
    case Colour::kGreen:
      return "\x1b[32m";
    case Colour::kYellow:
      return "\x1b[33m";
    case Colour::kRed:
      return "\x1b[31m";
    case Colour::kNone:
      break;
  }
  return "";
}

}  // namespace

std::string Painted(const Output& output, std::string_view text, Colour colour) {
  if (!output.colours || colour == Colour::kNone || text.empty()) return std::string(text);
  std::string painted = Sequence(colour);
  painted += text;
  painted += "\x1b[0m";
  return painted;
}

std::string Compact(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Pretty(const Json& value, std::size_t indent) {
  const std::string text = value.dump(2, ' ', false, Json::error_handler_t::replace);
  std::string shifted;
  shifted.reserve(text.size() + text.size() / 4);
  for (const char c : text) {  // A line feed within a string is written as \n.
    shifted += c;
    if (c == '\n') shifted.append(indent, ' ');
  }
  return shifted;
}

}  // namespace tallymq::tallyctl
