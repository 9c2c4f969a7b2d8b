// A Paho client that publishes numbered messages as fast as its window lets it.
//
// What it knows of an exchange is what Paho's trace told of its packets; it outlives Paho's
// restarts, as the exchange does.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "message_text.h"
#include "oracle.h"
#include "paho_client.h"
#include "stored_session.h"

namespace tallymq::crash {

class PahoPublisher : public PahoClient {
 public:
  // As `Publisher`.
  PahoPublisher(Poller& poller, PahoOptions options, Random random, Oracle& oracle, QoS qos,
                std::uint32_t index, std::uint32_t topics, const bool* open);

  [[nodiscard]] Exchanges exchanges() const;
  // How many PUBLISHes Paho sent behind one that it should have come before.
  [[nodiscard]] std::uint64_t disorders() const { return disorders_; }
  [[nodiscard]] std::uint64_t under_way() const override { return unfinished_ + untold_.size(); }
  [[nodiscard]] std::uint64_t in_flight() const override { return outgoing_.size(); }
  [[nodiscard]] std::string Describe() const override;

 protected:
  void OnConnack() override;
  void OnOther(const PahoEvent& event) override;
  void OnOtherPacket(const TracedPacket& packet, bool late) override;
  void OnTurn() override;
  void OnStarted() override;

 private:
  struct Outgoing {
    MessageName name;
    bool late = false;           // the PUBLISH may not have left in time
    bool released = false;       // PUBREC came
    bool accepted_late = false;  // and no PUBREL can have left in time
  };

  void Give(const MessageName& name);
  [[nodiscard]] bool InFiles(const MessageName& name) const;
  void OnPublishSent(PacketId id, std::string_view payload, bool late);
  void OnAcknowledgement(TracedPacket::Type type, PacketId id, bool late);

  Oracle& oracle_;
  const QoS qos_;
  const std::uint32_t first_stream_;
  const std::uint32_t window_;
  const bool* const open_;
  std::vector<std::string> topics_;
  std::string payload_;
  std::uint64_t unfinished_ = 0;     // given to Paho, exchange not ended
  std::deque<MessageName> untaken_;  // given to the program, which has not said that Paho has it
  std::map<PacketId, Outgoing> outgoing_;   // sent, exchange not ended
  std::vector<std::uint64_t> newest_;       // sent, of each stream
  std::vector<std::uint64_t> newest_here_;  // the same, on this connection
  std::set<PacketId> untold_;               // ended, and Paho has not told its application yet
  std::uint64_t disorders_ = 0;             // sent behind a higher number of the stream
  // How many acknowledgements this connection may still bring, by what awaits them.
  std::map<std::pair<TracedPacket::Type, PacketId>, std::uint32_t> awaited_;
};

}  // namespace tallymq::crash
