#include "socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "tallymq/base/assert.h"

namespace tallymq::net {
namespace {

// Connections that the kernel completes while we are busy; it cuts this down to net.core.somaxconn.
constexpr int kBacklog = 4096;

socklen_t ToSockaddr(const Address& address, sockaddr_storage& out) {
  out = {};
  if (address.is_ipv6()) {
    auto& to = reinterpret_cast<sockaddr_in6&>(out);
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(address.port());
    TALLYMQ_ASSERT(inet_pton(AF_INET6, address.host().c_str(), &to.sin6_addr) == 1);
    return sizeof to;
  }
  auto& to = reinterpret_cast<sockaddr_in&>(out);
  to.sin_family = AF_INET;
  to.sin_port = htons(address.port());
  TALLYMQ_ASSERT(inet_pton(AF_INET, address.host().c_str(), &to.sin_addr) == 1);
  return sizeof to;
}

std::uint16_t PortOf(const sockaddr_storage& address) {
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace

Result<int, std::string> OpenListener(const Address& address) {
  sockaddr_storage to;
  const socklen_t size = ToSockaddr(address, to);
  const int fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  const auto set = [&](int level, int name) {
    return setsockopt(fd, level, name, &on, sizeof on) == 0;
  };
  // IPV6_V6ONLY: [::] and 0.0.0.0 are two listeners, on any system's setting. TCP_NODELAY is
  // inherited by the connections; what is small is gathered by us, a turn of the loop at a time.
  const bool listening =
      fd >= 0 && set(SOL_SOCKET, SO_REUSEADDR) &&
      (!address.is_ipv6() || set(IPPROTO_IPV6, IPV6_V6ONLY)) && set(IPPROTO_TCP, TCP_NODELAY) &&
      bind(fd, reinterpret_cast<const sockaddr*>(&to), size) == 0 && listen(fd, kBacklog) == 0;
  if (listening) return fd;
  const std::string reason = std::strerror(errno);
  if (fd >= 0) close(fd);
  return Unexpected{"cannot listen on " + address.ToString() + ": " + reason};
}

Address BoundAddress(int fd, const Address& address) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  TALLYMQ_ASSERT(getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) == 0);
  return address.WithPort(PortOf(bound));
}

std::string FormatPeer(const sockaddr_storage& peer) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const std::string port = std::to_string(PortOf(peer));
  if (peer.ss_family == AF_INET6) {
    const auto& from = reinterpret_cast<const sockaddr_in6&>(peer);
    inet_ntop(AF_INET6, &from.sin6_addr, text.data(), text.size());
    return "[" + std::string{text.data()} + "]:" + port;
  }
  const auto& from = reinterpret_cast<const sockaddr_in&>(peer);
  inet_ntop(AF_INET, &from.sin_addr, text.data(), text.size());
  return std::string{text.data()} + ":" + port;
}

}  // namespace tallymq::net
