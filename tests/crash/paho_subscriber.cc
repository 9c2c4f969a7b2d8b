#include "paho_subscriber.h"

#include <fmt/format.h>

#include <algorithm>

#include "traffic.h"

namespace tallymq::crash {

using Type = TracedPacket::Type;

PahoSubscriber::PahoSubscriber(Poller& poller, PahoOptions options, Random random, Oracle& oracle,
                               QoS qos, std::vector<std::string> filters,
                               const std::vector<std::string>& topics)
    : PahoClient(poller, std::move(options), random),
      oracle_(oracle),
      inbox_(oracle.AddInbox(client_id())),
      qos_(qos),
      filters_(std::move(filters)),
      topics_(topics),
      handed_(topics.size()) {}

void PahoSubscriber::OnConnack() {
  inbox_.Connected();
  unanswered_.clear();
}

void PahoSubscriber::OnConnected() {
  if (subscribed_) return;
  Order(fmt::format("subscribe {}", fmt::join(filters_, " ")));
}

void PahoSubscriber::OnPublish(const TracedPacket& packet, bool late) {
  const PacketId id = packet.packet_id;
  if (qos_ == QoS::kAtLeastOnce) {  // counted when it is handed on: then DUP is known
    came_late_[id] = late;
    return;
  }
  const std::optional<MessageName> name = ReadName(packet.payload);
  if (!name || name->stream.value() >= topics_.size()) {
    Complain("a damaged message");
    return;
  }
  const auto [known, is_new] = incoming_.emplace(id, *name);
  if (is_new) {
    inbox_.Arrived({name->stream, name->number, id, false}, !late);
  } else if (known->second.stream == name->stream && known->second.number == name->number) {
    inbox_.Repeated(id, true, !late);
  } else {
    Complain(fmt::format("packet identifier {} comes with another message before its PUBREL",
                         id.value()));
  }
}

void PahoSubscriber::OnPubrel(PacketId id, bool late) {
  inbox_.Released(id, !late);
  unanswered_[id] = late;
  const auto known = incoming_.find(id);
  if (known == incoming_.end()) return;  // again, as its PUBCOMP was lost
  unhanded_.insert_or_assign(id, known->second);
  incoming_.erase(known);
}

void PahoSubscriber::OnOtherPacket(const TracedPacket& packet, bool late) {
  if (packet.type == Type::kPublish && !packet.sent) {
    OnPublish(packet, late);
  } else if (packet.type == Type::kPubrel && !packet.sent) {
    OnPubrel(packet.packet_id, late);
  } else if (packet.type == Type::kPubcomp && packet.sent) {
    unanswered_.erase(packet.packet_id);
  }
}

void PahoSubscriber::OnMessage(const PahoEvent& event) {
  const std::optional<MessageName> name = ReadPayload(event.text);
  if (!name || name->stream.value() >= topics_.size() ||
      topics_[name->stream.value()] != event.topic) {
    Complain(
        fmt::format("a damaged message on topic {}, {} bytes", event.topic, event.text.size()));
    return;
  }
  const std::string what = fmt::format("stream {} message {}", name->stream.value(), name->number);
  if (event.qos != static_cast<int>(qos_) || event.retained) {
    Complain(
        fmt::format("{} came with QoS {}{}", what, event.qos, event.retained ? ", retained" : ""));
    return;
  }
  const PacketId id{static_cast<std::uint16_t>(event.number)};
  if (qos_ == QoS::kAtLeastOnce) {
    inbox_.Arrived({name->stream, name->number, id, event.dup}, !came_late_[id]);
    came_late_.erase(id);
    return;
  }
  std::uint64_t& newest = handed_[name->stream.value()];
  const auto expected = unhanded_.find(id);
  if (expected == unhanded_.end() || expected->second.number != name->number) {
    Complain(fmt::format("Paho hands on {} without a PUBREL, the newest is {}", what, newest));
    return;
  }
  unhanded_.erase(expected);
  // Where the packets came so, they are counted.
  if (name->number <= newest && oracle_.sent_behind(name->stream, name->number) < newest) {
    oracle_.faults().Add(&Faults::reordered, fmt::format("{}: {} was handed on behind message {}",
                                                         client_id(), what, newest));
  }
  newest = std::max(newest, name->number);
}

void PahoSubscriber::OnOther(const PahoEvent& event) {
  if (event.kind == PahoEvent::Kind::kMessage) {
    OnMessage(event);
  } else if (event.kind == PahoEvent::Kind::kSubscribed) {
    if (event.number != 2) Complain("SUBACK grants less than QoS 2");
    for (const StreamId stream : StreamsOf(filters_, topics_)) oracle_.Subscribed(inbox_, stream);
    subscribed_ = true;
  } else if (event.kind == PahoEvent::Kind::kSubscribeFailed) {
    Complain("the subscription was refused");
  }
}

std::string PahoSubscriber::Describe() const {
  std::string text = fmt::format(
      "{}: {}connected, {} incoming, {} not handed on, {} got PUBREL and "
      "sent no PUBCOMP",
      client_id(), connected() ? "" : "not ", incoming_.size(), unhanded_.size(),
      unanswered_.size());
  return text;
}

}  // namespace tallymq::crash
