// Who is there? What the core asks about a client, and what it is answered. The check itself is
// outside of the core: it takes its time and knows secrets.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tallymq/base/strong.h"
#include "tallymq/mqtt/reason_code.h"

namespace tallymq::broker {

// Tells an answer to an earlier question from the one that is waited for. 0 is "none".
using AuthRequest = Strong<std::uint64_t, struct AuthRequestTag>;

// What the outside wants to remember of an exchange until the client's next message. The core keeps
// it and gives it back; it ends with the connection at the latest.
class AuthExchange {
 public:
  virtual ~AuthExchange() = default;
};

// What a client says of itself. Owns all of it: it may be looked at by another thread.
struct AuthQuestion {
  std::string method;                      // Authentication Method; empty: a plain password, if any
  std::string data;                        // Authentication Data of this CONNECT or AUTH
  std::optional<std::string> user_name;    // of a CONNECT
  std::optional<std::string> password;     // the same
  std::shared_ptr<AuthExchange> exchange;  // of the answer before; null: an exchange begins
};

struct AuthAnswer {
  enum class Verdict : std::uint8_t {
    kContinue,  // the client is to say more; only with a method, and with an `exchange`
    kAccepted,
    kRefused,
  };
  Verdict verdict = Verdict::kRefused;
  std::string data;       // Authentication Data for the client, unless it is refused
  std::string user_name;  // kAccepted: who it is; empty: nobody, and yet allowed
  mqtt::ReasonCode reason = mqtt::ReasonCode::kNotAuthorized;  // kRefused
  std::string_view why;  // the same in words, for log and client; lives as long as the program
  std::shared_ptr<AuthExchange> exchange;
};

}  // namespace tallymq::broker
