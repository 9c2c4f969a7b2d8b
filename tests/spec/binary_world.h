// The real `tallymqd` on its RocksDB store, over TCP on loopback.

#pragma once

#include <map>
#include <memory>
#include <string>

#include "tallymqd_process.h"
#include "world.h"

namespace tallymq::spec {

class BinaryWorld : public World {
 public:
  ~BinaryWorld() override;

  void Start(const Settings& settings) override;
  void Restart(std::chrono::milliseconds away) override;
  void Crash(std::chrono::milliseconds away) override;
  Link Open() override;
  void Write(Link link, std::string_view bytes) override;
  void Close(Link link) override;
  Incoming Read(Link link, std::string& in) override;
  std::chrono::milliseconds Await(Link link, std::chrono::milliseconds limit) override;
  [[nodiscard]] bool settles_at_once() const override { return false; }
  [[nodiscard]] std::chrono::milliseconds patience() const override {
    return std::chrono::seconds{5};
  }

  // Stops the broker in order. Throws `Failure` unless it says that all is well.
  void Stop();
  [[nodiscard]] std::string log() { return broker_ ? broker_->log() : ""; }

 private:
  void CloseLinks();
  void StartAgain(std::chrono::milliseconds away);
  // Waits for bytes. Returns false at the end of the connection, which is then closed from here
  // too.
  bool Receive(Link link, std::string& in);

  std::unique_ptr<test::TallymqdProcess> broker_;
  std::map<Link, int> sockets_;             // those that the broker closed are gone
  std::map<Link, std::string> last_words_;  // what came until it stopped
  Link last_link_ = 0;
};

}  // namespace tallymq::spec
