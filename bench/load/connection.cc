#include "connection.h"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "tallymq/base/assert.h"
#include "tallymq/mqtt/codec.h"

namespace tallymq::load {

Connection::~Connection() {
  if (fd_ >= 0) ::close(fd_);
}

void Connection::Open(bool clean) {
  TALLYMQ_ASSERT(phase_ == Phase::kClosed);
  const auto* const address = reinterpret_cast<const ::sockaddr*>(&state_.target.address);
  fd_ = ::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "socket");
  ++state_.totals.open_sockets;
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  phase_ = Phase::kConnecting;
  input_.clear();
  output_.clear();
  mqtt::Connect connect;
  connect.clean_start = clean;
  connect.client_id = client_id_;
  connect.version = state_.version;
  std::string properties;
  if (!clean && state_.version == mqtt::Version::k50) {
    mqtt::PropertyWriter(properties).Add(mqtt::PropertyId::kSessionExpiryInterval, 0xFFFFFFFF);
    connect.properties = properties;
  }
  mqtt::Encode(connect, state_.version, output_);
  awaits_writable_ = true;
  state_.poller.Add(fd_, EPOLLIN | EPOLLOUT, *this);
  if (::connect(fd_, address, state_.target.size) < 0 && errno != EINPROGRESS) {
    Fail(std::strerror(errno));
  }
}

void Connection::Leave() {
  if (phase_ != Phase::kConnected) return;
  mqtt::Encode(mqtt::Disconnect{}, state_.version, output_);
  Flush();
  ::shutdown(fd_, SHUT_WR);
  phase_ = Phase::kLeaving;
  --state_.totals.connected;
}

void Connection::Close() {
  if (phase_ == Phase::kConnected) --state_.totals.connected;
  phase_ = Phase::kClosed;
  --state_.totals.open_sockets;
  state_.poller.Remove(fd_);
  ::close(fd_);
  fd_ = -1;
}

void Connection::Fail(std::string_view what) {
  if (state_.failure.empty()) state_.failure = fmt::format("{}: {}", client_id_, what);
  if (fd_ >= 0) Close();
}

void Connection::OnReady(std::uint32_t events) {
  if (fd_ >= 0 && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) Read();
  if (fd_ < 0) return;
  if (phase_ == Phase::kConnected) OnTurn();
  Flush();
}

void Connection::Read() {
  std::copy(input_.begin(), input_.end(), state_.input.begin());
  const ::ssize_t size =
      ::recv(fd_, state_.input.data() + input_.size(), state_.input.size() - input_.size(), 0);
  if (size > 0) {
    const std::size_t all = input_.size() + static_cast<std::size_t>(size);
    input_.clear();
    TakePackets({state_.input.data(), all});
    return;
  }
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (phase_ == Phase::kLeaving) {
    Close();
  } else {
    Fail(size == 0 ? "the broker closed the connection" : std::strerror(errno));
  }
}

void Connection::TakePackets(std::string_view bytes) {
  while (fd_ >= 0) {
    const std::optional<PacketView> packet = TakePacket(bytes);
    if (!packet) break;
    ++state_.totals.packets;
    if (phase_ == Phase::kConnecting) {
      OnConnack(*packet);
    } else {
      OnPacket(*packet);
    }
  }
  if (bytes.size() >= state_.input.size()) {
    Fail("the broker sent a packet larger than any that was published");
  }
  input_.assign(bytes);
}

void Connection::OnConnack(const PacketView& packet) {
  if (packet.type() != PacketType::kConnack || packet.body.size() < 2) {
    Fail("the broker's first packet is no CONNACK");
  } else if (packet.body[1] != 0) {
    Fail(fmt::format("the broker refused the connection, CONNACK {}",
                     static_cast<int>(packet.body[1])));
  } else {
    phase_ = Phase::kConnected;
    ++state_.totals.connected;
  }
}

void Connection::Flush() {
  if (phase_ == Phase::kLeaving) output_.clear();  // nothing follows DISCONNECT
  if (!output_.empty()) {
    const ::ssize_t size = ::send(fd_, output_.data(), output_.size(), MSG_NOSIGNAL);
    // A failure comes with the next read.
    if (size > 0) output_.erase(0, static_cast<std::size_t>(size));
  }
  const bool waits = !output_.empty();
  if (waits == awaits_writable_) return;
  awaits_writable_ = waits;
  state_.poller.Change(fd_, waits ? EPOLLIN | EPOLLOUT : EPOLLIN, *this);
}

}  // namespace tallymq::load
