#include "inbox.h"

#include <fmt/format.h>

namespace tallymq::crash {

namespace {
constexpr std::uint64_t kPacketIds = 65'535;
}

std::string Inbox::Describe(StreamId stream, std::uint64_t number) const {
  return fmt::format("{}: stream {} message {}", name_, stream.value(), number);
}

void Inbox::Subscribed(StreamId id, std::uint64_t number) {
  Stream& stream = streams_[id.value()];
  stream.from = number;
  stream.next = std::max(stream.next, number);
}

std::uint64_t Inbox::NewestWith(PacketId packet_id) const {
  const std::uint64_t base = packet_id.value();  // the first entry that ever has it
  if (newest_ < base) return 0;
  return base + (newest_ - base) / kPacketIds * kPacketIds;
}

void Inbox::CheckOrder(std::uint64_t seq) {
  if (seq <= last_seq_) {
    faults_.Add(
        &Faults::reordered,
        fmt::format("{}: entry {} came behind entry {} on one connection", name_, seq, last_seq_));
  }
  last_seq_ = std::max(last_seq_, seq);
}

void Inbox::CheckRepetition(std::uint64_t seq, Entry& entry, bool dup, bool answered) {
  const std::string what = Describe(entry.stream, entry.number);
  if (!dup)
    faults_.Add(&Faults::other, fmt::format("{}: entry {} came again without DUP", what, seq));
  if (entry.connection == connection_) {
    faults_.Add(&Faults::duplicated,
                fmt::format("{}: entry {} came twice on one connection", what, seq));
  } else if (entry.released || entry.finished) {
    faults_.Add(
        &Faults::duplicated,
        fmt::format("{}: entry {} came again although its acknowledgement was durable", what, seq));
  } else {
    ++repetitions_;
  }
  entry.connection = connection_;
  entry.answered = entry.answered || answered;
}

void Inbox::Arrived(const Arrival& arrival, bool answered) {
  std::uint64_t seq = NewestWith(arrival.packet_id);
  const auto known = entries_.find(seq);
  if (known != entries_.end() && known->second.stream == arrival.stream &&
      known->second.number == arrival.number) {
    CheckOrder(seq);
    if (qos_ == QoS::kExactlyOnce) {
      faults_.Add(&Faults::duplicated,
                  fmt::format("{}: entry {} twice", Describe(arrival.stream, arrival.number), seq));
      return;
    }
    CheckRepetition(seq, known->second, arrival.dup, answered);
    return;
  }
  seq = seq == 0 ? arrival.packet_id.value() : seq + kPacketIds;
  CheckOrder(seq);
  newest_ = seq;
  entries_[seq] = {.stream = arrival.stream,
                   .number = arrival.number,
                   .connection = connection_,
                   .answered = answered};
  CheckStream(arrival);
}

void Inbox::CheckStream(const Arrival& arrival) {
  Stream& stream = streams_[arrival.stream.value()];
  const std::uint64_t number = arrival.number;
  if (transmissions_(arrival.stream, number) == 0) {
    faults_.Add(&Faults::other, Describe(arrival.stream, number) +
                                    " was never published, or was not subscribed to");
    return;
  }
  if (number >= stream.next) {
    if (stream.next != 0 && number > stream.next)
      stream.missing.InsertRange(stream.next, number - 1);
    stream.next = number + 1;
    if (stream.from != 0) ++arrived_;
    return;
  }
  if (stream.missing.Erase(number)) {
    ++arrived_;
    const std::uint64_t before = stream.next - 1;
    const std::string what =
        fmt::format("{} came behind message {}", Describe(arrival.stream, number), before);
    if (sent_behind_(arrival.stream, number) >= before) {
      faults_.Add(&Faults::by_client, what + ", as its publisher sent them");
    } else {
      faults_.Add(&Faults::reordered, what);
    }
    return;
  }
  if (number < stream.from) return;  // published before the SUBACK: may have come or not
  if (qos_ == QoS::kExactlyOnce) {
    faults_.Add(&Faults::duplicated,
                fmt::format("{} came as a new entry again, packet identifier {}",
                            Describe(arrival.stream, number), arrival.packet_id.value()));
    return;
  }
  std::uint32_t& entries = stream.entries.try_emplace(number, 1u).first->second;
  ++entries;
  const std::uint32_t transmissions = transmissions_(arrival.stream, number);
  if (entries > transmissions) {
    faults_.Add(&Faults::duplicated,
                fmt::format("{} came as {} entries, its PUBLISH went out {} times",
                            Describe(arrival.stream, number), entries, transmissions));
  } else {
    ++repetitions_;
  }
}

void Inbox::Repeated(PacketId packet_id, bool dup, bool answered) {
  const std::uint64_t seq = NewestWith(packet_id);
  const auto entry = entries_.find(seq);
  if (entry == entries_.end()) {
    faults_.Add(&Faults::other,
                fmt::format("{}: packet identifier {} came again, entry {} is not under way", name_,
                            packet_id.value(), seq));
    return;
  }
  CheckOrder(seq);
  CheckRepetition(seq, entry->second, dup, answered);
}

void Inbox::Released(PacketId packet_id, bool answered) {
  const auto entry = entries_.find(NewestWith(packet_id));
  if (entry == entries_.end()) return;  // complete in the store that was found, or from before
  if (!entry->second.answered) {
    faults_.Add(&Faults::other, fmt::format("{}: PUBREL of packet identifier {} without PUBREC",
                                            name_, packet_id.value()));
  }
  entry->second.released = true;
  entry->second.completed = entry->second.completed || answered;
}

void Inbox::Finished(const Test& acknowledged, const Test& awaits) {
  // Some are kept, to recognize what must not come again.
  constexpr std::uint64_t kKept = 4096;
  for (auto it = entries_.begin(); it != entries_.end();) {
    Entry& entry = it->second;
    entry.finished = entry.finished || acknowledged(it->first);
    const bool complete = entry.finished &&
                          (qos_ == QoS::kExactlyOnce ? entry.completed : entry.answered) &&
                          !awaits(it->first);
    if (complete && it->first + kKept < newest_) {
      it = entries_.erase(it);
    } else {
      ++it;
    }
  }
}

bool Inbox::awaits(StreamId id, std::uint64_t number) const {
  const Stream& stream = streams_[id.value()];
  if (stream.from == 0 || number < stream.from) return false;
  return number >= stream.next || stream.missing.Contains(number);
}

void Inbox::End(const std::function<std::uint64_t(StreamId)>& last_accepted) {
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const StreamId id{static_cast<std::uint32_t>(i)};
    Stream& stream = streams_[i];
    if (stream.from == 0) continue;
    const std::uint64_t last = last_accepted(id);
    if (last >= stream.next) stream.missing.InsertRange(stream.next, last);
    for (const auto& range : stream.missing.ranges()) {
      for (std::uint64_t number = range.first; number <= range.last; ++number) {
        faults_.Add(&Faults::lost, Describe(id, number) + " never arrived");
      }
    }
  }
}

}  // namespace tallymq::crash
