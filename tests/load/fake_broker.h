// A broker that does wrong on purpose, and counts it. As much of MQTT 3.1.1 as a load run needs: it
// remembers sessions, keeps messages for who is away, and answers every exchange.
//
// Runs in a thread of its own, on a free port of the loopback interface.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tallymq/mqtt/codec.h"

namespace tallymq::load {

// What it does to messages on their way to subscribers. A count of n means each n-th one, of each
// session; 0 none.
struct Mischief {
  std::uint32_t lose = 0;
  std::uint32_t repeat = 0;
  std::uint32_t swap = 0;   // with the next one
  std::uint32_t alter = 0;  // its payload is one byte longer
  // From the n-th PUBLISH on, of all together; 0 never.
  std::uint32_t silent_from = 0;
  std::uint32_t close_at = 0;
  bool repeat_late = false;  // the last one, before PINGRESP
  bool refuse = false;       // every CONNECT
  bool downgrade = false;    // every subscription, to QoS 0
};

class FakeBroker {
 public:
  explicit FakeBroker(Mischief mischief = {});
  ~FakeBroker();
  FakeBroker(const FakeBroker&) = delete;
  FakeBroker& operator=(const FakeBroker&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  struct Session {
    std::string filter;
    std::string output;  // PUBLISH packets, kept while it has no connection
    std::string held;    // one to be sent behind the next
    std::string last;    // the last one sent
    std::uint32_t messages = 0;
    std::uint16_t last_id = 0;
  };
  struct Connection {
    int fd = -1;
    std::string input;
    std::string output;
    Session* session = nullptr;
  };

  void Serve();
  // Each returns false if the connection is to be closed.
  bool Receive(Connection& connection);
  bool On(Connection& connection, const mqtt::Connect& connect);
  bool On(Connection& connection, const mqtt::Subscribe& subscribe);
  bool On(Connection& connection, const mqtt::Publish& publish);
  bool On(Connection& connection, const mqtt::Pubrec& pubrec);
  bool On(Connection& connection, const mqtt::Pubrel& pubrel);
  bool On(Connection& connection, const mqtt::Pingreq& pingreq);
  void Forward(Session& session, const mqtt::Publish& publish);
  [[nodiscard]] bool silent() const {
    return mischief_.silent_from > 0 && published_ >= mischief_.silent_from;
  }

  const Mischief mischief_;
  int listener_ = -1;
  int stop_ = -1;  // an eventfd: readable when it is to end
  std::uint16_t port_ = 0;
  std::uint32_t published_ = 0;
  std::map<std::string, Session> sessions_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::thread thread_;  // owns all but `port_`
};

}  // namespace tallymq::load
