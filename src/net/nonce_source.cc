#include "nonce_source.h"

#include <sys/random.h>

#include "tallymq/base/assert.h"

namespace tallymq::net {

std::uint64_t NonceSource::Next() {
  if (used_ == block_.size()) {
    TALLYMQ_ASSERT(getrandom(block_.data(), sizeof block_, 0) == sizeof block_);
    used_ = 0;
  }
  return block_[used_++];
}

}  // namespace tallymq::net
