// A client as the standard wants it, whose session survives every crash: what a test of the
// contract believes of the broker is what this client was told.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tallymq/base/types.h"
#include "tallymq/broker/effects.h"

namespace tallymq::broker {

// What a client sends, with its own strings.
struct ClientPacket {
  enum class Kind {
    kConnect,
    kSubscribe,
    kUnsubscribe,
    kPublish,
    kPuback,
    kPubrec,
    kPubrel,
    kPubcomp
  };
  Kind kind = Kind::kConnect;
  PacketId id;
  QoS qos = QoS::kAtMostOnce;
  bool dup = false;
  bool clean = false;
  std::string topic;  // or filter
  std::string payload;
};

// What a client does in its life, in this order.
struct Plan {
  std::string id;
  std::string
      earlier_filter;  // if not empty: it had a session before, with this filter, and drops it
  std::string filter;  // subscribed to, if not empty
  std::string dropped_filter;  // subscribed to and unsubscribed from again, if not empty
  QoS filter_qos = QoS::kExactlyOnce;
  std::string topic;  // of the messages that it publishes when `may_publish` says so
  QoS qos = QoS::kExactlyOnce;
  int messages = 0;
  std::size_t window = 2;  // exchanges that it has open at a time
};

class ModelClient {
 public:
  explicit ModelClient(Plan plan);

  // The next packet that it has to send, if any.
  std::optional<ClientPacket> Next(bool may_publish);
  // Takes what the broker says. Returns what is wrong with it, or nothing.
  std::string On(const OutPacket& packet);
  // Its connection is gone: what was under way in either direction is lost.
  void OnLost();

  [[nodiscard]] const Plan& plan() const { return plan_; }
  // It was told that its subscriptions are as planned.
  [[nodiscard]] bool subscribed() const { return setup_.empty(); }
  // Every exchange that it began, or the broker did, has come to its end.
  [[nodiscard]] bool finished() const;
  // Payloads, in the order in which they were given to the application: QoS 2 once per exchange.
  [[nodiscard]] const std::vector<std::string>& delivered() const { return delivered_; }

 private:
  struct Open {  // an exchange of a message that it published
    PacketId id;
    int message = 0;
    bool released = false;   // PUBREC came
    bool sent = false;       // ever
    bool sent_here = false;  // on this connection
  };
  // One step of the way to the planned session: its request, and whether it went out here.
  struct Setup {
    ClientPacket request;
    bool sent_here = false;
  };

  std::string OnConnack(const OutConnack& connack);
  std::string OnPublish(const OutPublish& publish);
  std::string OnSetupAnswer(PacketId id);
  std::string OnAck(PacketId id, QoS qos, bool ends);
  void Answer(ClientPacket::Kind kind, PacketId id);
  [[nodiscard]] PacketId FreeId() const;
  [[nodiscard]] ClientPacket Publish(const Open& open, bool dup) const;

  const Plan plan_;
  // Survives everything.
  std::deque<Setup> setup_;  // left to do
  std::deque<Open> open_;    // oldest first
  int next_message_ = 1;
  std::set<PacketId> received_;  // QoS 2, awaiting PUBREL
  // What it was told of its session at the broker.
  enum class Session { kUnknown, kThere, kGone } session_ = Session::kUnknown;
  std::vector<std::string> delivered_;
  // Of a connection.
  bool connecting_ = false;
  bool connected_ = false;
  bool clean_ = false;  // as its CONNECT says
  std::deque<ClientPacket> answers_;
};

}  // namespace tallymq::broker
