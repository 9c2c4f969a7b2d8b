#include "paho_publisher.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tallymq::crash {

using Type = TracedPacket::Type;

namespace {
// Messages that wait in Paho's own queue, and files, behind a full window.
constexpr std::uint32_t kQueued = 16;
}  // namespace

PahoPublisher::PahoPublisher(Poller& poller, PahoOptions options, Random random, Oracle& oracle,
                             QoS qos, std::uint32_t index, std::uint32_t topics, const bool* open)
    : PahoClient(poller, options, random),
      oracle_(oracle),
      qos_(qos),
      first_stream_(index * topics),
      window_(options.window),
      open_(open),
      newest_(topics),
      newest_here_(topics) {
  for (std::uint32_t i = 0; i < topics; ++i) topics_.push_back(TopicOf(index, i));
}

void PahoPublisher::OnTurn() {
  while (*open_ && unfinished_ < window_ + kQueued) {
    const auto topic = static_cast<std::uint32_t>(random().Below(topics_.size()));
    const StreamId stream{first_stream_ + topic};
    const MessageName name{stream, oracle_.Publish(stream)};
    Give(name);
    untaken_.push_back(name);
    ++unfinished_;
  }
}

void PahoPublisher::Give(const MessageName& name) {
  WritePayload(name, payload_);
  Order(fmt::format("publish {} {} {}", static_cast<int>(qos_),
                    topics_[name.stream.value() - first_stream_], payload_));
}

// True if Paho has written a message down that waits in its queue: its payload, and two numbers.
bool PahoPublisher::InFiles(const MessageName& name) const {
  std::string payload;
  WritePayload(name, payload);
  for (const auto& file : std::filesystem::directory_iterator(folder())) {
    if (!file.path().filename().string().starts_with("c-")) continue;
    std::ifstream stream(file.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    const std::size_t at = bytes.find(payload);
    if (at != std::string::npos && at + payload.size() + 2 * sizeof(int) <= bytes.size()) {
      return true;
    }
  }
  return false;
}

// What the last program had read and not given to Paho is given to the next one. Of the first it
// may have died before it could say so.
void PahoPublisher::OnStarted() {
  if (!untaken_.empty()) {
    const MessageName& first = untaken_.front();
    const bool sent = first.number <= newest_[first.stream.value() - first_stream_];
    if (sent || InFiles(first)) untaken_.pop_front();
  }
  for (const MessageName& name : untaken_) Give(name);
}

void PahoPublisher::OnConnack() {
  awaited_.clear();
  std::fill(newest_here_.begin(), newest_here_.end(), 0);
}

void PahoPublisher::OnPublishSent(PacketId id, std::string_view payload, bool late) {
  const std::optional<MessageName> name = ReadName(payload);
  const std::uint64_t topic = name ? name->stream.value() - first_stream_ : topics_.size();
  if (topic >= topics_.size()) {
    Complain("Paho sends a message that was never given to it");
    return;
  }
  awaited_[{qos_ == QoS::kExactlyOnce ? Type::kPubrec : Type::kPuback, id}] += 1;
  // Paho C 1.3.12 gives identifiers from 1 on once it has been started anew, and sorts what it
  // finds in its files by identifier. So a message that was under way over one restart comes behind
  // those given to Paho since then when there is a second restart; no broker can know.
  if (name->number < newest_here_[topic]) {
    ++disorders_;
    oracle_.SentBehind(name->stream, name->number, newest_here_[topic]);
  }
  newest_here_[topic] = std::max(newest_here_[topic], name->number);
  const auto known = outgoing_.find(id);
  if (known == outgoing_.end()) {
    newest_[topic] = std::max(newest_[topic], name->number);
    outgoing_.emplace(id, Outgoing{.name = *name, .late = late});
    return;
  }
  const Outgoing& outgoing = known->second;
  if (outgoing.name.stream != name->stream || outgoing.name.number != name->number) {
    Complain(fmt::format("Paho gives packet identifier {} to two messages", id.value()));
  } else if (outgoing.released) {
    Complain(fmt::format("Paho sends the PUBLISH of packet identifier {} again behind its PUBREC",
                         id.value()));
  }
  oracle_.Resent(name->stream, name->number);
}

void PahoPublisher::OnAcknowledgement(Type type, PacketId id, bool late) {
  const auto awaited = awaited_.find({type, id});
  if (awaited == awaited_.end()) {
    Complain(
        fmt::format("an acknowledgement of packet identifier {} that nothing awaits", id.value()));
  } else if (--awaited->second == 0) {
    awaited_.erase(awaited);
  }
  const auto known = outgoing_.find(id);
  if (known == outgoing_.end()) return;  // a further one, to a packet that was sent twice
  Outgoing& outgoing = known->second;
  if (type != Type::kPubcomp && !outgoing.released) {
    oracle_.Accepted(outgoing.name.stream, outgoing.name.number);
  }
  if (type == Type::kPubrec) {
    outgoing.accepted_late = !outgoing.released && late;
    outgoing.released = true;
    return;
  }
  outgoing_.erase(known);
  --unfinished_;
  untold_.insert(id);
}

void PahoPublisher::OnOtherPacket(const TracedPacket& packet, bool late) {
  switch (packet.type) {
    case Type::kPublish:
      if (packet.sent) OnPublishSent(packet.packet_id, packet.payload, late);
      return;
    case Type::kPubrel:
      if (!packet.sent) return;
      awaited_[{Type::kPubcomp, packet.packet_id}] += 1;
      if (const auto known = outgoing_.find(packet.packet_id); known != outgoing_.end() && !late) {
        known->second.accepted_late = false;
      }
      return;
    case Type::kPuback:
    case Type::kPubrec:
    case Type::kPubcomp:
      if (!packet.sent) OnAcknowledgement(packet.type, packet.packet_id, late);
      return;
    default:
      return;
  }
}

void PahoPublisher::OnOther(const PahoEvent& event) {
  if (event.kind == PahoEvent::Kind::kTaken && !untaken_.empty()) untaken_.pop_front();
  // Paho tells once for each acknowledgement that comes, and two may: the first one counts.
  if (event.kind == PahoEvent::Kind::kDelivered) {
    untold_.erase(PacketId{static_cast<std::uint16_t>(event.number)});
  }
}

Exchanges PahoPublisher::exchanges() const {
  Exchanges exchanges;
  for (const auto& [id, outgoing] : outgoing_) {
    if (!outgoing.released) {
      (outgoing.late ? exchanges.perhaps_sent : exchanges.sent).push_back(id);
    } else {
      (outgoing.accepted_late ? exchanges.accepted_late : exchanges.released).push_back(id);
    }
  }
  return exchanges;
}

std::string PahoPublisher::Describe() const {
  return fmt::format("{}: {}connected, {} given to Paho and not ended, {} of them sent",
                     client_id(), connected() ? "" : "not ", unfinished_, outgoing_.size());
}

}  // namespace tallymq::crash
