#include "wire.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "tallymq/base/assert.h"

namespace tallymq::mqtt {
namespace {

unsigned Digit(char digit) {
  TALLYMQ_ASSERT(std::isxdigit(static_cast<unsigned char>(digit)) != 0);
  if (digit <= '9') return static_cast<unsigned>(digit - '0');
  return static_cast<unsigned>(std::toupper(digit) - 'A') + 10;
}

}  // namespace

std::string Wire(std::string_view notation) {
  std::string bytes;
  for (std::size_t at = 0; at < notation.size();) {
    if (notation[at] == ' ') {
      ++at;
    } else if (notation[at] == '\'') {
      const std::size_t end = notation.find('\'', at + 1);
      TALLYMQ_ASSERT(end != std::string_view::npos);
      bytes.append(notation.substr(at + 1, end - at - 1));
      at = end + 1;
    } else {
      TALLYMQ_ASSERT(at + 1 < notation.size());
      bytes.push_back(static_cast<char>(Digit(notation[at]) << 4 | Digit(notation[at + 1])));
      at += 2;
    }
  }
  return bytes;
}

std::string Hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const char byte : bytes) {
    if (!text.empty()) text.push_back(' ');
    text.push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
    text.push_back(kDigits[static_cast<unsigned char>(byte) & 0xF]);
  }
  return text;
}

ExactCopy::ExactCopy(std::string_view bytes) : data_(new char[bytes.size()]), size_(bytes.size()) {
  std::copy(bytes.begin(), bytes.end(), data_.get());
}

std::string Describe(const Packet& packet) {
  constexpr std::array<const char*, 15> kNames = {
      "CONNECT",  "CONNACK", "PUBLISH",   "PUBACK",     "PUBREC",
      "PUBREL",   "PUBCOMP", "SUBSCRIBE", "SUBACK",     "UNSUBSCRIBE",
      "UNSUBACK", "PINGREQ", "PINGRESP",  "DISCONNECT", "AUTH"};
  std::string text = kNames[packet.index()];
  std::string bytes;
  Encode(packet, Version::k50, bytes);  // it has a place for everything
  return text + ' ' + Hex(bytes);
}

std::string Describe(const DecodeResult& result) {
  if (const auto* decoded = std::get_if<Decoded>(&result)) {
    return Describe(decoded->packet) + ", consumed " + std::to_string(decoded->consumed);
  }
  if (const auto* more = std::get_if<NeedMore>(&result)) {
    return "needs more, total " + std::to_string(more->total);
  }
  const auto& error = std::get<DecodeError>(result);
  return "error " + std::string(Name(error.reason)) + ' ' + Tag(error) + " at " +
         std::to_string(error.offset) + ": " + std::string(error.what);
}

std::string Tag(const DecodeError& error) { return '[' + std::string(error.clause) + ']'; }

std::string Rewritten(Properties properties) {
  std::string out;
  PropertyWriter writer(out);
  for (const Property& property : PropertyRange(properties)) {
    switch (TypeOf(property.id)) {
      case PropertyType::kUtf8String:
      case PropertyType::kBinaryData:
        writer.Add(property.id, property.text);
        break;
      case PropertyType::kUtf8StringPair:
        writer.AddUserProperty(property.name, property.text);
        break;
      default:
        writer.Add(property.id, property.number);
    }
  }
  return out;
}

TopicName Name(std::string_view text) {
  const auto name = TopicName::Parse(text);
  TALLYMQ_ASSERT(name);
  return *name;
}

TopicFilter Filter(std::string_view text) {
  const auto filter = TopicFilter::Parse(text);
  TALLYMQ_ASSERT(filter);
  return *filter;
}

}  // namespace tallymq::mqtt
