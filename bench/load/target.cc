#include "target.h"

#include <netdb.h>

#include <cstring>
#include <stdexcept>

namespace tallymq::load {

Target Resolve(const std::string& host, std::uint16_t port) {
  ::addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  ::addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) throw std::runtime_error(host + ": " + ::gai_strerror(error));
  Target target;
  target.size = found->ai_addrlen;
  std::memcpy(&target.address, found->ai_addr, found->ai_addrlen);
  ::freeaddrinfo(found);
  return target;
}

}  // namespace tallymq::load
