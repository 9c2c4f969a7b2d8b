#include "binary_world.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "packet_text.h"

namespace tallymq::spec {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// How long an answer may take before its absence is a failure. No successful run waits for it.
constexpr milliseconds kAnswerLimit{20'000};

// A setting of README.md and the command line's word for it. One without a unit takes no value.
struct Flag {
  std::string_view setting;
  const char* name;
  const char* unit;
};
constexpr Flag kFlags[] = {
    {"client_id_max", "--client-id-size-max", ""},
    {"connect_timeout_s", "--connect-timeout", "s"},
    {"connections_max", "--connections-max", ""},
    {"inflight", "--inflight-max", ""},
    {"keep_alive_max_s", "--keep-alive-max", "s"},
    {"packet_max", "--packet-size-max", ""},
    {"queue_messages_max", "--queue-messages-max", ""},
    {"receive_max", "--receive-max", ""},
    {"session_expiry_s", "--session-expiry", "s"},
    {"subscriptions_max", "--subscriptions-max", ""},
    {"topic_alias_max", "--topic-aliases-max", ""},
    {"topic_levels", "--topic-levels-max", ""},
    {"validate_payload_format", "--validate-payload-format", nullptr},
};

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
  for (const auto& [name, value] : settings) {
    const auto* flag = std::ranges::find(kFlags, name, &Flag::setting);
    if (flag == std::end(kFlags)) throw Failure("no setting is called " + name);
    arguments.emplace_back(flag->name);
    if (flag->unit != nullptr) arguments.push_back(std::to_string(value) + flag->unit);
  }
  broker_ = std::make_unique<test::TallymqdProcess>(std::move(arguments));
  if (!broker_->Start()) throw Failure("the broker does not start");
}

void BinaryWorld::StartAgain(milliseconds away) {
  // Not a wait for something to happen: that time passes is what happens.
  std::this_thread::sleep_for(away);
  if (!broker_->Start()) throw Failure("the broker does not start again");
}

void BinaryWorld::Restart(milliseconds away) {
  Stop();
  StartAgain(away);
}

void BinaryWorld::Crash(milliseconds away) {
  broker_->End(SIGKILL);
  CloseLinks();
  StartAgain(away);
}

void BinaryWorld::Stop() {
  broker_->Signal(SIGTERM);
  // As clients do: each closes its side when the broker has closed.
  while (!sockets_.empty()) {
    const Link link = sockets_.begin()->first;
    while (Receive(link, last_words_[link])) {
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
  if (const auto words = last_words_.extract(link); words && !words.mapped().empty()) {
    in += words.mapped();
    return Incoming::kBytes;
  }
  return Receive(link, in) ? Incoming::kBytes : Incoming::kClosed;
}

milliseconds BinaryWorld::Await(Link link, milliseconds limit) {
  const auto start = Clock::now();
  const auto it = sockets_.find(link);
  if (it != sockets_.end() && !WaitReadable(it->second, limit)) return limit;
  return std::min(limit, Since(start));
}

}  // namespace tallymq::spec
