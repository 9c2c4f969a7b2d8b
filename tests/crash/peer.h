// A client of the broker under test: a socket, a client core, and the habits of a client in the
// wild. It loses its connection, leaves politely or not, takes its own session over, restarts from
// its saved session, reads late, and comes back again and again while there is no broker.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "end.h"
#include "poller.h"
#include "random.h"
#include "tallymq/client/client.h"

namespace tallymq::crash {

struct PeerOptions {
  std::string client_id;
  std::uint16_t port = 0;
  client::Options client;
  mqtt::Version version = mqtt::Version::k311;
  // Mean time between a connection and its end by the peer's own doing; 0: never. Milliseconds.
  std::uint32_t stay_ms = 400;
  // How long it is away at most. Milliseconds.
  std::uint32_t away_ms = 300;
  // Behind DISCONNECT it waits until the broker closes: then that has taken it.
  bool awaits_close = false;
};

class Peer : public Polled {
 public:
  Peer(Poller& poller, PeerOptions options, Random random);
  ~Peer() override;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // Does what is due: connects, leaves, goes on reading. Called about once a millisecond.
  void Tick(Moment now);
  void OnReady(std::uint32_t events) override;

  // The broker was killed: takes in what it had sent, answers nothing, and loses the connection.
  // Between the two `state` has what the peer knew when the broker died.
  void BrokerDied();
  // Once everything is over: from now on it stays and comes back at once.
  void Settle() { settled_ = true; }
  // Leaves with DISCONNECT, for good.
  void Finish();

  [[nodiscard]] const std::string& client_id() const { return options_.client_id; }
  [[nodiscard]] bool connected() const { return client_->connected(); }
  [[nodiscard]] const client::Session& session() const { return client_->session(); }
  // The broker has confirmed the session: from then on each CONNACK must say that it is present.
  [[nodiscard]] bool known() const { return known_; }
  // What MQTT forbids and this peer saw, a sentence each.
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }
  [[nodiscard]] std::uint64_t connections() const { return connections_; }
  // Connections made while the one before stood.
  [[nodiscard]] std::uint64_t takeovers() const { return takeovers_; }

 protected:
  // An event of the client. While `mute`, no answer can leave any more.
  virtual void OnEvent(const client::Event& event, bool mute) = 0;
  // All events at hand were taken: time to publish.
  virtual void OnTurn() {}
  // CONNECT goes out, as this hook leaves it; its views are read before the next one.
  virtual void OnConnecting(mqtt::Connect& /*connect*/) {}
  // DISCONNECT goes out.
  virtual void OnDisconnecting() {}
  // The connection has ended.
  virtual void OnEnd(End /*end*/) {}

  client::Client& client() { return *client_; }
  Random& random() { return random_; }
  void Complain(std::string sentence);
  void Flush();

 private:
  void Connect(Moment now);
  void Leave(Moment now);
  void Disconnected(Moment now, End end);
  void CloseSocket();
  void Read(Moment now);
  void TakeEvents(bool mute);
  void WatchSocket();

  Poller& poller_;
  const PeerOptions options_;
  Random random_;
  std::unique_ptr<client::Client> client_;
  int fd_ = -1;
  int stale_fd_ = -1;  // of a connection that was taken over
  std::uint32_t watched_ = 0;
  bool known_ = false;
  bool clean_start_ = false;  // asked for in the last CONNECT
  bool settled_ = false;
  bool finished_ = false;
  Moment connect_at_{};
  Moment leave_at_{};
  Moment read_at_{};  // later than now: reads nothing
  std::uint64_t connections_ = 0;
  std::uint64_t takeovers_ = 0;
  std::vector<std::string> complaints_;
};

}  // namespace tallymq::crash
