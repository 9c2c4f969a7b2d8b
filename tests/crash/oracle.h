// What all clients of a run know together: what was published and accepted, and what each
// subscriber got.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "inbox.h"

namespace tallymq::crash {

class Oracle {
 public:
  Oracle(QoS qos, std::size_t streams) : qos_(qos), streams_(streams) {}
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;

  // Adds a subscriber. The reference lives as long as the oracle.
  Inbox& AddInbox(std::string name);

  // A message is about to be published; returns its number.
  std::uint64_t Publish(StreamId stream) { return ++streams_[stream.value()].published; }
  // Its PUBLISH goes out again.
  void Resent(StreamId stream, std::uint64_t number);
  // Its PUBLISH went out behind that of the higher number `before`, on a connection on which it had
  // not gone out yet: its publisher broke [MQTT3-4.6.0-1].
  void SentBehind(StreamId stream, std::uint64_t number, std::uint64_t before);
  // PUBACK or PUBREC came: the broker is responsible for it from now on.
  void Accepted(StreamId stream, std::uint64_t number);
  // SUBACK came: what is published from now on must arrive.
  void Subscribed(Inbox& inbox, StreamId stream) {
    inbox.Subscribed(stream, streams_[stream.value()].published + 1);
  }
  // All is over and all has drained: what has not arrived is lost.
  void End();

  // How often the PUBLISH of a message went out; 0: there is no such message.
  [[nodiscard]] std::uint32_t Transmissions(StreamId stream, std::uint64_t number) const;
  // The `before` of `SentBehind`, or 0.
  [[nodiscard]] std::uint64_t sent_behind(StreamId stream, std::uint64_t number) const;
  // Messages accepted that `inbox` must get and has not got.
  [[nodiscard]] std::uint64_t Backlog(const Inbox& inbox) const;
  [[nodiscard]] std::uint64_t published() const;
  [[nodiscard]] std::uint64_t accepted() const { return accepted_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Inbox>>& inboxes() const { return inboxes_; }
  [[nodiscard]] std::size_t streams() const { return streams_.size(); }
  [[nodiscard]] Faults& faults() { return faults_; }
  [[nodiscard]] const Faults& faults() const { return faults_; }

 private:
  struct Stream {
    std::uint64_t published = 0;
    std::uint64_t accepted = 0;  // highest number
    std::unordered_map<std::uint64_t, std::uint32_t> resent;
    std::unordered_map<std::uint64_t, std::uint64_t> sent_behind;
  };

  const QoS qos_;
  std::vector<Stream> streams_;
  std::vector<std::unique_ptr<Inbox>> inboxes_;
  std::uint64_t accepted_ = 0;
  Faults faults_;
};

}  // namespace tallymq::crash
