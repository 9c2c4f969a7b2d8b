#include "tallymq/auth/random_bytes.h"

#include <openssl/rand.h>

#include "base64.h"
#include "tallymq/base/assert.h"

namespace tallymq::auth {

std::string RandomBytes(std::size_t count) {
  std::string bytes(count, '\0');
  TALLYMQ_ASSERT(
      RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) == 1);
  return bytes;
}

// 18 bytes are as hard to guess as needed, and fill base64 without padding.
std::string MakeNonce() { return EncodeBase64(RandomBytes(18)); }

}  // namespace tallymq::auth
