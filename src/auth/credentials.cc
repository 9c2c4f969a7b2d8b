#include "tallymq/auth/credentials.h"

#include <algorithm>
#include <utility>

#include "hash.h"
#include "tallymq/mqtt/topic.h"

namespace tallymq::auth {
namespace {

bool HasControl(std::string_view utf8) {
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x20 || c == 0x7F) return true;
    // U+0080 to U+009F.
    if (c == 0xC2 && i + 1 < utf8.size() && static_cast<unsigned char>(utf8[i + 1]) < 0xA0) {
      return true;
    }
  }
  return false;
}

// More are not listed: it is another kind of file.
constexpr std::size_t kErrorsMax = 20;

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

}  // namespace

std::string_view WhyNoUserName(std::string_view name) {
  if (name.empty()) return "a user name is empty";
  if (name.size() > kUserNameBytesMax) return "a user name is longer than 255 bytes";
  if (name.starts_with('#')) return "a user name begins with #, as comments do";
  if (name.find(':') != std::string_view::npos) return "a user name has a colon";
  if (!mqtt::IsValidUtf8(name)) return "a user name is no UTF-8";
  if (HasControl(name)) return "a user name has a control character";
  return {};
}

std::string_view WhyNoPassword(std::string_view password) {
  if (password.empty()) return "the password is empty";
  if (password.size() > kPasswordBytesMax) return "the password is longer than 1,024 bytes";
  if (!mqtt::IsValidUtf8(password)) return "the password is no UTF-8";
  if (HasControl(password)) return "the password has a control character";
  return {};
}

Result<Credentials::Users, std::vector<std::string>> Credentials::Parse(std::string_view text,
                                                                        std::string_view file) {
  Users users;
  std::map<std::string_view, std::size_t> lines;  // where each user is
  std::vector<std::string> errors;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (IsBlank(line) || line.starts_with('#')) continue;
    if (errors.size() == kErrorsMax) {
      errors.push_back(std::string(file) + ": more is wrong; the rest was not read");
      break;
    }
    const auto wrong = [&](std::string_view what) {
      errors.push_back(std::string(file) + ":" + std::to_string(number) + ": " + std::string(what));
    };
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      wrong("expected USER:SCRAM-SHA-256$..., as `tallyctl passwd` writes it");
      continue;
    }
    const std::string_view name = line.substr(0, colon);
    if (const std::string_view why = WhyNoUserName(name); !why.empty()) {
      wrong(why);
      continue;
    }
    const auto [first, fresh] = lines.emplace(name, number);
    if (!fresh) {
      wrong("a user for the second time; the first is in line " + std::to_string(first->second));
      continue;
    }
    auto verifier = ScramVerifier::Parse(line.substr(colon + 1));
    if (!verifier) {
      wrong(
          "expected SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey behind the user name, with " +
          std::to_string(kIterationsMin) + " iterations or more and base64");
      continue;
    }
    users.emplace(name, std::move(*verifier));
  }
  if (!errors.empty()) return Unexpected{std::move(errors)};
  return users;
}

Credentials::Credentials(Users users, std::string secret)
    : users_(std::move(users)), secret_(std::move(secret)) {
  models_.reserve(users_.size());
  for (const auto& [name, verifier] : users_) models_.push_back(&verifier);
}

Credentials::Found Credentials::Find(std::string_view user) const {
  // Made up for those who are there too: the time that it takes tells nothing.
  const Sha256 seed = Hmac(secret_, user);
  const Sha256 more = Hmac(secret_, View(seed));
  ScramVerifier made_up;
  std::size_t salt_bytes = kSaltBytes;
  // As many rounds and as long a salt as somebody in the file has: a file in which not all are
  // alike would tell them apart otherwise.
  if (!models_.empty()) {
    std::size_t pick = 0;
    for (std::size_t i = 0; i < 4; ++i) pick = pick << 8 | seed[i];
    const ScramVerifier& model = *models_[pick % models_.size()];
    made_up.iterations = model.iterations;
    salt_bytes = model.salt.size();
  }
  made_up.salt = std::string(View(seed)) + std::string(View(more));
  made_up.salt.resize(salt_bytes);
  made_up.stored_key = Hmac(View(more), "Stored Key");
  made_up.server_key = Hmac(View(more), "Server Key");

  const auto it = users_.find(user);
  if (it != users_.end()) return {it->second, true};
  return {std::move(made_up), false};
}

bool Credentials::Check(std::string_view user, std::string_view password) const {
  const Found found = Find(user);
  return found.verifier.Matches(password) && found.known;
}

}  // namespace tallymq::auth
