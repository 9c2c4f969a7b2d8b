#include "binary_world.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "packet_text.h"

namespace tallymq::spec {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// How long an answer may take before its absence is a failure. No successful run waits for it.
constexpr milliseconds kAnswerLimit{20'000};

milliseconds Since(Clock::time_point start) {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - start);
}

// Waits for something to read. Returns false when the time is over.
bool WaitReadable(int fd, milliseconds limit) {
  pollfd wanted{fd, POLLIN, 0};
  int result = 0;
  do {
    result = poll(&wanted, 1, static_cast<int>(limit.count()));
  } while (result < 0 && errno == EINTR);
  return result > 0;
}

}  // namespace

BinaryWorld::~BinaryWorld() { CloseLinks(); }

void BinaryWorld::CloseLinks() {
  for (const auto& [link, fd] : sockets_) close(fd);
  sockets_.clear();
}

void BinaryWorld::Start(const Settings& settings) {
  std::vector<std::string> arguments;
  const auto add = [&](const char* flag, const auto& value, const char* unit) {
    if (value) arguments.insert(arguments.end(), {flag, std::to_string(*value) + unit});
  };
  add("--inflight-max", settings.inflight, "");
  add("--packet-size-max", settings.packet_max, "");
  add("--connect-timeout", settings.connect_timeout_s, "s");
  add("--keep-alive-max", settings.keep_alive_max_s, "s");
  add("--topic-levels-max", settings.topic_levels, "");
  broker_ = std::make_unique<test::TallymqdProcess>(std::move(arguments));
  if (!broker_->Start()) throw Failure("the broker does not start");
}

void BinaryWorld::Restart() {
  Stop();
  if (!broker_->Start()) throw Failure("the broker does not start again");
}

void BinaryWorld::Crash() {
  broker_->End(SIGKILL);
  CloseLinks();
  if (!broker_->Start()) throw Failure("the broker does not start again after a crash");
}

void BinaryWorld::Stop() {
  broker_->Signal(SIGTERM);
  // As clients do: each closes its side when the broker has closed.
  std::string lost;
  while (!sockets_.empty()) {
    const Link link = sockets_.begin()->first;
    while (Receive(link, lost)) {
    }
  }
  const int code = broker_->Wait();
  if (code != 0) throw Failure(fmt::format("the broker ended with {}", code));
}

Link BinaryWorld::Open() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(broker_->port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(fd);
    throw Failure("the broker takes no connection");
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockets_[++last_link_] = fd;
  return last_link_;
}

void BinaryWorld::Write(Link link, std::string_view bytes) {
  const auto it = sockets_.find(link);
  if (it == sockets_.end()) return;
  while (!bytes.empty()) {
    const ssize_t size = send(it->second, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size < 0 && errno != EINTR) return;
    if (size > 0) bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

bool BinaryWorld::Receive(Link link, std::string& in) {
  const auto it = sockets_.find(link);
  if (it == sockets_.end()) return false;
  if (!WaitReadable(it->second, kAnswerLimit)) {
    throw Failure(fmt::format("nothing came for {} ms", kAnswerLimit.count()));
  }
  char buffer[65536];
  const ssize_t size = recv(it->second, buffer, sizeof buffer, 0);
  if (size > 0) {
    in.append(buffer, static_cast<std::size_t>(size));
    return true;
  }
  close(it->second);
  sockets_.erase(it);
  return false;
}

void BinaryWorld::Close(Link link) {
  const auto it = sockets_.find(link);
  if (it == sockets_.end()) return;
  shutdown(it->second, SHUT_WR);
  // The broker has seen the end when it closes its side.
  std::string lost;
  while (Receive(link, lost)) {
  }
}

World::Incoming BinaryWorld::Read(Link link, std::string& in) {
  return Receive(link, in) ? Incoming::kBytes : Incoming::kClosed;
}

std::optional<milliseconds> BinaryWorld::AwaitClose(Link link, std::string& in,
                                                    milliseconds limit) {
  const auto start = Clock::now();
  for (milliseconds left = limit; left.count() > 0; left = limit - Since(start)) {
    const auto it = sockets_.find(link);
    if (it == sockets_.end()) return Since(start);
    if (WaitReadable(it->second, left) && !Receive(link, in)) return Since(start);
  }
  return std::nullopt;
}

}  // namespace tallymq::spec
