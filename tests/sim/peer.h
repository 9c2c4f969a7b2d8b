// A model client: what it wants, what it has been told, and the client core that speaks for it.
//
// It does what MQTT asks of a client and no more. Its session outlives every fault but its own
// clean start.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "checkers/delivery.h"
#include "history.h"
#include "random.h"
#include "shape.h"
#include "tallymq/client/client.h"

namespace tallymq::sim {

class Peer {
 public:
  Peer(int number, const PeerShape& shape, std::uint64_t clean_start_percent);

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] const PeerShape& shape() const { return shape_; }
  client::Client& client() { return *client_; }
  [[nodiscard]] const client::Client& client() const { return *client_; }

  // ---- Its connection: 0, if it has none.
  [[nodiscard]] std::uint64_t conn() const { return conn_; }
  // Connects; with `calm` it does not drop its session. Its will, if it has one, is message `will`.
  // Returns true if it has one.
  bool Connect(std::uint64_t conn, std::uint64_t will, Random& random, bool calm,
               Delivery& delivery);
  // The connection is gone, from whichever side; it comes back at `back_ms`.
  void Lost(std::uint64_t back_ms);
  [[nodiscard]] std::uint64_t back_ms() const { return back_ms_; }
  // It hangs until then.
  void Hang(std::uint64_t until_ms) { hangs_until_ms_ = until_ms; }
  [[nodiscard]] bool hangs(std::uint64_t now_ms) const { return now_ms < hangs_until_ms_; }

  // ---- What it does of its own accord, when connected.
  // Asks for the subscriptions that it wants and has not got.
  void Subscribe(Delivery& delivery);
  // Wants something else from now on.
  void ChangeMind(Random& random);
  // Publishes message `number`. Returns false if it must not, or its window is full.
  bool Publish(std::uint64_t number, std::size_t payload_bytes_max, Random& random,
               Delivery& delivery, History& history);
  [[nodiscard]] bool may_publish() const { return published_ < shape_.messages_max; }
  // PINGREQ in time.
  void KeepAlive(std::uint64_t now_ms);
  void Wrote(std::uint64_t now_ms) { wrote_ms_ = now_ms; }

  // Takes an event of its client core. Returns what is wrong with it, or nothing.
  std::string Hear(const client::Event& event, Delivery& delivery, History& history);

  // ---- What is open.
  // QoS 2 exchanges of both directions that have begun and not ended.
  [[nodiscard]] std::size_t open_exchanges() const;
  // True if it wants nothing more, and nothing is open.
  [[nodiscard]] bool at_rest() const;
  [[nodiscard]] bool dropped_session() const { return dropped_session_; }

 private:
  struct Asked {
    bool subscribe = false;
    std::map<std::string, int> filters;
  };

  const int number_;
  const std::string name_;
  const PeerShape shape_;
  const std::uint64_t clean_start_percent_;
  std::unique_ptr<client::Client> client_;
  std::uint64_t conn_ = 0;
  std::uint64_t back_ms_ = 0;
  std::uint64_t hangs_until_ms_ = 0;
  std::uint64_t wrote_ms_ = 0;
  std::map<std::string, int> wanted_;
  std::map<std::string, int> granted_;  // by a SUBACK
  std::vector<Asked> asked_;            // on this connection, unanswered
  std::uint32_t published_ = 0;
  std::uint64_t next_token_ = 1;
  bool clean_ = false;       // of this connection
  bool heard_ = true;        // its CONNACK
  bool must_clean_ = false;  // it has said so, and was not told that it happened
  bool dropped_session_ = false;
};

}  // namespace tallymq::sim
