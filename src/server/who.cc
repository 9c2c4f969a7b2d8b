#include "who.h"

#include <utility>

#include "tallymq/auth/random_bytes.h"
#include "tallymq/auth/scram_exchange.h"

namespace tallymq::server {
namespace {

using broker::AuthAnswer;
using broker::AuthQuestion;
using mqtt::ReasonCode;

// Between the client's first and its final message.
struct ScramState final : broker::AuthExchange {
  explicit ScramState(auth::ScramExchange begun) : exchange(std::move(begun)) {}
  const auth::ScramExchange exchange;
};

AuthAnswer Accepted(std::string user_name, std::string data = {}) {
  return {.verdict = AuthAnswer::Verdict::kAccepted,
          .data = std::move(data),
          .user_name = std::move(user_name),
          .why = {},
          .exchange = nullptr};
}

AuthAnswer Refused(ReasonCode reason, std::string_view why) {
  return {.verdict = AuthAnswer::Verdict::kRefused,
          .data = {},
          .user_name = {},
          .reason = reason,
          .why = why,
          .exchange = nullptr};
}

AuthAnswer CheckPassword(const auth::Credentials& credentials, bool allow_anonymous,
                         const AuthQuestion& question) {
  if (!question.user_name && !question.password) {
    if (allow_anonymous) return Accepted({});
    return Refused(ReasonCode::kNotAuthorized, "no user name was given");
  }
  if (!credentials.Check(question.user_name.value_or(""), question.password.value_or(""))) {
    return Refused(ReasonCode::kBadUserNameOrPassword, "the user name or the password is wrong");
  }
  return Accepted(*question.user_name);
}

AuthAnswer CheckScram(const auth::Credentials& credentials, const AuthQuestion& question) {
  if (question.exchange == nullptr) {
    auto exchange = auth::ScramExchange::Begin(credentials, question.data, auth::MakeNonce());
    if (!exchange) {
      return Refused(ReasonCode::kNotAuthorized,
                     "the authentication data is no first message of SCRAM-SHA-256");
    }
    std::string first = exchange->server_first();
    return {.verdict = AuthAnswer::Verdict::kContinue,
            .data = std::move(first),
            .user_name = {},
            .why = {},
            .exchange = std::make_shared<ScramState>(std::move(*exchange))};
  }
  const auto& exchange = static_cast<const ScramState&>(*question.exchange).exchange;
  auto last = exchange.Finish(question.data);
  if (!last) {
    return Refused(ReasonCode::kNotAuthorized, "the user name or the password is wrong");
  }
  return Accepted(exchange.user_name(), std::move(*last));
}

}  // namespace

AuthAnswer FindOut(const auth::Credentials& credentials, bool allow_anonymous,
                   const AuthQuestion& question) {
  if (question.method.empty()) return CheckPassword(credentials, allow_anonymous, question);
  if (question.method == auth::kScramSha256) return CheckScram(credentials, question);
  return Refused(ReasonCode::kBadAuthenticationMethod, "the authentication method is not known");
}

}  // namespace tallymq::server
