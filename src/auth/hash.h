// The functions that SCRAM is made of, in the words of RFC 5802.

#pragma once

#include <cstdint>
#include <string_view>

#include "tallymq/auth/scram_verifier.h"

namespace tallymq::auth {

// H(text).
Sha256 Hash(std::string_view text);
// HMAC(key, text).
Sha256 Hmac(std::string_view key, std::string_view text);
// Hi(password, salt, iterations), which is PBKDF2.
Sha256 SaltedPassword(std::string_view password, std::string_view salt, std::uint32_t iterations);

// Takes the same time wherever they differ.
bool Equal(const Sha256& a, const Sha256& b);

inline std::string_view View(const Sha256& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace tallymq::auth
