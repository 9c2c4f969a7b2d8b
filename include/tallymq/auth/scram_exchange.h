// The server's side of SCRAM-SHA-256: two messages in, two out. RFC 5802, RFC 7677.
//
//   client first   n,,n=anna,r=<nonce>          ──▶ ScramExchange::Begin
//   server first   r=<nonces>,s=<salt>,i=15000  ◀──
//   client final   c=biws,r=<nonces>,p=<proof>  ──▶ Finish
//   server final   v=<signature>                ◀──
//
// A user that is not there goes the same way to the same end as one with a wrong password. No
// channel binding: there is no channel to bind to yet.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "tallymq/auth/credentials.h"
#include "tallymq/auth/scram_verifier.h"

namespace tallymq::auth {

// A longer message is refused before anything of it is read. Bytes.
inline constexpr std::size_t kScramMessageBytesMax = 2048;

class ScramExchange {
 public:
  // Reads the client's first message. `nonce` is of `MakeNonce`, new for each exchange. Nothing if
  // the message breaks the grammar, is too long, binds a channel, asks for an extension that must
  // be known, or asks to act as another user.
  static std::optional<ScramExchange> Begin(const Credentials& credentials,
                                            std::string_view client_first, std::string_view nonce);

  [[nodiscard]] const std::string& server_first() const { return server_first_; }
  // Who the client says it is.
  [[nodiscard]] const std::string& user_name() const { return user_name_; }

  // Reads the client's final message. Returns the server's final one if the client has proved that
  // it knows the password; nothing if not, or if there is no such user, or if the message breaks
  // the grammar. Called once.
  [[nodiscard]] std::optional<std::string> Finish(std::string_view client_final) const;

 private:
  ScramExchange() = default;

  std::string user_name_;
  std::string gs2_header_;         // "n,,": the client repeats it in its final message
  std::string client_first_bare_;  // the rest of its first message
  std::string nonce_;              // the client's and the server's
  std::string server_first_;
  ScramVerifier verifier_;
  bool known_ = false;  // there is such a user
};

}  // namespace tallymq::auth
