// What MQTT asks a client to keep of a session, from one connection to the next and over its own
// restart.
//
//   PUBLISH QoS 1 ──▶ unacknowledged ──PUBACK──▶ ended
//   PUBLISH QoS 2 ──▶ unacknowledged ──PUBREC──▶ released ──PUBCOMP──▶ ended
//   incoming QoS 2: PUBLISH ──▶ incoming ──PUBREL──▶ ended
//
// Invariants: a packet identifier belongs to at most one outgoing message. `unacknowledged` is in
// the order of the first PUBLISH, `released` in that of the first PUBREC, and both are sent again
// in it [MQTT3-4.6.0-1], [MQTT3-4.6.0-4].

#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "tallymq/base/range_set.h"
#include "tallymq/base/result.h"
#include "tallymq/base/types.h"

namespace tallymq::client {

// What the caller of a Publish, Subscribe or Unsubscribe calls it; comes back with its
// acknowledgement.
using Token = Strong<std::uint64_t, struct TokenTag>;

// Which of the unused packet identifiers is taken next. Spec: [MQTT3-2.3.1-2] asks for any.
enum class IdOrder : std::uint8_t {
  kAscending,  // the one after the last, round and round: an identifier rests as long as it can
  kLowest,     // an identifier is used again as soon as it is free: the hardest case for a server
};

// A message of QoS 1 or 2 on its way to the server.
struct OutgoingMessage {
  PacketId packet_id;
  QoS qos = QoS::kAtLeastOnce;
  bool retain = false;
  bool sent = false;       // was handed to a connection: from then on its PUBLISH has DUP
  bool open_here = false;  // was handed to this one; not saved
  Token token;
  std::string topic;
  std::string payload;
  friend bool operator==(const OutgoingMessage&, const OutgoingMessage&) = default;
};

enum class SessionError : std::uint8_t {
  kFormat,     // not a saved session, or of another version
  kTruncated,  // the bytes end before the session does
  kInvalid,    // a value that no session has
};

// A value: copies and compares. Owner: one thread.
class Session {
 public:
  // Sent or to be sent, without PUBACK or PUBREC.
  [[nodiscard]] const std::list<OutgoingMessage>& unacknowledged() const { return unacknowledged_; }
  // With PUBREC and without PUBCOMP. Topic and payload are of no further use, and may be empty.
  [[nodiscard]] const std::list<OutgoingMessage>& released() const { return released_; }
  // Identifiers of QoS 2 messages that were handed on and await PUBREL.
  [[nodiscard]] const RangeSet<std::uint16_t>& incoming() const { return incoming_; }
  // Messages whose exchange has not ended.
  [[nodiscard]] std::size_t outgoing_count() const {
    return unacknowledged_.size() + released_.size();
  }
  [[nodiscard]] bool empty() const { return outgoing_count() == 0 && incoming_.empty(); }

  // Takes an unused identifier, or none if all 65,535 are in use.
  std::optional<PacketId> TakeId(IdOrder order);
  // Gives back one that belongs to no message.
  void ReturnId(PacketId id) { in_use_.Erase(id.value()); }
  // Gives back all that belong to no message: requests end with their connection.
  void ReturnRequestIds();

  // Adds a message under `id`, which was taken. QoS 1 or 2. The reference is good until it is
  // acknowledged.
  OutgoingMessage& Append(PacketId id, QoS qos, bool retain, std::string_view topic,
                          std::string_view payload, Token token);
  // Calls `send` with the unacknowledged message at `index` and then counts it as sent, on this
  // connection too.
  template <typename Send>
  void SendAt(std::size_t index, Send send) {
    const auto behind = static_cast<std::ptrdiff_t>(unacknowledged_.size() - index);
    OutgoingMessage& message = *std::prev(unacknowledged_.end(), behind);
    send(static_cast<const OutgoingMessage&>(message));
    message.sent = message.open_here = true;
  }
  // Nothing has been sent on the connection to come.
  void ForgetConnection();

  // What became of an acknowledgement.
  struct Acknowledgement {
    enum class Fit : std::uint8_t {
      kFits,      // the message is one step on
      kRepeated,  // the step was taken before: a PUBREC to a message that is released
      kUnknown,   // no message has the identifier
      kWrong,  // the message with the identifier does not await this: the server broke the protocol
    };
    Fit fit = Fit::kUnknown;
    Token token;
    bool open_here = false;  // it was begun on this connection
  };
  Acknowledgement OnPuback(PacketId id);
  Acknowledgement OnPubrec(PacketId id);
  // A PUBREC that says that the server has not taken it: the exchange ends. Spec: [MQTT-4.3.3-4].
  Acknowledgement OnFailedPubrec(PacketId id);
  Acknowledgement OnPubcomp(PacketId id);

  // Remembers an incoming QoS 2 identifier. Returns false if it is known: the message is a
  // repetition and must not be handed on again [MQTT3-4.3.3-2].
  bool OnPublish(PacketId id) { return incoming_.Insert(id.value()); }
  // Forgets it. Returns false if it was not known.
  bool OnPubrel(PacketId id) { return incoming_.Erase(id.value()); }

  // Forgets all, as Clean Session 1 does [MQTT3-3.1.2-6].
  void Clear();
  // Forgets what the server no longer knows when it has no session: an identifier kept would pass a
  // new message for a repetition.
  void ClearIncoming() { incoming_.Clear(); }

  // Appends the session to `out`, in a format of its own that `Load` reads back.
  void Save(std::string& out) const;
  // Errors: see `SessionError`; bytes behind the session are kInvalid.
  static Result<Session, SessionError> Load(std::string_view bytes);

  friend bool operator==(const Session& a, const Session& b) {
    return a.unacknowledged_ == b.unacknowledged_ && a.released_ == b.released_ &&
           a.incoming_ == b.incoming_ && a.last_id_ == b.last_id_;
  }

 private:
  using Messages = std::list<OutgoingMessage>;

  // Searches from the front, where a server that acknowledges in order finds it at once.
  static Messages::iterator Find(Messages& messages, PacketId id);
  void End(Messages& from, Messages::iterator message);

  Messages unacknowledged_;
  Messages released_;
  Messages
      spare_;  // ended ones, kept for their memory: a message in a steady flow allocates nothing
  RangeSet<std::uint16_t> in_use_;
  RangeSet<std::uint16_t> incoming_;
  std::uint16_t last_id_ = 0;
};

}  // namespace tallymq::client
