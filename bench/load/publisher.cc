#include "publisher.h"

#include <fmt/format.h>

#include <bit>

namespace tallymq::load {

namespace {

constexpr std::uint64_t kPacketIds = 65'535;

}  // namespace

Publisher::Publisher(RunState& run, std::string client_id, std::string_view topic,
                     std::uint32_t stream, std::uint32_t window, std::uint32_t subscribers)
    : Connection(run, std::move(client_id)),
      stream_(run.streams[stream]),
      packet_(topic, run.qos, run.payload_bytes, stream, run.version),
      window_(window),
      subscribers_(subscribers),
      mask_(std::bit_ceil(std::uint64_t{window}) - 1),
      exchanges_(mask_ + 1, Exchange::kEnded) {}

void Publisher::Start(std::uint64_t messages) {
  messages_ = messages;
  Publish();
}

void Publisher::Publish() {
  if (!connected() || stream_.published == messages_) return;
  Append();
  Flush();
}

std::uint64_t Publisher::under_way() {
  const bool answered = state().qos != QoS::kAtMostOnce;
  return stream_.published - (answered ? oldest_ : stream_.passed / subscribers_);
}

void Publisher::Append() {
  const std::uint64_t before = stream_.published;
  for (std::uint64_t left = window_ - under_way();
       left > 0 && stream_.published < messages_ && output().size() < kOutputMax; --left) {
    const std::uint64_t number = stream_.published++;
    packet_.Append(output(), static_cast<std::uint16_t>(1 + number % kPacketIds), number);
    At(number) = Exchange::kSent;
  }
  state().totals.published += stream_.published - before;
}

Publisher::Exchange* Publisher::Find(std::uint16_t packet_id) {
  const std::uint64_t number =
      oldest_ + (packet_id + kPacketIds - 1 - oldest_ % kPacketIds) % kPacketIds;
  if (packet_id == 0 || number >= stream_.published) return nullptr;
  return &At(number);
}

void Publisher::OnPacket(const PacketView& packet) {
  const PacketType type = packet.type();
  const bool once = state().qos == QoS::kExactlyOnce;
  Exchange* const exchange = Find(packet.packet_id());
  if (exchange != nullptr && once && type == PacketType::kPubrec && *exchange != Exchange::kEnded) {
    *exchange = Exchange::kReleased;
    AppendAnswer(output(), PacketType::kPubrel, packet.packet_id());
    return;
  }
  if (exchange == nullptr || type != (once ? PacketType::kPubcomp : PacketType::kPuback) ||
      *exchange != (once ? Exchange::kReleased : Exchange::kSent)) {
    Fail(fmt::format("the broker sent a packet {:#04x} of packet identifier {} that nothing awaits",
                     packet.first_byte, packet.packet_id()));
    return;
  }
  *exchange = Exchange::kEnded;
  ++state().totals.acknowledged;
  while (oldest_ < stream_.published && At(oldest_) == Exchange::kEnded) ++oldest_;
}

}  // namespace tallymq::load
