// MQTT's client: bytes in, events and bytes out. It has no socket, thread or clock; whoever drives
// it moves the bytes, tells it that a connection began or broke, and calls `Ping` in time.
//
//           ┌──────────── Connect ───────────▶ connecting ──CONNACK 0──▶ connected
//        offline ◀── ConnectionLost ── (any) ──Disconnect, an error──▶ ended
//
// One turn of a driver: `Receive` what the socket gave; `Next` until it returns nothing; send
// `output`.
//
// The same calls give the same bytes. A message in a steady flow allocates nothing. For 3.1, 3.1.1
// and 5.0, whose server says how many exchanges may be open at once: further messages wait. Spec:
// section 4.3, the sender's and the receiver's side; 4.4, 4.6 for what is sent again; 4.9 of 5.0.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tallymq/base/result.h"
#include "tallymq/base/types.h"
#include "tallymq/client/event.h"
#include "tallymq/client/session.h"
#include "tallymq/mqtt/codec.h"
#include "tallymq/mqtt/packets.h"

namespace tallymq::client {

struct Options {
  // Outgoing QoS 1 and 2 messages whose exchange has not ended. `Publish` refuses a further one.
  // Messages.
  std::uint32_t window = 64;
  IdOrder id_order = IdOrder::kAscending;
  // Larger packets from the server are a protocol error. Bytes.
  std::size_t packet_bytes_max = mqtt::kRemainingLengthMax + 5;
};

// Why a call did nothing.
enum class Refusal : std::uint8_t {
  kNotConnected,  // no CONNACK yet, or the connection has ended
  kWindowFull,    // as many messages as `Options::window` are under way
  kNoPacketId,    // all 65,535 are in use
  kTooLong,       // more than a packet can carry
};

// Owner: one thread.
class Client {
 public:
  // Goes on with `session`, which is empty for a new one.
  explicit Client(const Options& options, Session session = {});
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // A connection is there: encodes CONNECT. Requires that none was, or `ConnectionLost`.
  // With `connect.clean_start` the session is emptied [MQTT3-3.1.2-6]. Its views are read during
  // the call.
  void Connect(const mqtt::Connect& connect);
  // The connection is gone, from whichever side. Requests without their answer are forgotten, and
  // so is the rest of `output`; the session stays.
  void ConnectionLost();

  // Sends a message, and for QoS 1 and 2 keeps it until it is acknowledged, over any number of
  // connections. Without a connection, QoS 1 and 2 are kept and go out behind the next CONNACK.
  // Returns the packet identifier, 0 for QoS 0. Errors: see `Refusal`; nothing changed.
  Result<PacketId, Refusal> Publish(const mqtt::TopicName& topic, std::string_view payload, QoS qos,
                                    bool retain, Token token);
  // Errors: kNotConnected, kNoPacketId, kTooLong.
  Result<PacketId, Refusal> Subscribe(std::span<const mqtt::SubscriptionRequest> requests,
                                      Token token);
  Result<PacketId, Refusal> Unsubscribe(std::span<const mqtt::TopicFilter> filters, Token token);
  // Encodes PINGREQ. Nothing without a connection.
  void Ping();
  // Encodes DISCONNECT, behind which nothing is sent or taken in. The caller sends `output` and
  // closes [MQTT3-3.14.4-1], [MQTT3-3.14.4-2].
  void Disconnect();

  // Takes bytes from the server, in any split. They are copied.
  void Receive(std::string_view bytes);
  // Takes the next whole packet, changes the session, puts the answer into `output` and says what
  // it was; nothing if there is no whole packet. A crash of the program is harmless if the session
  // is saved with what the event did, before `output` is sent.
  std::optional<Event> Next();

  // Bytes for the server. The caller takes from the front what it has sent.
  std::string& output() { return output_; }

  [[nodiscard]] bool connected() const { return state_ == State::kConnected; }
  // Publish of QoS 1 or 2 would not be refused for the window.
  [[nodiscard]] bool window_open() const { return session_.outgoing_count() < options_.window; }
  [[nodiscard]] const Session& session() const { return session_; }

 private:
  enum class State : std::uint8_t { kOffline, kConnecting, kConnected, kEnded };
  // A SUBSCRIBE or UNSUBSCRIBE on the way.
  struct Request {
    PacketId packet_id;
    Token token;
    std::size_t filters;  // 0: UNSUBSCRIBE
  };

  Event On(const mqtt::Connack& connack);
  Event On(const mqtt::Publish& publish);
  Event On(const mqtt::Puback& puback);
  Event On(const mqtt::Pubrec& pubrec);
  Event On(const mqtt::Pubrel& pubrel);
  Event On(const mqtt::Pubcomp& pubcomp);
  Event On(const mqtt::Disconnect& disconnect);
  Event On(mqtt::Suback& suback);
  Event On(const mqtt::Unsuback& unsuback);
  Event Fail(std::string_view clause, std::string_view what);

  void Resume();
  // Sends what is unacknowledged and has not been sent on this connection, as far as the server's
  // receive maximum goes.
  void SendMore();
  // An exchange has ended, as `found` says.
  void Ended(const Session::Acknowledgement& found);
  void Send(const mqtt::Packet& packet) { mqtt::Encode(packet, version_, output_); }
  template <typename Acknowledgement>
  void SendAcknowledgement(PacketId id) {
    Acknowledgement packet;
    packet.packet_id = id;
    Send(packet);
  }
  void SendPublish(const OutgoingMessage& message);
  // Takes the request that is answered, if its kind fits.
  std::optional<Request> TakeRequest(PacketId id, bool subscribe);

  const Options options_;
  Session session_;
  State state_ = State::kOffline;
  mqtt::Version version_ = mqtt::Version::k311;
  std::uint32_t receive_max_ = 0;     // the server's
  std::uint32_t open_here_ = 0;       // exchanges begun on this connection that have not ended
  std::size_t sent_here_ = 0;         // so many of what is unacknowledged, from the front
  std::vector<std::string> aliases_;  // topics by the server's alias, from 1 on
  std::vector<Request> requests_;
  std::string input_;  // received and not yet decoded, from `decoded_` on
  std::size_t decoded_ = 0;
  std::string output_;
};

}  // namespace tallymq::client
