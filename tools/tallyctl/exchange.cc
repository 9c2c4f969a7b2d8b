// See exchange.h.

#include "exchange.h"

namespace tallymq::tallyctl {

Exchange ExchangeOf(const storage::StateRecord& state, storage::Seq seq, QoS qos) {
  // An entry with PUBREC counts as finished as well: its body is not needed any more.
  if (state.awaiting_pubcomp.Contains(seq.value())) return Exchange::kAwaitingPubcomp;
  if (seq < state.head || state.finished.Contains(seq.value())) return Exchange::kFinished;
  if (seq > state.send_mark) return Exchange::kWaiting;
  return qos == QoS::kExactlyOnce ? Exchange::kAwaitingPubrec : Exchange::kAwaitingPuback;
}

PacketId PacketIdOf(storage::Seq seq) {
  return PacketId{static_cast<std::uint16_t>(1 + (seq.value() - 1) % 65535)};
}

std::string_view NameOf(Exchange exchange) {
  switch (exchange) {
    case Exchange::kWaiting:
      return "waiting";
    case Exchange::kAwaitingPuback:
      return "awaiting_puback";
    case Exchange::kAwaitingPubrec:
      return "awaiting_pubrec";
    case Exchange::kAwaitingPubcomp:
      return "awaiting_pubcomp";
    case Exchange::kFinished:
      break;
  }
  return "finished";
}

std::string_view WordsFor(Exchange exchange) {
  switch (exchange) {
    case Exchange::kWaiting:
      return "waiting";
    case Exchange::kAwaitingPuback:
      return "awaits PUBACK";
    case Exchange::kAwaitingPubrec:
      return "awaits PUBREC";
    case Exchange::kAwaitingPubcomp:
      return "awaits PUBCOMP";
    case Exchange::kFinished:
      break;
  }
  return "finished";
}

Colour ColourOf(Exchange exchange) {
  switch (exchange) {
    case Exchange::kAwaitingPuback:
    case Exchange::kAwaitingPubrec:
    case Exchange::kAwaitingPubcomp:
      return Colour::kYellow;
    case Exchange::kFinished:
      return Colour::kDim;
    case Exchange::kWaiting:
      break;
  }
  return Colour::kNone;
}

}  // namespace tallymq::tallyctl
