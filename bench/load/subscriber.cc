#include "subscriber.h"

#include <fmt/format.h>

#include "tallymq/base/assert.h"
#include "tallymq/mqtt/codec.h"

namespace tallymq::load {

Subscriber::Subscriber(RunState& run, std::string client_id, std::string filter,
                       StreamRange streams)
    : Connection(run, std::move(client_id)),
      filter_(std::move(filter)),
      streams_(streams),
      tallies_(streams.count) {}

void Subscriber::Subscribe() {
  const auto filter = mqtt::TopicFilter::Parse(filter_);
  TALLYMQ_ASSERT(filter.has_value());
  mqtt::SubscriptionRequest request;
  request.filter = *filter;
  request.qos = state().qos;
  mqtt::Subscribe subscribe;
  subscribe.packet_id = PacketId{1};
  subscribe.requests = {request};
  mqtt::Encode(subscribe, state().version, output());
  Flush();
}

void Subscriber::Ping() {
  mqtt::Encode(mqtt::Pingreq{}, state().version, output());
  Flush();
}

Faults Subscriber::CountFaults(bool cut) {
  Faults faults;
  for (std::uint32_t i = 0; i < streams_.count; ++i) {
    const StreamTally& tally = tallies_[i];
    faults += tally.At(cut ? tally.next() : state().streams[streams_.first + i].published);
  }
  return faults;
}

void Subscriber::OnPacket(const PacketView& packet) {
  switch (packet.type()) {
    case PacketType::kPublish:
      OnPublish(packet);
      break;
    case PacketType::kPubrel:
      AppendAnswer(output(), PacketType::kPubcomp, packet.packet_id());
      if (state().totals.open > 0) --state().totals.open;
      break;
    case PacketType::kSuback:
      OnSuback(packet);
      break;
    case PacketType::kPingresp:
      ++state().totals.pongs;
      break;
    default:
      Fail(fmt::format("the broker sent a packet {:#04x} to a subscriber", packet.first_byte));
  }
}

void Subscriber::OnPublish(const PacketView& packet) {
  RunState& run = state();
  const std::optional<Arrival> arrival = ReadPublish(packet, run.version);
  if (!arrival) {
    Fail("the broker sent a message that is not of this run");
    return;
  }
  if (arrival->qos == QoS::kAtLeastOnce) {
    AppendAnswer(output(), PacketType::kPuback, arrival->packet_id);
  } else if (arrival->qos == QoS::kExactlyOnce) {
    AppendAnswer(output(), PacketType::kPubrec, arrival->packet_id);
    ++run.totals.open;
  }
  const std::uint32_t index = arrival->stream - streams_.first;
  if (index >= streams_.count || arrival->number >= run.streams[arrival->stream].published ||
      arrival->qos != run.qos || arrival->payload_bytes != run.payload_bytes) {
    ++run.totals.unexpected;
    return;
  }
  StreamTally& tally = tallies_[index];
  const std::uint64_t before = tally.next();
  if (tally.Arrived(arrival->number)) ++run.totals.delivered;
  run.streams[arrival->stream].passed += tally.next() - before;
}

void Subscriber::OnSuback(const PacketView& packet) {
  // The code is last, also behind properties.
  if (packet.body.size() < 3 || packet.body.back() != static_cast<char>(state().qos)) {
    Fail("the broker did not grant the subscription");
    return;
  }
  ++state().totals.subscribed;
}

}  // namespace tallymq::load
