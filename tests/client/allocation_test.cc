// Goal: a message in a steady flow allocates nothing, in either direction.
// Method: this program counts the calls of operator new. After some messages to warm up, a thousand
// more go through whole exchanges, and the count stays.

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>

#include "tallymq/client/client.h"

namespace {
std::uint64_t allocations = 0;
}

// Not inlined: g++ would take `free` of what `new` returned for a mistake.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  void* block = std::malloc(size == 0 ? 1 : size);
  if (block == nullptr) std::abort();
  return block;
}
[[gnu::noinline]] void operator delete(void* block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept { std::free(block); }

namespace tallymq::client {
namespace {

// A connected client, and the bytes of a server for it.
class Flow {
 public:
  explicit Flow(IdOrder order) : client_(Options{.id_order = order}) {
    mqtt::Connect connect;
    connect.client_id = "c";
    client_.Connect(connect);
    Receive(mqtt::Connack{});
  }

  void Receive(const mqtt::Packet& packet) {
    bytes_.clear();
    mqtt::Encode(packet, mqtt::Version::k311, bytes_);
    client_.Receive(bytes_);
    while (client_.Next()) {
    }
    client_.output().clear();
  }

  template <typename Acknowledgement>
  void Acknowledge(PacketId id) {
    Acknowledgement packet;
    packet.packet_id = id;
    Receive(packet);
  }

  // Sends and receives a message of each QoS.
  void Round() {
    static const std::string kPayload(100, 'x');
    const PacketId one = *client_.Publish(topic_, kPayload, QoS::kAtLeastOnce, false, Token{});
    const PacketId two = *client_.Publish(topic_, kPayload, QoS::kExactlyOnce, false, Token{});
    Acknowledge<mqtt::Puback>(one);
    Acknowledge<mqtt::Pubrec>(two);
    Acknowledge<mqtt::Pubcomp>(two);
    mqtt::Publish publish;
    publish.topic = topic_;
    publish.payload = kPayload;
    for (const QoS qos : {QoS::kAtMostOnce, QoS::kAtLeastOnce, QoS::kExactlyOnce}) {
      publish.qos = qos;
      publish.packet_id = PacketId{static_cast<std::uint16_t>(qos == QoS::kAtMostOnce ? 0 : 5)};
      Receive(publish);
    }
    Acknowledge<mqtt::Pubrel>(PacketId{5});
    EXPECT_TRUE(client_.session().empty());
  }

 private:
  Client client_;
  std::string bytes_;
  const mqtt::TopicName topic_ = *mqtt::TopicName::Parse("a/topic/that/is/not/short");
};

TEST(ClientMemory, ASteadyFlowAllocatesNothing) {
  for (const IdOrder order : {IdOrder::kAscending, IdOrder::kLowest}) {
    Flow flow(order);
    for (int i = 0; i < 100; ++i) flow.Round();
    const std::uint64_t before = allocations;
    for (int i = 0; i < 1000; ++i) flow.Round();
    EXPECT_EQ(allocations, before);
  }
}

}  // namespace
}  // namespace tallymq::client
