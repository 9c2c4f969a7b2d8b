#include "tallymq/auth/scram_verifier.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base64.h"
#include "hash.h"

namespace tallymq::auth {
namespace {

// What comes before the first `mark`, which is taken away with it. Nothing if there is none.
std::optional<std::string_view> TakeTo(char mark, std::string_view& text) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at + 1);
  return taken;
}

bool ParseKey(std::string_view text, Sha256& key) {
  const auto bytes = DecodeBase64(text);
  if (!bytes || bytes->size() != key.size()) return false;
  std::copy(bytes->begin(), bytes->end(), key.begin());
  return true;
}

}  // namespace

ScramVerifier ScramVerifier::Derive(std::string_view password, std::string salt,
                                    std::uint32_t iterations) {
  const Sha256 salted = SaltedPassword(password, salt, iterations);
  return {iterations, std::move(salt), Hash(View(Hmac(View(salted), "Client Key"))),
          Hmac(View(salted), "Server Key")};
}

std::optional<ScramVerifier> ScramVerifier::Parse(std::string_view text) {
  ScramVerifier verifier;
  const auto mechanism = TakeTo('$', text);
  const auto iterations = TakeTo(':', text);
  const auto salt = TakeTo('$', text);
  const auto stored_key = TakeTo(':', text);
  if (mechanism != kScramSha256 || !iterations || !salt || !stored_key) return std::nullopt;
  const char* const end = iterations->data() + iterations->size();
  const auto [stop, code] = std::from_chars(iterations->data(), end, verifier.iterations);
  if (code != std::errc{} || stop != end || verifier.iterations < kIterationsMin ||
      verifier.iterations > kIterationsMax) {
    return std::nullopt;
  }
  auto bytes = DecodeBase64(*salt);
  if (!bytes || bytes->empty() || bytes->size() > kSaltBytesMax) return std::nullopt;
  verifier.salt = std::move(*bytes);
  if (!ParseKey(*stored_key, verifier.stored_key) || !ParseKey(text, verifier.server_key)) {
    return std::nullopt;
  }
  return verifier;
}

std::string ScramVerifier::ToText() const {
  return std::string(kScramSha256) + "$" + std::to_string(iterations) + ":" + EncodeBase64(salt) +
         "$" + EncodeBase64(View(stored_key)) + ":" + EncodeBase64(View(server_key));
}

bool ScramVerifier::Matches(std::string_view password) const {
  return Equal(Derive(password, salt, iterations).stored_key, stored_key);
}

}  // namespace tallymq::auth
