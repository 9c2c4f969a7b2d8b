#include "message_text.h"

#include <fmt/format.h>

#include <charconv>

namespace tallymq::crash {

std::string TopicOf(std::uint32_t publisher, std::uint32_t topic) {
  return fmt::format("crash/p{}/t{}", publisher, topic);
}

void WritePayload(const MessageName& name, std::string& out) {
  out.clear();
  fmt::format_to(std::back_inserter(out), "{} {} ", name.stream.value(), name.number);
  const std::uint64_t mix = (name.number * 0x9E3779B97F4A7C15u) ^ name.stream.value();
  const std::size_t size = name.number % 64 == 0 ? 4096 : 20 + (mix >> 32) % 200;
  while (out.size() < size) out.push_back(static_cast<char>('a' + (mix + out.size()) % 26));
}

std::optional<MessageName> ReadName(std::string_view begin) {
  std::uint32_t stream = 0;
  std::uint64_t number = 0;
  const char* const end = begin.data() + begin.size();
  const auto first = std::from_chars(begin.data(), end, stream);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != ' ') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, number);
  if (second.ec != std::errc{} || second.ptr == end || *second.ptr != ' ') return std::nullopt;
  return MessageName{StreamId{stream}, number};
}

std::optional<MessageName> ReadPayload(std::string_view payload) {
  const std::optional<MessageName> name = ReadName(payload);
  if (!name) return std::nullopt;
  thread_local std::string expected;
  WritePayload(*name, expected);
  if (payload != expected) return std::nullopt;
  return name;
}

}  // namespace tallymq::crash
