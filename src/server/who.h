// Who a client is: what it says, held against the credentials.

#pragma once

#include "tallymq/auth/credentials.h"
#include "tallymq/broker/authentication.h"

namespace tallymq::server {

// Answers a question of the core. Takes as long as hashing a password does, if it comes with one.
// `allow_anonymous`: who gives neither user name, password nor method is let in, as nobody.
broker::AuthAnswer FindOut(const auth::Credentials& credentials, bool allow_anonymous,
                           const broker::AuthQuestion& question);

}  // namespace tallymq::server
