// In which states of their handshakes the exchanges stood when the broker was killed, as clients
// and killed store tell together.

#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>

namespace tallymq::crash {

//   publisher ──PUBLISH──▶ broker ──PUBREC──▶ publisher ──PUBREL──▶ broker ──PUBCOMP──▶ publisher
//          kInPublishSent   kInPublishStored        kInPubrelSent   kInPubrelStored
//   broker ──PUBLISH──▶ subscriber ──PUBREC──▶ broker ──PUBREL──▶ subscriber ──PUBCOMP──▶ broker
//     kOutEntryStored          kOutPubrecSent   kOutPubrecStored            kOutPubcompSent
//
// "Sent" is: by the client, and not in the store. "Stored" is: in the store, and its answer has not
// arrived. With QoS 1 the client cannot tell the first two apart, and PUBACK takes the place of
// PUBREC.
enum class Handshake : std::uint8_t {
  kInPublishSent,
  kInPublishStored,
  kInPubrelSent,
  kInPubrelStored,
  kOutEntryStored,
  kOutPubrecSent,
  kOutPubrecStored,
  kOutPubcompSent,
  kInQos1Sent,
  kOutQos1Stored,
  kOutPubackSent,
};
inline constexpr std::size_t kHandshakes = 11;

using HandshakeSet = std::bitset<kHandshakes>;

// The states that a run with `qos` 1 or 2 must have seen.
HandshakeSet HandshakesOf(int qos);

// "in   PUBLISH sent, not stored"
std::string_view Describe(Handshake state);

}  // namespace tallymq::crash
