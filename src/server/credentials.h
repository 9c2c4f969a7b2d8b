// The credentials file as the broker reads it: at the start, and again on SIGHUP.

#pragma once

#include <string>

#include "authenticator.h"
#include "tallymq/base/result.h"
#include "tallymq/server/config.h"

namespace tallymq::server {

struct LoadedCredentials {
  CredentialsPtr credentials;
  std::string warning;  // a sentence, or empty: everyone may read the file
};

// `secret` as for `auth::Credentials`. Errors: all that is wrong, with path and line.
Result<LoadedCredentials, ConfigErrors> LoadCredentials(const std::string& path,
                                                        const std::string& secret);

}  // namespace tallymq::server
