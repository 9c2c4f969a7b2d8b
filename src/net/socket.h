// The few socket calls that need more than one line.

#pragma once

#include <sys/socket.h>

#include <string>

#include "tallymq/base/result.h"
#include "tallymq/net/address.h"

namespace tallymq::net {

// A listening TCP socket, not blocking, closed on exec, whose connections have Nagle's algorithm
// off. Errors: a sentence with the address and the operating system's reason.
Result<int, std::string> OpenListener(const Address& address);

// The address that `fd` is bound to, for a socket made by `OpenListener` with `address`.
Address BoundAddress(int fd, const Address& address);

// "127.0.0.1:53212", "[::1]:53212".
std::string FormatPeer(const sockaddr_storage& peer);

}  // namespace tallymq::net
