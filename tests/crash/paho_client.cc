#include "paho_client.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace tallymq::crash {

using std::chrono::milliseconds;
using Kind = PahoEvent::Kind;

PahoClient::PahoClient(Poller& poller, PahoOptions options, Random random)
    : poller_(poller),
      options_(std::move(options)),
      random_(random),
      log_(options_.folder + "/" + options_.client_id + ".log") {
  Start();
}

PahoClient::~PahoClient() {
  if (fd_ >= 0) CloseSocket();
}

void PahoClient::CloseSocket() {
  poller_.Remove(fd_);
  ::close(fd_);
  fd_ = -1;
}

void PahoClient::Complain(std::string_view sentence) {
  complaints_.push_back(fmt::format("{}: {}", options_.client_id, sentence));
}

std::string PahoClient::folder() const {
  return fmt::format("{}/{}-127.0.0.1-{}", options_.folder, options_.client_id, options_.port);
}

void PahoClient::Start() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) < 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  program_ = std::make_unique<Program>(
      std::vector<std::string>{options_.program, options_.client_id, std::to_string(options_.port),
                               options_.folder,
                               options_.version == mqtt::Version::k31 ? "3.1" : "3.1.1",
                               std::to_string(options_.window)},
      ends[1], options_.folder + "/" + options_.client_id + ".errors");
  ::close(ends[1]);
  fd_ = ends[0];
  watched_ = EPOLLIN;
  poller_.Add(fd_, watched_, *this);
  input_.clear();
  output_.clear();
  said_farewell_ = false;
  state_ = State::kAway;
  ++programs_;
}

void PahoClient::Ended() {
  CloseSocket();
  const Ending ending = program_->Stop(SIGKILL);  // only if it closed its outputs and went on
  if (!said_farewell_) {
    Complain(
        fmt::format("Paho's program died: exit code {}, signal {}", ending.code, ending.signal));
  }
  log_ << "-- ended\n";
  state_ = State::kAway;
  if (finished_) return;
  Start();
  OnStarted();
}

void PahoClient::Order(std::string_view line) {
  log_ << "-- " << line << '\n';
  output_ += line;
  output_ += '\n';
  Flush();
}

void PahoClient::Flush() {
  while (!output_.empty()) {
    const ::ssize_t size = ::send(fd_, output_.data(), output_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size <= 0) break;  // an end comes with the next read
    output_.erase(0, static_cast<std::size_t>(size));
  }
  const std::uint32_t wanted =
      EPOLLIN | (output_.empty() ? 0u : static_cast<std::uint32_t>(EPOLLOUT));
  if (wanted == watched_) return;
  watched_ = wanted;
  poller_.Change(fd_, wanted, *this);
}

void PahoClient::OnReady(std::uint32_t events) {
  if ((events & EPOLLOUT) != 0) Flush();
  Read();
}

void PahoClient::Read() {
  std::array<char, 65'536> buffer;
  while (fd_ >= 0) {
    const ::ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) return Ended();
    input_.append(buffer.data(), static_cast<std::size_t>(size));
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = input_.find('\n', begin)) != std::string::npos;) {
      OnLine(std::string_view(input_).substr(begin, end - begin));
      begin = end + 1;
    }
    input_.erase(0, begin);
  }
}

void PahoClient::SetLate(bool late) {
  if (late && !late_) log_ << "-- the broker is dead\n";
  late_ = late;
}

void PahoClient::Connect() {
  Order("connect");
  state_ = State::kConnecting;
}

void PahoClient::GoAway(std::uint32_t limit_ms) {
  state_ = State::kAway;
  connect_at_ = Clock::now() + milliseconds(settled_ ? 5 : random_.Between(1, limit_ms));
  if (settled_ || !random_.Chance(25)) return;
  said_farewell_ = true;
  state_ = State::kEnding;
  Order("end");
}

// Ends the connection, in one of two ways.
void PahoClient::Leave() {
  leave_at_ = Moment::max();
  if (random_.Chance(50)) {
    state_ = State::kLeaving;
    Order("disconnect");
    return;
  }
  connect_at_ = Clock::now() + milliseconds(random_.Between(1, options_.away_ms));
  said_farewell_ = true;
  state_ = State::kEnding;
  Order("end");
}

void PahoClient::Finish() {
  finished_ = true;
  if (state_ == State::kEnding) return;
  said_farewell_ = true;
  state_ = State::kEnding;
  Order("end");
}

void PahoClient::Tick(Moment now) {
  if (finished_ || state_ == State::kEnding) return;
  if (state_ == State::kAway && now >= connect_at_) Connect();
  if (state_ == State::kConnected && !settled_ && now >= leave_at_) return Leave();
  OnTurn();
}

void PahoClient::OnLine(std::string_view line) {
  log_ << line << '\n';
  const auto event = ParsePahoEvent(line);
  if (!event) {
    Complain(fmt::format("its program says '{}'", line));
  } else if (event->kind != Kind::kTrace) {
    OnEvent(*event);
  } else if (const auto packet = ParsePahoTrace(event->text)) {
    OnPacket(*packet);
  }
}

void PahoClient::OnEvent(const PahoEvent& event) {
  switch (event.kind) {
    case Kind::kConnected:
      if (event.number == 0 && connections_ > 1 && options_.version != mqtt::Version::k31) {
        Complain("CONNACK says that there is no session, and there was one");
      }
      if (state_ != State::kConnecting) return;
      state_ = State::kConnected;
      leave_at_ = Clock::now() + milliseconds(random_.Between(50, 2ul * options_.stay_ms));
      OnConnected();
      return;
    case Kind::kConnectFailed:
      if (state_ == State::kConnecting) GoAway(15);
      return;
    case Kind::kLost:
      if (state_ != State::kAway && state_ != State::kEnding) GoAway(25);
      return;
    case Kind::kDisconnected:
      if (state_ == State::kLeaving) GoAway(options_.away_ms);
      return;
    case Kind::kSendFailed:
      said_farewell_ = true;
      state_ = State::kEnding;
      connect_at_ = Clock::now() + milliseconds(random_.Between(1, 25));
      return;
    case Kind::kRefused:
      Complain(fmt::format("Paho refuses: {}", event.text));
      return;
    default:
      OnOther(event);
  }
}

void PahoClient::OnPacket(const TracedPacket& packet) {
  if (packet.type != TracedPacket::Type::kConnack) {
    OnOtherPacket(packet, late_);
  } else if (packet.code != 0) {
    Complain(fmt::format("CONNACK {}", packet.code));
  } else {
    ++connections_;
    OnConnack();
  }
}

}  // namespace tallymq::crash
