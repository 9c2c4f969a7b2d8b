// Bytes that nobody can guess: salts, nonces, secrets.

#pragma once

#include <cstddef>
#include <string>

namespace tallymq::auth {

// `count` bytes of OpenSSL's generator. From any thread.
std::string RandomBytes(std::size_t count);

// What a server adds to a client's nonce: 24 characters of base64, new each time. From any thread.
std::string MakeNonce();

}  // namespace tallymq::auth
