#include "paho_event.h"

#include <charconv>

namespace tallymq::crash {

namespace {

using Kind = PahoEvent::Kind;

struct Word {
  std::string_view text;
  Kind kind;
};
constexpr Word kWords[] = {
    {"trace", Kind::kTrace},
    {"connected", Kind::kConnected},
    {"connect-failed", Kind::kConnectFailed},
    {"lost", Kind::kLost},
    {"disconnected", Kind::kDisconnected},
    {"subscribed", Kind::kSubscribed},
    {"subscribe-failed", Kind::kSubscribeFailed},
    {"taken", Kind::kTaken},
    {"message", Kind::kMessage},
    {"delivered", Kind::kDelivered},
    {"send-failed", Kind::kSendFailed},
    {"refused", Kind::kRefused},
};

std::string_view TakeWord(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size() < text.size() ? word.size() + 1 : word.size());
  return word;
}

int TakeNumber(std::string_view& text) {
  const std::string_view word = TakeWord(text);
  int number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

}  // namespace

std::optional<PahoEvent> ParsePahoEvent(std::string_view line) {
  const std::string_view name = TakeWord(line);
  for (const Word& word : kWords) {
    if (name != word.text) continue;
    PahoEvent event{.kind = word.kind, .text = line};
    if (word.kind == Kind::kTrace || word.kind == Kind::kRefused) return event;
    event.number = TakeNumber(line);
    if (word.kind != Kind::kMessage) return event;
    event.qos = TakeNumber(line);
    event.dup = TakeNumber(line) != 0;
    event.retained = TakeNumber(line) != 0;
    event.topic = TakeWord(line);
    event.text = line;
    return event;
  }
  return std::nullopt;
}

}  // namespace tallymq::crash
