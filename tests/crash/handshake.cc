#include "handshake.h"

namespace tallymq::crash {

HandshakeSet HandshakesOf(int qos) {
  constexpr auto kFirstOfQos1 = static_cast<std::size_t>(Handshake::kInQos1Sent);
  HandshakeSet set;
  for (std::size_t i = 0; i < kHandshakes; ++i) set.set(i, (i < kFirstOfQos1) == (qos == 2));
  return set;
}

std::string_view Describe(Handshake state) {
  switch (state) {
    case Handshake::kInPublishSent:
      return "in   PUBLISH sent, not stored";
    case Handshake::kInPublishStored:
      return "in   PUBLISH stored, PUBREC not received";
    case Handshake::kInPubrelSent:
      return "in   PUBREL sent, not stored";
    case Handshake::kInPubrelStored:
      return "in   PUBREL stored, PUBCOMP not received";
    case Handshake::kOutEntryStored:
      return "out  message stored, PUBLISH not received";
    case Handshake::kOutPubrecSent:
      return "out  PUBREC sent, not stored";
    case Handshake::kOutPubrecStored:
      return "out  PUBREC stored, PUBREL not received";
    case Handshake::kOutPubcompSent:
      return "out  PUBCOMP sent, not stored";
    case Handshake::kInQos1Sent:
      return "in   PUBLISH sent, PUBACK not received";
    case Handshake::kOutQos1Stored:
      return "out  message stored, PUBLISH not received";
    case Handshake::kOutPubackSent:
      return "out  PUBACK sent, not stored";
  }
  return "";
}

}  // namespace tallymq::crash
