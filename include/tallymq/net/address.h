// An address to listen on, as people write it: "127.0.0.1:1883", "[::1]:1883".

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tallymq/base/result.h"

namespace tallymq::net {

// A numeric IPv4 or IPv6 address and a port. To hold one that `Parse` made is proof that the
// operating system understands it.
class Address {
 public:
  // Takes "A.B.C.D:PORT" or "[IPV6]:PORT". Names are not resolved: what a broker listens on should
  // not depend on a resolver. Port 0 lets the operating system choose. Errors: a sentence that says
  // what was expected.
  static Result<Address, std::string> Parse(std::string_view text);

  [[nodiscard]] bool is_ipv6() const { return host_.find(':') != std::string::npos; }
  // True if no other machine can reach it.
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] const std::string& host() const { return host_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  // As `Parse` takes it.
  [[nodiscard]] std::string ToString() const;
  // The same address with another port.
  [[nodiscard]] Address WithPort(std::uint16_t port) const { return Address{host_, port}; }

  friend bool operator==(const Address&, const Address&) = default;

 private:
  Address(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}

  std::string host_;
  std::uint16_t port_;
};

}  // namespace tallymq::net
