#include "tallymq/net/network.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <deque>
#include <utility>
#include <vector>

#include "connection.h"
#include "loop.h"
#include "nonce_source.h"
#include "socket.h"
#include "tallymq/base/assert.h"

namespace tallymq::net {
namespace {

using State = Connection::State;

// A connection's identifier is its number since the start and, in the low bits, its descriptor,
// which finds it: unique because the number is. 2^40 connections are 34 years of 1,000 a second.
constexpr int kFdBits = 24;
constexpr int kFdMax = (1 << kFdBits) - 1;

constexpr int kAcceptsPerTurn = 64;
// How much a connection's buffer grows at once for a packet that is not whole yet: about as much as
// has come already, so that a peer cannot take memory by announcing a large packet. Bytes.
constexpr std::size_t kGrowthMin = 4 * 1024;
constexpr std::size_t kGrowthMax = 1024 * 1024;
// What one turn reads of all connections together before it ends, so that answers and commits do
// not wait for everyone else's input, and nobody's output grows without being written in between.
// Bytes.
constexpr std::size_t kTurnBytes = 256 * 1024;
// Parts of one write; the kernel takes up to 1,024.
constexpr std::size_t kWriteParts = 64;
// After accept failed for want of descriptors and of the reserve. Milliseconds.
constexpr std::uint64_t kAcceptPauseMs = 100;
// Empty output queues kept for reuse.
constexpr std::size_t kSpareOutputs = 16;
// What a closing or lingering peer may still send in one turn, to be thrown away. Reads.
constexpr int kDrainReads = 4;

bool WouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

std::uint64_t NowMs() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                        std::chrono::steady_clock::now().time_since_epoch())
                                        .count());
}

int OpenReserve() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

}  // namespace

class Network::Impl {
 public:
  Impl(const Options& options, EventSink& sink)
      : options_(options),
        sink_(sink),
        read_buffer_(std::make_unique_for_overwrite<char[]>(kReadBytes)),
        reserve_fd_(OpenReserve()) {}

  ~Impl() {
    for (auto& connection : connections_) {
      if (connection) Destroy(*connection);
    }
    CloseListeners();
    if (reserve_fd_ >= 0) close(reserve_fd_);
  }

  Result<Address, std::string> Listen(const Address& address);
  void Poll(std::uint64_t timeout_ms);
  void Flush();
  void StopInput();

  void Perform(const broker::Send& effect);
  void Perform(const broker::Close& effect);
  void Perform(const broker::PauseReading& effect);
  void Perform(const broker::ResumeReading& effect);

  Loop& loop() { return loop_; }
  [[nodiscard]] std::size_t known() const { return known_; }
  [[nodiscard]] bool output_pending() const { return outputs_ > 0 || lingering_ > 0; }
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  // What libevent calls; `impl` is this object, the descriptor tells the rest.
  static void OnAcceptable(evutil_socket_t fd, short what, void* impl);
  static void OnReady(evutil_socket_t fd, short what, void* impl);

  // Listening.
  void CloseListeners();
  bool AcceptOne(int listener_fd);
  bool RefuseOne(int listener_fd);
  void Add(int fd, const sockaddr_storage& peer);

  // Reading.
  void Read(Connection& connection);
  void ReadRest(Connection& connection);
  std::size_t Decode(Connection& connection, std::string_view bytes);
  void DecodeInput(Connection& connection);
  void DecodeFresh(Connection& connection, std::string_view bytes);
  void PeerGone(Connection& connection);

  // Writing.
  OutputQueue& Output(Connection& connection);
  void DropOutput(Connection& connection);
  bool Write(Connection& connection);
  void FlushOne(Connection& connection);

  // Ending.
  struct Lingerer {
    ConnId id;
    std::uint64_t deadline_ms;
  };
  void Linger(Connection& connection);
  void EndLingering(std::uint64_t now_ms);
  bool Drain(Connection& connection);
  void Destroy(Connection& connection);

  Connection* FindAny(ConnId id);
  Connection* Find(ConnId id);  // nullptr, too, if the sink does not count on it any more
  void MarkDirty(Connection& connection);
  void UpdateInterest(Connection& connection);

  const Options options_;
  EventSink& sink_;
  Loop loop_;
  NonceSource nonces_;
  Counters counters_;
  std::unique_ptr<char[]> read_buffer_;  // of kReadBytes
  int reserve_fd_;                       // given up for a moment to accept and close one too many
  std::vector<std::unique_ptr<event>> listeners_;
  std::vector<std::unique_ptr<Connection>> connections_;  // by descriptor
  std::uint64_t last_number_ = 0;                         // of a connection
  std::size_t open_ = 0;                                  // connections there are
  std::size_t known_ = 0;                                 // of them, those the sink counts on
  std::size_t lingering_ = 0;                             // of them, those closed by us
  std::size_t outputs_ = 0;                               // of them, those with output
  std::vector<ConnId> resumed_;                           // to be decoded in the next `Poll`
  std::vector<Connection*> dirty_;                        // to be looked at by the next `Flush`
  std::vector<Connection*> flushing_;                     // being looked at by this one
  std::deque<Lingerer> lingerers_;                        // by deadline; some may be gone already
  std::vector<std::unique_ptr<OutputQueue>> spare_outputs_;
  std::size_t turn_bytes_ = 0;  // read in this turn
  bool input_stopped_ = false;
  bool accept_paused_ = false;
};

// Listening.

Result<Address, std::string> Network::Impl::Listen(const Address& address) {
  auto fd = OpenListener(address);
  if (!fd) return Unexpected{fd.error()};
  listeners_.push_back(std::make_unique<event>());
  event_assign(listeners_.back().get(), loop_.base(), *fd, EV_READ | EV_PERSIST, OnAcceptable,
               this);
  event_add(listeners_.back().get(), nullptr);
  return BoundAddress(*fd, address);
}

void Network::Impl::CloseListeners() {
  for (const auto& listener : listeners_) {
    event_del(listener.get());
    close(event_get_fd(listener.get()));
  }
  listeners_.clear();
}

void Network::Impl::OnAcceptable(evutil_socket_t fd, short, void* impl) {
  auto& self = *static_cast<Impl*>(impl);
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    if (!self.AcceptOne(fd)) return;
  }
}

// Returns false if there is nothing more to accept at present.
bool Network::Impl::AcceptOne(int listener_fd) {
  sockaddr_storage peer;
  socklen_t size = sizeof peer;
  const int fd =
      accept4(listener_fd, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    if (WouldBlock(errno)) return false;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      return RefuseOne(listener_fd);
    }
    return true;  // this one has gone already
  }
  if (open_ >= options_.connections_max || fd > kFdMax) {
    close(fd);
    ++counters_.refused;
    return true;
  }
  Add(fd, peer);
  return true;
}

// No descriptor is left: gives the reserve up to accept and close one connection, which would
// otherwise stay ready for ever. Returns false if that does not work either.
bool Network::Impl::RefuseOne(int listener_fd) {
  if (reserve_fd_ >= 0) close(reserve_fd_);
  const int fd = accept4(listener_fd, nullptr, nullptr, SOCK_CLOEXEC);
  const bool would_block = fd < 0 && WouldBlock(errno);
  if (fd >= 0) {
    close(fd);
    ++counters_.refused;
  }
  reserve_fd_ = OpenReserve();
  if (fd >= 0) return true;
  if (!would_block) {
    // Somebody else took the descriptor. Do not spin: try again in a moment.
    for (const auto& listener : listeners_) event_del(listener.get());
    accept_paused_ = true;
  }
  return false;
}

void Network::Impl::Add(int fd, const sockaddr_storage& peer) {
  const auto slot = static_cast<std::size_t>(fd);
  if (slot >= connections_.size()) connections_.resize(slot + 1);
  TALLYMQ_ASSERT(connections_[slot] == nullptr);
  connections_[slot] = std::make_unique<Connection>();
  Connection& connection = *connections_[slot];
  connection.id = ConnId{++last_number_ << kFdBits | slot};
  event_assign(&connection.io, loop_.base(), fd, EV_READ | EV_PERSIST, OnReady, this);
  event_add(&connection.io, nullptr);
  ++counters_.accepted;
  ++open_;
  ++known_;
  const std::string name = FormatPeer(peer);
  sink_.OnEvent(broker::Connected{connection.id, name, nonces_.Next()});
}

// Reading.

void Network::Impl::OnReady(evutil_socket_t fd, short what, void* impl) {
  auto& self = *static_cast<Impl*>(impl);
  Connection& connection = *self.connections_[static_cast<std::size_t>(fd)];
  if (connection.state == State::kLingering) {
    if (!self.Drain(connection)) self.Destroy(connection);
    return;
  }
  if ((what & EV_WRITE) != 0) {
    connection.blocked = false;
    self.MarkDirty(connection);
  }
  if ((what & EV_READ) != 0) {
    if (connection.decoding() && !self.input_stopped_) {
      self.Read(connection);
    } else {
      self.UpdateInterest(connection);
    }
  }
}

// One read, into the shared buffer, or into the connection's for the rest of a packet that began
// there (and into the shared one for what is behind that packet).
void Network::Impl::Read(Connection& connection) {
  InputBuffer& input = connection.input;
  std::array<iovec, 2> parts{};
  std::size_t room = 0;
  std::size_t part_count = 0;
  if (!input.empty()) {
    // Before the fixed header is whole, one byte more may make it so.
    const std::size_t missing =
        connection.announced > input.size() ? connection.announced - input.size() : 1;
    room = std::min(missing, std::clamp(input.size(), kGrowthMin, kGrowthMax));
    parts[part_count++] = {input.Reserve(room), room};
  }
  if (input.empty() || input.size() + room == connection.announced) {
    parts[part_count++] = {read_buffer_.get(), kReadBytes};
  }
  const ssize_t result = part_count == 1
                             ? read(connection.fd(), parts[0].iov_base, parts[0].iov_len)
                             : readv(connection.fd(), parts.data(), 2);
  if (result <= 0) {
    if (result < 0 && (WouldBlock(errno) || errno == EINTR)) return;
    PeerGone(connection);
    return;
  }
  const auto count = static_cast<std::size_t>(result);
  counters_.bytes_in += count;
  turn_bytes_ += count;
  if (turn_bytes_ >= kTurnBytes) loop_.Break();
  const std::size_t kept = std::min(count, room);
  input.Commit(kept);
  if (!input.empty()) {
    if (input.size() < connection.announced) return;
    DecodeInput(connection);
  }
  if (count > kept) {
    TALLYMQ_ASSERT(input.empty());  // its packet was whole
    const std::string_view fresh{read_buffer_.get(), count - kept};
    input.Append(fresh.substr(Decode(connection, fresh)));
  }
}

void Network::Impl::DecodeInput(Connection& connection) {
  connection.input.Consume(Decode(connection, connection.input.view()));
}

// Decodes the packets in `bytes`, as long as they are whole and the connection is to be read.
// Returns how many bytes need not be kept.
std::size_t Network::Impl::Decode(Connection& connection, std::string_view bytes) {
  std::size_t consumed = 0;
  connection.announced = 0;
  while (consumed < bytes.size() && connection.decoding()) {
    const auto result =
        mqtt::Decode(bytes.substr(consumed),
                     {mqtt::Sender::kClient, connection.version, options_.packet_bytes_max});
    if (const auto* decoded = std::get_if<mqtt::Decoded>(&result)) {
      const auto* connect = std::get_if<mqtt::Connect>(&decoded->packet);
      if (connect != nullptr && !std::exchange(connection.connect_seen, true)) {
        connection.version = connect->version;
      }
      consumed += decoded->consumed;
      sink_.OnEvent(broker::Received{connection.id, decoded->packet});
    } else if (const auto* more = std::get_if<mqtt::NeedMore>(&result)) {
      connection.announced = static_cast<std::uint32_t>(more->total);
      break;
    } else {
      connection.state = State::kBroken;
      sink_.OnEvent(broker::Malformed{connection.id, std::get<mqtt::DecodeError>(result)});
    }
  }
  const bool over = connection.state != State::kOpen;
  return over ? bytes.size() : consumed;
}

void Network::Impl::PeerGone(Connection& connection) {
  connection.state = State::kGone;
  --known_;
  MarkDirty(connection);
  sink_.OnEvent(broker::Closed{connection.id});
}

void Network::Impl::Perform(const broker::PauseReading& effect) {
  // Stays registered until there really is something to read.
  if (Connection* connection = Find(effect.conn)) connection->paused = true;
}

void Network::Impl::Perform(const broker::ResumeReading& effect) {
  Connection* connection = Find(effect.conn);
  if (connection == nullptr || !std::exchange(connection->paused, false)) return;
  UpdateInterest(*connection);
  if (!connection->input.empty()) resumed_.push_back(connection->id);
}

void Network::Impl::Poll(std::uint64_t timeout_ms) {
  if (!dirty_.empty() || !resumed_.empty()) timeout_ms = 0;
  // Before anything is read: a connection's input must end in a packet that is not whole yet.
  for (const ConnId id : std::exchange(resumed_, {})) {
    Connection* connection = Find(id);
    if (connection != nullptr && connection->decoding() && !input_stopped_) {
      DecodeInput(*connection);
    }
  }
  if (accept_paused_) timeout_ms = std::min(timeout_ms, kAcceptPauseMs);
  if (!lingerers_.empty()) {
    const std::uint64_t now_ms = NowMs();
    EndLingering(now_ms);
    if (!lingerers_.empty()) {
      timeout_ms = std::min(timeout_ms, lingerers_.front().deadline_ms - now_ms);
    }
  }
  turn_bytes_ = 0;
  loop_.RunOnce(timeout_ms);
  if (std::exchange(accept_paused_, false)) {
    for (const auto& listener : listeners_) event_add(listener.get(), nullptr);
  }
}

void Network::Impl::StopInput() {
  input_stopped_ = true;
  accept_paused_ = false;
  CloseListeners();
}

// Writing.

void Network::Impl::Perform(const broker::Send& effect) {
  Connection* connection = Find(effect.conn);
  if (connection == nullptr) return;
  OutputQueue& output = Output(*connection);
  broker::EncodeHead(effect, output.bytes());
  if (const auto* out = std::get_if<broker::OutPublish>(&effect.packet)) {
    const std::string_view payload = out->message->payload();
    if (payload.size() <= OutputQueue::kCopyMax) {
      output.bytes().append(payload);
    } else {
      output.AppendPayload(out->message);
    }
  }
  if (!connection->blocked) MarkDirty(*connection);
}

OutputQueue& Network::Impl::Output(Connection& connection) {
  if (!connection.output) {
    ++outputs_;
    if (spare_outputs_.empty()) {
      connection.output = std::make_unique<OutputQueue>();
    } else {
      connection.output = std::move(spare_outputs_.back());
      spare_outputs_.pop_back();
    }
  }
  return *connection.output;
}

void Network::Impl::DropOutput(Connection& connection) {
  if (!connection.output) return;
  --outputs_;
  connection.output->Clear();
  if (spare_outputs_.size() < kSpareOutputs) spare_outputs_.push_back(std::move(connection.output));
  connection.output.reset();
}

// Writes what the peer takes at once. Returns false if the connection is gone.
bool Network::Impl::Write(Connection& connection) {
  while (connection.output) {
    std::array<iovec, kWriteParts> parts;
    const std::size_t part_count = connection.output->Gather(parts);
    const ssize_t result =
        part_count == 1 ? write(connection.fd(), parts[0].iov_base, parts[0].iov_len)
                        : writev(connection.fd(), parts.data(), static_cast<int>(part_count));
    if (result < 0) {
      if (errno == EINTR) continue;
      return WouldBlock(errno);
    }
    counters_.bytes_out += static_cast<std::uint64_t>(result);
    connection.output->Advance(static_cast<std::size_t>(result));
    if (connection.output->empty()) DropOutput(connection);
  }
  return true;
}

void Network::Impl::Flush() {
  // What the sink sends now waits for the next time, so that no connection keeps this from ending.
  flushing_.swap(dirty_);
  for (Connection* connection : flushing_) FlushOne(*connection);
  flushing_.clear();
}

void Network::Impl::FlushOne(Connection& connection) {
  connection.dirty = false;
  if (connection.state == State::kGone) {
    Destroy(connection);
    return;
  }
  const bool had_output = connection.output != nullptr;
  const bool alive = Write(connection);
  if (connection.state == State::kClosing) {
    // A peer that does not read would not read on; one that does gets everything.
    if (alive && !connection.output) {
      Linger(connection);
    } else {
      Destroy(connection);
    }
    return;
  }
  if (!alive) {
    PeerGone(connection);  // marks it dirty again: it is destroyed by the next flush
    return;
  }
  connection.blocked = connection.output != nullptr;
  UpdateInterest(connection);
  if (had_output && !connection.output) sink_.OnEvent(broker::Writable{connection.id});
}

// Ending.

void Network::Impl::Perform(const broker::Close& effect) {
  Connection* connection = Find(effect.conn);
  if (connection == nullptr) return;
  connection->state = State::kClosing;
  --known_;
  MarkDirty(*connection);
}

// Sends our end of the stream and waits for the peer's: a socket closed over unread input would
// send a reset, which can overtake and destroy what was sent last.
void Network::Impl::Linger(Connection& connection) {
  connection.state = State::kLingering;
  ++lingering_;
  connection.input.Consume(connection.input.size());
  if (shutdown(connection.fd(), SHUT_WR) != 0 || !Drain(connection)) {
    Destroy(connection);
    return;
  }
  event_del(&connection.io);
  event_assign(&connection.io, loop_.base(), connection.fd(), EV_READ | EV_PERSIST, OnReady, this);
  event_add(&connection.io, nullptr);
  lingerers_.push_back({connection.id, NowMs() + options_.linger_ms});
}

// Ends the lingering of those whose time is up.
void Network::Impl::EndLingering(std::uint64_t now_ms) {
  while (!lingerers_.empty()) {
    Connection* connection = FindAny(lingerers_.front().id);
    if (connection != nullptr) {
      if (lingerers_.front().deadline_ms > now_ms) return;
      Destroy(*connection);
    }
    lingerers_.pop_front();
  }
}

// Throws away what a lingering peer sent. Returns false if the peer has closed.
bool Network::Impl::Drain(Connection& connection) {
  for (int i = 0; i < kDrainReads; ++i) {
    const ssize_t result = read(connection.fd(), read_buffer_.get(), kReadBytes);
    if (result == 0) return false;
    if (result < 0) return WouldBlock(errno) || errno == EINTR;
  }
  return true;
}

void Network::Impl::Destroy(Connection& connection) {
  DropOutput(connection);
  if (connection.state == State::kLingering) --lingering_;
  if (connection.known()) --known_;
  --open_;
  const int fd = connection.fd();
  event_del(&connection.io);
  connections_[static_cast<std::size_t>(fd)].reset();
  close(fd);
}

Connection* Network::Impl::FindAny(ConnId id) {
  const std::size_t slot = id.value() & kFdMax;
  if (slot >= connections_.size() || !connections_[slot]) return nullptr;
  return connections_[slot]->id == id ? connections_[slot].get() : nullptr;
}

Connection* Network::Impl::Find(ConnId id) {
  Connection* connection = FindAny(id);
  return connection != nullptr && connection->known() ? connection : nullptr;
}

void Network::Impl::MarkDirty(Connection& connection) {
  if (!std::exchange(connection.dirty, true)) dirty_.push_back(&connection);
}

void Network::Impl::UpdateInterest(Connection& connection) {
  const bool reading = connection.decoding() && !input_stopped_;
  const int wanted = (reading ? EV_READ : 0) | (connection.blocked ? EV_WRITE : 0);
  const int present = event_get_events(&connection.io) & (EV_READ | EV_WRITE);
  const bool registered = event_pending(&connection.io, EV_READ | EV_WRITE, nullptr) != 0;
  if (registered ? wanted == present : wanted == 0) return;
  const int fd = connection.fd();
  event_del(&connection.io);
  if (wanted == 0) return;
  event_assign(&connection.io, loop_.base(), fd, static_cast<short>(wanted | EV_PERSIST), OnReady,
               this);
  event_add(&connection.io, nullptr);
}

Network::Network(const Options& options, EventSink& sink)
    : impl_(std::make_unique<Impl>(options, sink)) {}
Network::~Network() = default;
Result<Address, std::string> Network::Listen(const Address& address) {
  return impl_->Listen(address);
}
void Network::Poll(std::uint64_t timeout_ms) { impl_->Poll(timeout_ms); }
void Network::Perform(const broker::Send& effect) { impl_->Perform(effect); }
void Network::Perform(const broker::Close& effect) { impl_->Perform(effect); }
void Network::Perform(const broker::PauseReading& effect) { impl_->Perform(effect); }
void Network::Perform(const broker::ResumeReading& effect) { impl_->Perform(effect); }
void Network::Flush() { impl_->Flush(); }
void Network::Wake() { impl_->loop().Wake(); }
void Network::Watch(int fd, std::function<void()> readable) {
  impl_->loop().Watch(fd, std::move(readable));
}
void Network::StopInput() { impl_->StopInput(); }
std::size_t Network::connections() const { return impl_->known(); }
bool Network::output_pending() const { return impl_->output_pending(); }
const Counters& Network::counters() const { return impl_->counters(); }

}  // namespace tallymq::net
