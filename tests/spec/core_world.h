// The broker core in process, over the journal in memory.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <variant>

#include "tallymq/broker/broker.h"
#include "tallymq/storage/memory_journal.h"
#include "world.h"

namespace tallymq::spec {

// Time stands still but in `Await` and while the broker is away. Every `Write` runs until the
// broker has nothing more to do.
class CoreWorld : public World {
 public:
  CoreWorld();
  ~CoreWorld() override;

  void Start(const Settings& settings) override;
  void Restart(std::chrono::milliseconds away) override;
  void Crash(std::chrono::milliseconds away) override;
  Link Open() override;
  void Write(Link link, std::string_view bytes) override;
  void Close(Link link) override;
  Incoming Read(Link link, std::string& in) override;
  std::chrono::milliseconds Await(Link link, std::chrono::milliseconds limit) override;
  [[nodiscard]] bool settles_at_once() const override { return true; }
  [[nodiscard]] std::chrono::milliseconds patience() const override {
    return std::chrono::milliseconds{0};
  }

 private:
  struct Connection {
    mqtt::Version version = mqtt::Version::k311;
    std::string to_broker;
    std::string to_client;
    bool paused = false;
    bool closed = false;
  };

  void StartBroker();
  void StartAgain(std::chrono::milliseconds away);
  // Decodes what a connection has sent, as far as the broker takes it.
  void Deliver(Link link);
  void RunUntilQuiet();
  void CarryOut(const broker::Effect& effect);

  broker::Limits limits_;
  std::shared_ptr<storage::MemoryDisk> disk_;
  std::unique_ptr<storage::MemoryJournal> journal_;
  std::unique_ptr<broker::Broker> broker_;
  std::map<Link, Connection> connections_;
  Link last_link_ = 0;  // never used again, also not by the next process: nonces are made of it
  std::uint64_t now_ms_ = 1'000'000;
};

}  // namespace tallymq::spec
