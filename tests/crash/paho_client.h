// A client of Paho C whose session lies in files, in a program of its own, and its habits: it comes
// back again and again while there is no broker, leaves and returns, and ends and starts anew over
// the same files.

#pragma once

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "clock.h"
#include "paho_event.h"
#include "paho_trace.h"
#include "poller.h"
#include "program.h"
#include "random.h"
#include "tallymq/mqtt/packets.h"

namespace tallymq::crash {

struct PahoOptions {
  std::string program;  // path of crashtest-paho
  std::string client_id;
  std::uint16_t port = 0;
  std::string folder;  // for the files of all clients
  mqtt::Version version = mqtt::Version::k311;
  std::uint32_t window = 32;  // messages in flight at most
  // Mean time between a connection and its end by the client's own doing, and how long it is away
  // at most. Milliseconds.
  std::uint32_t stay_ms = 1500;
  std::uint32_t away_ms = 500;
};

class PahoClient : public Polled {
 public:
  PahoClient(Poller& poller, PahoOptions options, Random random);
  ~PahoClient() override;
  PahoClient(const PahoClient&) = delete;
  PahoClient& operator=(const PahoClient&) = delete;

  // Does what is due. Called about once a millisecond.
  void Tick(Moment now);
  void OnReady(std::uint32_t events) override;
  // Takes in all that the program has told so far.
  void Read();

  // From now on, what it hears of came too late for its answer to reach the broker, which is dead;
  // or not.
  void SetLate(bool late);
  void Settle() { settled_ = true; }
  // Leaves, for good: when it is `away`.
  void Finish();

  [[nodiscard]] const std::string& client_id() const { return options_.client_id; }
  // The broker has confirmed the session: from then on each CONNACK must say that it is present.
  [[nodiscard]] bool known() const { return connections_ > 0; }
  [[nodiscard]] bool connected() const { return state_ == State::kConnected; }
  // Neither connected nor about to be or not to be so.
  [[nodiscard]] bool away() const { return state_ == State::kAway; }
  [[nodiscard]] std::uint64_t connections() const { return connections_; }
  [[nodiscard]] std::uint64_t programs() const { return programs_; }
  // What MQTT forbids, by the broker's doing or by Paho's; a sentence each.
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }

  // Exchanges that have not ended, as far as anybody can see.
  [[nodiscard]] virtual std::uint64_t under_way() const = 0;
  // Those of which a packet has left or come.
  [[nodiscard]] virtual std::uint64_t in_flight() const = 0;
  [[nodiscard]] virtual std::string Describe() const = 0;

 protected:
  // CONNACK came: the packets that follow are of a new connection.
  virtual void OnConnack() {}
  // May ask for more than a connection.
  virtual void OnConnected() {}
  virtual void OnOther(const PahoEvent& event) = 0;
  virtual void OnOtherPacket(const TracedPacket& packet, bool late) = 0;
  virtual void OnTurn() {}
  // A new program takes over from one that is gone.
  virtual void OnStarted() {}

  // Makes the program do something.
  void Order(std::string_view line);
  Random& random() { return random_; }
  // Where Paho keeps its files.
  [[nodiscard]] std::string folder() const;
  void Complain(std::string_view sentence);

 private:
  enum class State : std::uint8_t { kAway, kConnecting, kConnected, kLeaving, kEnding };

  void Start();
  void CloseSocket();
  // Its end, and the start of the next one.
  void Ended();
  void Connect();
  void Leave();
  void GoAway(std::uint32_t limit_ms);
  void OnLine(std::string_view line);
  void OnEvent(const PahoEvent& event);
  void OnPacket(const TracedPacket& packet);
  void Flush();

  Poller& poller_;
  const PahoOptions options_;
  Random random_;
  std::ofstream log_;  // all lines, both ways
  std::unique_ptr<Program> program_;
  int fd_ = -1;
  std::string input_;
  std::string output_;
  std::uint32_t watched_ = 0;
  State state_ = State::kAway;
  bool late_ = false;
  bool settled_ = false;
  bool finished_ = false;
  bool said_farewell_ = false;  // its end is no surprise
  Moment connect_at_{};
  Moment leave_at_{};
  std::uint64_t connections_ = 0;
  std::uint64_t programs_ = 0;
  std::vector<std::string> complaints_;
};

}  // namespace tallymq::crash
