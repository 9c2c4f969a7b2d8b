#include "peer.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace tallymq::crash {

using std::chrono::milliseconds;

namespace {

// Returns a socket that is being connected to the broker, or -1.
int OpenSocket(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "socket");
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) == 0 ||
      errno == EINPROGRESS) {
    return fd;
  }
  ::close(fd);
  return -1;
}

}  // namespace

Peer::Peer(Poller& poller, PeerOptions options, Random random)
    : poller_(poller),
      options_(std::move(options)),
      random_(random),
      client_(std::make_unique<client::Client>(options_.client)) {}

Peer::~Peer() {
  CloseSocket();
  if (stale_fd_ >= 0) ::close(stale_fd_);
}

void Peer::Complain(std::string sentence) {
  complaints_.push_back(fmt::format("{}: {}", options_.client_id, sentence));
}

void Peer::CloseSocket() {
  if (fd_ < 0) return;
  poller_.Remove(fd_);
  ::close(fd_);
  fd_ = -1;
}

// The connection is gone: comes back soon, sometimes as a new process that only has the saved
// session.
void Peer::Disconnected(Moment now, End end) {
  CloseSocket();
  client_->ConnectionLost();
  OnEnd(end);
  connect_at_ = now + milliseconds(settled_ ? 5 : random_.Between(1, 25));
  if (random_.Chance(20)) {
    std::string saved;
    client_->session().Save(saved);
    auto loaded = client::Session::Load(saved);
    TALLYMQ_ASSERT(loaded && *loaded == client_->session());
    client_ = std::make_unique<client::Client>(options_.client, std::move(*loaded));
  }
}

void Peer::Connect(Moment now) {
  fd_ = OpenSocket(options_.port);
  if (fd_ < 0) {
    connect_at_ = now + milliseconds(random_.Between(1, 15));
    return;
  }
  ++connections_;
  mqtt::Connect connect;
  connect.version = options_.version;
  connect.clean_start = false;
  connect.keep_alive_s = 60;
  connect.client_id = options_.client_id;
  OnConnecting(connect);
  std::string properties;
  if (options_.version == mqtt::Version::k50) {
    mqtt::PropertyWriter(properties)
        .Add(mqtt::PropertyId::kSessionExpiryInterval, connect.clean_start ? 0 : 0xFFFFFFFF)
        .Add(mqtt::PropertyId::kReceiveMaximum, static_cast<std::uint32_t>(random_.Between(1, 100)))
        .Add(mqtt::PropertyId::kTopicAliasMaximum, 3);
    connect.properties = properties;
  }
  clean_start_ = connect.clean_start;
  if (clean_start_) known_ = false;
  client_->Connect(connect);
  watched_ = EPOLLIN | EPOLLOUT;
  poller_.Add(fd_, watched_, *this);
  read_at_ = now;
  leave_at_ = Moment::max();
  if (options_.stay_ms > 0) {
    leave_at_ =
        now + milliseconds(random_.Between(5, 2 * static_cast<std::uint64_t>(options_.stay_ms)));
  }
}

// Ends the connection, in one of the ways that clients have.
void Peer::Leave(Moment now) {
  if (stale_fd_ >= 0) {
    ::close(stale_fd_);
    stale_fd_ = -1;
  }
  const std::uint64_t way = random_.Below(3);
  if (way == 0) {
    OnDisconnecting();
    client_->Disconnect();
    Flush();
    if (options_.awaits_close) return;
  } else if (way == 1) {
    // The broker sees a second connection while the first one stands.
    poller_.Remove(fd_);
    stale_fd_ = std::exchange(fd_, -1);
    ++takeovers_;
  }
  Disconnected(now, End::kClient);
  if (way != 1) connect_at_ = now + milliseconds(random_.Between(1, options_.away_ms));
}

void Peer::Tick(Moment now) {
  if (finished_) return;
  if (fd_ < 0) {
    if (now >= connect_at_) Connect(now);
    return;
  }
  if (!settled_ && now >= leave_at_ && client_->connected()) {
    Leave(now);
    return;
  }
  OnTurn();
  Flush();
}

void Peer::WatchSocket() {
  if (fd_ < 0) return;
  const bool reads = Clock::now() >= read_at_;
  const std::uint32_t wanted =
      (reads ? EPOLLIN : 0u) |
      (client_->output().empty() ? 0u : static_cast<std::uint32_t>(EPOLLOUT));
  if (wanted == watched_) return;
  watched_ = wanted;
  poller_.Change(fd_, wanted, *this);
}

void Peer::OnReady(std::uint32_t events) {
  if (fd_ < 0) return;
  const Moment now = Clock::now();
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
    Read(now);
    if (fd_ < 0) return;
    if (!settled_ && random_.Chance(1)) read_at_ = now + milliseconds(random_.Between(1, 20));
  }
  OnTurn();
  Flush();
}

void Peer::Read(Moment now) {
  std::array<char, 65'536> buffer;
  const ::ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) {
    Disconnected(now, End::kBroker);
    return;
  }
  client_->Receive({buffer.data(), static_cast<std::size_t>(size)});
  TakeEvents(false);
}

void Peer::TakeEvents(bool mute) {
  while (const std::optional<client::Event> event = client_->Next()) {
    if (const auto* connected = std::get_if<client::Connected>(&*event)) {
      if (known_ && !connected->session_present && options_.version != mqtt::Version::k31) {
        Complain("CONNACK says that there is no session, and there was one");
      }
      if (clean_start_ && connected->session_present) {
        Complain("CONNACK of a clean start says that there is a session");
      }
      known_ = !clean_start_;
    } else if (const auto* error = std::get_if<client::ProtocolError>(&*event)) {
      Complain(fmt::format("the broker broke the protocol: {} [{}]", error->what, error->clause));
    } else if (const auto* refused = std::get_if<client::Refused>(&*event)) {
      Complain(fmt::format("CONNACK {}", static_cast<int>(mqtt::ToConnectCode(refused->reason))));
    } else if (const auto* stray = std::get_if<client::Stray>(&*event)) {
      Complain(fmt::format("an acknowledgement of packet identifier {} that nothing awaits",
                           stray->packet_id.value()));
    }
    OnEvent(*event, mute);
  }
}

void Peer::Flush() {
  std::string& output = client_->output();
  while (fd_ >= 0 && !output.empty()) {
    const ::ssize_t size = ::send(fd_, output.data(), output.size(), MSG_NOSIGNAL);
    if (size <= 0) break;  // a failure comes with the next read
    output.erase(0, static_cast<std::size_t>(size));
  }
  WatchSocket();
}

void Peer::BrokerDied() {
  if (stale_fd_ >= 0) {
    ::close(stale_fd_);
    stale_fd_ = -1;
  }
  if (fd_ < 0) return;
  std::array<char, 65'536> buffer;
  for (;;) {
    const ::ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    client_->Receive({buffer.data(), static_cast<std::size_t>(size)});
    TakeEvents(true);
  }
  Disconnected(Clock::now(), End::kKill);
}

void Peer::Finish() {
  finished_ = true;
  if (fd_ < 0) return;
  OnDisconnecting();
  client_->Disconnect();
  Flush();
  Disconnected(Clock::now(), End::kClient);
}

}  // namespace tallymq::crash
