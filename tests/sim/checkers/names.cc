#include "packet.h"
#include "violation.h"

namespace tallymq::sim {

const char* NameOf(Type type) {
  switch (type) {
    case Type::kConnect:
      return "CONNECT";
    case Type::kConnack:
      return "CONNACK";
    case Type::kPublish:
      return "PUBLISH";
    case Type::kPuback:
      return "PUBACK";
    case Type::kPubrec:
      return "PUBREC";
    case Type::kPubrel:
      return "PUBREL";
    case Type::kPubcomp:
      return "PUBCOMP";
    case Type::kSubscribe:
      return "SUBSCRIBE";
    case Type::kSuback:
      return "SUBACK";
    case Type::kUnsubscribe:
      return "UNSUBSCRIBE";
    case Type::kUnsuback:
      return "UNSUBACK";
    case Type::kPingreq:
      return "PINGREQ";
    case Type::kPingresp:
      return "PINGRESP";
    case Type::kDisconnect:
      return "DISCONNECT";
  }
  return "?";
}

const char* NameOf(Rule rule) {
  switch (rule) {
    case Rule::kD1:
      return "D1";
    case Rule::kD2:
      return "D2";
    case Rule::kD3:
      return "D3";
    case Rule::kD4:
      return "D4";
    case Rule::kD5:
      return "D5";
    case Rule::kD7:
      return "D7";
    case Rule::kD8:
      return "D8";
    case Rule::kD9:
      return "D9";
    case Rule::kDelivery:
      return "delivery";
    case Rule::kDrain:
      return "drain";
    case Rule::kProtocol:
      return "protocol";
  }
  return "?";
}

}  // namespace tallymq::sim
