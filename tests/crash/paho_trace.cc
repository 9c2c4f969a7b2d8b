#include "paho_trace.h"

#include <algorithm>
#include <charconv>

namespace tallymq::crash {

namespace {

using Type = TracedPacket::Type;

struct Word {
  std::string_view text;
  Type type;
};
constexpr Word kWords[] = {
    {"CONNECT", Type::kConnect}, {"CONNACK", Type::kConnack}, {"PUBLISH", Type::kPublish},
    {"PUBACK", Type::kPuback},   {"PUBREC", Type::kPubrec},   {"PUBREL", Type::kPubrel},
    {"PUBCOMP", Type::kPubcomp},
};

// Cuts the first word off.
std::string_view TakeWord(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size() < text.size() ? word.size() + 1 : word.size());
  return word;
}

// The number behind `label` and what separates the two: "msgid: 5", "msgid 5", "msgid:5".
std::optional<int> NumberBehind(std::string_view text, std::string_view label) {
  std::size_t at = text.find(label);
  if (at == std::string_view::npos) return std::nullopt;
  at = text.find_first_not_of(": ", at + label.size());
  if (at == std::string_view::npos) return std::nullopt;
  int number = 0;
  const auto read = std::from_chars(text.data() + at, text.data() + text.size(), number);
  if (read.ec != std::errc{}) return std::nullopt;
  return number;
}

}  // namespace

std::optional<TracedPacket> ParsePahoTrace(std::string_view line) {
  TracedPacket packet;
  for (int i = 0; i < 3; ++i) TakeWord(line);  // date, time, socket
  packet.client_id = TakeWord(line);
  const std::string_view arrow = TakeWord(line);
  if (arrow != "->" && arrow != "<-") return std::nullopt;
  packet.sent = arrow == "->";
  const std::string_view name = TakeWord(line);
  for (const Word& word : kWords) {
    if (name == word.text) packet.type = word.type;
  }
  // A payload may hold anything: labels are looked for in front of it.
  constexpr std::string_view kPayload = " payload len(";
  const std::size_t head = std::min(line.find(kPayload), line.size());
  if (const std::size_t body = line.find("): ", head); body != std::string_view::npos) {
    packet.payload = line.substr(body + 3);
  }
  const std::string_view labels = line.substr(0, head);
  const auto id = NumberBehind(labels, "msgid");
  if (id && *id > 0 && *id <= 65'535) packet.packet_id = PacketId{static_cast<std::uint16_t>(*id)};
  packet.code = NumberBehind(labels, "rc").value_or(0);
  return packet;
}

}  // namespace tallymq::crash
