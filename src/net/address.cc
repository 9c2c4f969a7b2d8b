#include "tallymq/net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>

namespace tallymq::net {

Result<Address, std::string> Address::Parse(std::string_view text) {
  const auto error = [text] {
    return Unexpected{"\"" + std::string{text} +
                      "\" is no ADDRESS:PORT with a numeric address, such as 127.0.0.1:1883 or "
                      "[::1]:1883"};
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return error();
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);

  std::uint16_t port = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (code != std::errc{} || end != digits.data() + digits.size()) return error();

  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  in6_addr parsed{};
  const std::string copy{host};
  if (inet_pton(bracketed ? AF_INET6 : AF_INET, copy.c_str(), &parsed) != 1) return error();
  return Address{copy, port};
}

bool Address::is_loopback() const {
  if (is_ipv6()) {
    in6_addr address{};
    inet_pton(AF_INET6, host_.c_str(), &address);
    return IN6_IS_ADDR_LOOPBACK(&address);
  }
  return host_.starts_with("127.");
}

std::string Address::ToString() const {
  const std::string port = std::to_string(port_);
  return is_ipv6() ? "[" + host_ + "]:" + port : host_ + ":" + port;
}

}  // namespace tallymq::net
