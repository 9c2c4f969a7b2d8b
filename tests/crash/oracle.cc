#include "oracle.h"

#include <algorithm>

namespace tallymq::crash {

Inbox& Oracle::AddInbox(std::string name) {
  inboxes_.push_back(std::make_unique<Inbox>(
      std::move(name), qos_, streams_.size(),
      [this](StreamId stream, std::uint64_t number) { return Transmissions(stream, number); },
      [this](StreamId stream, std::uint64_t number) { return sent_behind(stream, number); },
      faults_));
  return *inboxes_.back();
}

void Oracle::Resent(StreamId stream, std::uint64_t number) {
  ++streams_[stream.value()].resent[number];
}

void Oracle::SentBehind(StreamId stream, std::uint64_t number, std::uint64_t before) {
  std::uint64_t& known = streams_[stream.value()].sent_behind[number];
  known = std::max(known, before);
}

std::uint64_t Oracle::sent_behind(StreamId stream, std::uint64_t number) const {
  const auto& behind = streams_[stream.value()].sent_behind;
  const auto found = behind.find(number);
  return found == behind.end() ? 0 : found->second;
}

void Oracle::Accepted(StreamId id, std::uint64_t number) {
  Stream& stream = streams_[id.value()];
  stream.accepted = std::max(stream.accepted, number);
  ++accepted_;
}

std::uint32_t Oracle::Transmissions(StreamId id, std::uint64_t number) const {
  if (id.value() >= streams_.size()) return 0;
  const Stream& stream = streams_[id.value()];
  if (number == 0 || number > stream.published) return 0;
  const auto resent = stream.resent.find(number);
  return 1 + (resent == stream.resent.end() ? 0 : resent->second);
}

std::uint64_t Oracle::Backlog(const Inbox& inbox) const {
  std::uint64_t expected = 0;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const std::uint64_t from = inbox.from(StreamId{static_cast<std::uint32_t>(i)});
    if (from != 0 && streams_[i].accepted >= from) expected += streams_[i].accepted - from + 1;
  }
  return expected > inbox.arrived() ? expected - inbox.arrived() : 0;
}

std::uint64_t Oracle::published() const {
  std::uint64_t sum = 0;
  for (const Stream& stream : streams_) sum += stream.published;
  return sum;
}

void Oracle::End() {
  for (const auto& inbox : inboxes_) {
    inbox->End([this](StreamId stream) { return streams_[stream.value()].accepted; });
  }
}

}  // namespace tallymq::crash
