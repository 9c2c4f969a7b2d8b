// Packets in the checkers' words, and the numbers of messages in payloads.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "checkers/packet.h"
#include "tallymq/broker/effects.h"
#include "tallymq/mqtt/packets.h"

namespace tallymq::sim {

// What a client sends.
Packet Plain(const mqtt::Packet& packet);
// What the broker sends.
Packet Plain(const broker::OutPacket& packet);

// The bytes of `send`, at the end of `out`.
void EncodeTo(const broker::Send& send, std::string& out);

// A payload of message `number`: the number, filled up to `bytes`.
std::string PayloadOf(std::uint64_t number, std::size_t bytes);
// The number in it, 0 if there is none.
std::uint64_t NumberIn(std::string_view payload);

}  // namespace tallymq::sim
