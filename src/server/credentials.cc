#include "credentials.h"

#include <utility>

#include "tallymq/auth/credentials_file.h"

namespace tallymq::server {

Result<LoadedCredentials, ConfigErrors> LoadCredentials(const std::string& path,
                                                        const std::string& secret) {
  const auto file = auth::ReadCredentialsFile(path);
  if (!file) return Unexpected{ConfigErrors{file.error()}};
  auto users = auth::Credentials::Parse(file->text, path);
  if (!users) return Unexpected{users.error()};
  LoadedCredentials loaded;
  loaded.credentials = std::make_shared<const auth::Credentials>(std::move(*users), secret);
  if (file->open_to_others) {
    loaded.warning = path +
                     ": everyone on this machine may read it, and try passwords against it; take "
                     "that away: chmod o= " +
                     path;
  }
  return loaded;
}

}  // namespace tallymq::server
