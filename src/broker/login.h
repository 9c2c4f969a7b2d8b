// How far a client has come in saying who it is.
//
//   CONNECT ──▶ asked ──accepted──▶ CONNACK           (5.0 with a method: kept, to re-authenticate)
//                 │ ▲
//        continue ▼ │ AUTH
//              its turn
//
// While the question is open, nothing of the connection is read: what a client sent behind its
// CONNECT waits for the decision. [MQTT3-3.1.4-5], [MQTT-3.1.4-6]

#pragma once

#include <memory>
#include <string>

#include "tallymq/broker/authentication.h"

namespace tallymq::broker {

struct Login {
  std::string connect;                     // the CONNECT, encoded, until it is decided
  std::string client_id;                   // of CONNECT
  std::string method;                      // of CONNECT; empty: none
  std::string user_name;                   // once it is accepted
  AuthRequest asked;                       // the question that is open; 0: none
  std::shared_ptr<AuthExchange> exchange;  // not null: it goes on with the client's next AUTH
};

}  // namespace tallymq::broker
