// A client's connection: bytes between its socket and its packets, and how it comes and goes.
//
//   closed ──Open──▶ connecting ──CONNACK 0──▶ connected ──Leave──▶ leaving ──end of file──▶ closed
//
// Reads once and writes once for all that is there: a system call costs more than many packets.
// Whatever else happens is the run's failure.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "packets.h"
#include "poller.h"
#include "run_state.h"

namespace tallymq::load {

class Connection : public Polled {
 public:
  // `state` outlives the connection.
  Connection(RunState& state, std::string client_id)
      : state_(state), client_id_(std::move(client_id)) {}
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Connects and sends CONNECT, with Clean Session if `clean`. Requires that it is closed.
  void Open(bool clean);
  // Sends DISCONNECT and no more. What the broker has sent until it closes is still taken in.
  void Leave();

  void OnReady(std::uint32_t events) final;

 protected:
  // Output more than this waits for its socket before more is made. Bytes.
  static constexpr std::size_t kOutputMax = 256 * 1024;

  // A packet other than CONNACK came.
  virtual void OnPacket(const PacketView& packet) = 0;
  // All packets at hand were taken, or the socket takes more: time to publish.
  virtual void OnTurn() {}

  [[nodiscard]] RunState& state() { return state_; }
  [[nodiscard]] bool connected() const { return phase_ == Phase::kConnected; }
  // Bytes for the broker, sent by `Flush`.
  [[nodiscard]] std::string& output() { return output_; }
  void Flush();
  // Ends the run. `what` is what the broker, or the network, did.
  void Fail(std::string_view what);

 private:
  enum class Phase : std::uint8_t { kClosed, kConnecting, kConnected, kLeaving };

  void Read();
  void TakePackets(std::string_view bytes);
  void OnConnack(const PacketView& packet);
  void Close();

  RunState& state_;
  const std::string client_id_;
  Phase phase_ = Phase::kClosed;
  int fd_ = -1;
  bool awaits_writable_ = false;
  std::string input_;  // the beginning of a packet
  std::string output_;
};

}  // namespace tallymq::load
