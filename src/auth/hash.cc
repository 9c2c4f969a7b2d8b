#include "hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "tallymq/base/assert.h"

namespace tallymq::auth {
namespace {

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Sha256 Hash(std::string_view text) {
  Sha256 digest;
  TALLYMQ_ASSERT(
      EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1);
  return digest;
}

Sha256 Hmac(std::string_view key, std::string_view text) {
  Sha256 digest;
  unsigned int size = 0;
  TALLYMQ_ASSERT(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Bytes(text),
                      text.size(), digest.data(), &size) != nullptr);
  return digest;
}

Sha256 SaltedPassword(std::string_view password, std::string_view salt, std::uint32_t iterations) {
  Sha256 digest;
  TALLYMQ_ASSERT(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), Bytes(salt),
                                   static_cast<int>(salt.size()), static_cast<int>(iterations),
                                   EVP_sha256(), static_cast<int>(digest.size()),
                                   digest.data()) == 1);
  return digest;
}

bool Equal(const Sha256& a, const Sha256& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace tallymq::auth
