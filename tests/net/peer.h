// A TCP client that does nothing by itself: the other end of a connection, for tests.

#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "tallymq/net/address.h"

namespace tallymq::net {

class Peer {
 public:
  explicit Peer(const Address& address) {
    sockaddr_storage to{};
    socklen_t size = 0;
    if (address.is_ipv6()) {
      auto& in = reinterpret_cast<sockaddr_in6&>(to);
      in.sin6_family = AF_INET6;
      in.sin6_port = htons(address.port());
      inet_pton(AF_INET6, address.host().c_str(), &in.sin6_addr);
      size = sizeof in;
    } else {
      auto& in = reinterpret_cast<sockaddr_in&>(to);
      in.sin_family = AF_INET;
      in.sin_port = htons(address.port());
      inet_pton(AF_INET, address.host().c_str(), &in.sin_addr);
      size = sizeof in;
    }
    fd_ = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&to), size), 0);
    fcntl(fd_, F_SETFL, O_NONBLOCK);
  }
  ~Peer() { Close(); }
  Peer(Peer&& other) noexcept : fd_(std::exchange(other.fd_, -1)), eof_(other.eof_) {}
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // Sends what the kernel takes; returns how much that was.
  std::size_t Send(std::string_view bytes) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == ECONNRESET || errno == EPIPE)) reset_ = true;
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
  }

  // Appends what has arrived to `bytes`.
  void Receive(std::string& bytes) {
    std::array<char, 65536> chunk;
    for (;;) {
      const ssize_t count = recv(fd_, chunk.data(), chunk.size(), 0);
      if (count == 0) eof_ = true;
      if (count < 0 && errno == ECONNRESET) reset_ = true;
      if (count <= 0) return;
      bytes.append(chunk.data(), static_cast<std::size_t>(count));
    }
  }

  // The other end has closed, in order or by a reset.
  [[nodiscard]] bool eof() const { return eof_; }
  [[nodiscard]] bool reset() const { return reset_; }

  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_ = -1;
  bool eof_ = false;
  bool reset_ = false;
};

}  // namespace tallymq::net
