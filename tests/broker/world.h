// A broker over a journal in memory, with peers that speak in packets: what the tests of the core
// share.
//
// Time stands still but for `Wait`. With `kManual`, nothing becomes durable before `Commit`.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tallymq/broker/broker.h"
#include "tallymq/mqtt/codec.h"
#include "tallymq/storage/memory_journal.h"

namespace tallymq::broker {

class World {
 public:
  using Completion = storage::MemoryJournal::Completion;

  explicit World(Completion completion = Completion::kAutomatic, Limits limits = {});

  // The process dies and starts again, after `away_ms`, on what the disk holds. All connections are
  // gone.
  void Crash(std::uint32_t away_ms = 0);

  // Opens connection `name` and sends CONNECT. What comes back: `Heard(name)`.
  void Connect(std::string_view name, bool clean, mqtt::Version version = mqtt::Version::k311);
  // Opens connection `name` without sending anything.
  void Open(std::string_view name);
  // The peer's end of the connection goes away.
  void Drop(std::string_view name);
  void Send(std::string_view name, const mqtt::Packet& packet);
  void Publish(std::string_view name, std::string_view topic, std::string_view payload, QoS qos,
               std::uint16_t id = 0, bool dup = false);
  void Subscribe(std::string_view name, std::string_view filter, QoS qos);
  void Unsubscribe(std::string_view name, std::string_view filter);
  void Puback(std::string_view name, std::uint16_t id);
  void Pubrec(std::string_view name, std::uint16_t id);
  void Pubrel(std::string_view name, std::uint16_t id);
  void Pubcomp(std::string_view name, std::uint16_t id);

  // What the broker sent on connection `name` since the last call, in words, a space between:
  //   CONNACK0 CONNACK0+ (session present) PUBLISH1:id:payload, with "d" before the id where DUP is
  //   set, PUBACK:id PUBREC:id PUBREL:id PUBCOMP:id SUBACK UNSUBACK PINGRESP CLOSE PAUSE RESUME
  // In 5.0 also DISCONNECT=reason, "=reason" behind an acknowledgement's identifier if it is not
  // success, and behind a PUBLISH's payload ":e" with the expiry left, ":a" with a topic alias, "="
  // if the topic is left out, ":s" with subscription identifiers. Where clients are asked who they
  // are: ASK, AUTHcode with ":" and the text of each property, and ":method:data" behind a
  // CONNACK that names a method.
  std::string Heard(std::string_view name);

  // The newest question about connection `name`, and its answer.
  const AuthQuestion& Question(std::string_view name) {
    return *questions_.find(name)->second.question;
  }
  AuthRequest Request(std::string_view name) { return questions_.find(name)->second.request; }
  void Answer(std::string_view name, const AuthAnswer& answer);
  void Answer(ConnId conn, AuthRequest request, const AuthAnswer& answer);
  [[nodiscard]] ConnId Conn(std::string_view name) { return questions_.find(name)->second.conn; }

  // Ends the turn, and with `kManual` makes the oldest batch durable and answers reads. Returns
  // false if there was nothing to do.
  bool Commit();
  // Until nothing moves any more.
  void Settle();
  void Wait(std::uint32_t ms);
  void Written(std::string_view name);
  void EndTurn();

  Broker& broker() { return *broker_; }
  storage::MemoryJournal& journal() { return *journal_; }
  [[nodiscard]] const Counters& counters() const { return broker_->counters(); }
  // The reason of the `Stop` effect, empty if there was none.
  [[nodiscard]] const std::string& stopped() const { return stopped_; }

  // Answers everything that connection `name` hears from now on as a client does: PUBACK, PUBREC,
  // PUBCOMP.
  void AnswerAll(std::string_view name) { answering_[std::string(name)] = true; }

 private:
  void Start();
  void CarryOut();
  std::string NameOf(ConnId conn) const;

  const Completion completion_;
  const Limits limits_;
  std::shared_ptr<storage::MemoryDisk> disk_;
  std::unique_ptr<storage::MemoryJournal> journal_;
  std::unique_ptr<Broker> broker_;
  std::map<std::string, ConnId, std::less<>> connections_;
  std::map<std::string, std::string, std::less<>> heard_;
  std::map<std::string, bool, std::less<>> answering_;
  std::map<std::string, Authenticate, std::less<>> questions_;
  std::vector<std::pair<std::string, mqtt::Packet>> answers_;
  std::string stopped_;
  std::uint64_t last_conn_ = 0;
  std::uint64_t now_ms_ = 1000;
};

}  // namespace tallymq::broker
