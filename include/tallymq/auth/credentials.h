// Who may log in, and how it is proved: what a credentials file says, as a value.
//
//   # comment
//   anna:SCRAM-SHA-256$15000:c2FsdHNhbHRzYWx0c2FsdA==$<StoredKey>:<ServerKey>
//
// One user a line, nobody twice; lines that are blank or begin with # say nothing.

#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tallymq/auth/scram_verifier.h"
#include "tallymq/base/result.h"

namespace tallymq::auth {

// Longest user name. Bytes.
inline constexpr std::size_t kUserNameBytesMax = 255;

// What is wrong with `name` as the name of a user, or "" if nothing: it is UTF-8 of 1 to
// kUserNameBytesMax bytes, has no colon and no control character, and does not begin with #.
std::string_view WhyNoUserName(std::string_view name);

// Longest password that is given to a user. Bytes.
inline constexpr std::size_t kPasswordBytesMax = 1024;

// What is wrong with `password` as one to be given to a user, or "" if nothing: it is UTF-8 of 1 to
// kPasswordBytesMax bytes without control characters. Clients and broker use these bytes as they
// are; a client that passes letters beyond ASCII through SASLprep may mean other ones.
std::string_view WhyNoPassword(std::string_view password);

// An immutable snapshot: threads may share it.
class Credentials {
 public:
  using Users = std::map<std::string, ScramVerifier, std::less<>>;

  // `secret` is random and of this process: it makes up the salts of users that are not there.
  Credentials(Users users, std::string secret);

  // Reads the text of a file that errors call `file`. Errors: what is wrong, each with its
  // line: "users:3: ..."; of very many the first.
  static Result<Users, std::vector<std::string>> Parse(std::string_view text,
                                                       std::string_view file);

  struct Found {
    ScramVerifier verifier;
    bool known;
  };
  // What `user` is checked against. For one that is not there it is made up: the same each time,
  // like the others to look at, and of no password. Whoever asks cannot tell.
  [[nodiscard]] Found Find(std::string_view user) const;

  // Whether `user` is there and has `password`. Takes as long if not.
  [[nodiscard]] bool Check(std::string_view user, std::string_view password) const;

  [[nodiscard]] const Users& users() const { return users_; }

 private:
  const Users users_;
  const std::string secret_;
  std::vector<const ScramVerifier*> models_;  // one for each user: those that are made up look so
};

}  // namespace tallymq::auth
