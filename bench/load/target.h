// Where the broker is.

#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace tallymq::load {

struct Target {
  ::sockaddr_storage address{};
  ::socklen_t size = 0;
};

// Looks `host` up, a name or a numeric address. Throws std::runtime_error if there is none.
Target Resolve(const std::string& host, std::uint16_t port);

}  // namespace tallymq::load
