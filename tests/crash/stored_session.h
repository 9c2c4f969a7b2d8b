// A session in the store of a killed broker, as `tallyctl session show` tells it, and whether it
// agrees with what the session's client knows.
//
// What a client knows brackets the store: all that it received an answer for is there, nothing is
// there that it never sent; between the two, what it sent and had no answer for may be there or
// not.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "handshake.h"
#include "inbox.h"
#include "tallymq/base/range_set.h"
#include "tallymq/client/session.h"

namespace tallymq::crash {

struct StoredSession {
  struct Will {
    std::string topic;
    std::string payload;
  };
  std::string client_id;
  std::set<std::string> filters;
  std::uint64_t head = 1;       // lowest entry without PUBACK or PUBREC
  std::uint64_t send_mark = 0;  // no entry above it was ever sent
  std::map<std::uint64_t, std::string>
      unacknowledged;  // from head to send mark, with their payloads
  RangeSet<std::uint64_t> awaiting_pubcomp;
  RangeSet<std::uint16_t> inbound;  // identifiers of the client's PUBLISHes that await PUBREL
  std::uint64_t waiting = 0;        // entries above the send mark
  std::optional<Will> will;

  // With PUBACK or PUBREC.
  [[nodiscard]] bool acknowledged(std::uint64_t seq) const {
    return seq < head || (seq <= send_mark && !unacknowledged.contains(seq));
  }
};
using StoredSessions = std::map<std::string, StoredSession>;  // by client identifier

// Reads what `tallyctl session show -o json --payload` wrote. Nothing if it does not read so;
// `error` says why.
std::optional<StoredSessions> ParseSessions(std::string_view json, std::string& error);

// What a comparison found.
struct Comparison {
  std::vector<std::string> disagreements;  // sentences
  HandshakeSet states;
};

// The session of a client, or nothing; that is a disagreement if the client `known` got CONNACK.
const StoredSession* FindSession(const StoredSessions& sessions, const std::string& client_id,
                                 bool known, Comparison& comparison);

// The packet identifiers of a publisher's exchanges when the broker had died, by how far they had
// come. With QoS 1 there is nothing to compare.
struct Exchanges {
  std::vector<PacketId> sent;           // PUBLISH sent, PUBREC not received
  std::vector<PacketId> perhaps_sent;   // the same, but perhaps it did not leave in time
  std::vector<PacketId> released;       // PUBREC received, PUBREL sent, PUBCOMP not received
  std::vector<PacketId> accepted_late;  // PUBREC received when no PUBREL could leave any more
};
// Those of a session of ours.
Exchanges ExchangesOf(const client::Session& session, const std::vector<PacketId>& accepted_late);

// Holds a publisher's exchanges against the store.
//
//   PUBREC received, PUBREL not sent      identifier is there
//   PUBLISH sent, PUBREC not received     may be there
//   PUBREL sent, PUBCOMP not received     may be there
//   all others: not sent, or complete     not there
void ComparePublisher(const Exchanges& exchanges, int qos, const StoredSession& stored,
                      Comparison& comparison);

// Holds what a subscriber got against the store.
//
//   received, no answer sent              not acknowledged, not awaiting PUBCOMP
//   PUBACK sent                           may be acknowledged
//   PUBREC sent, PUBREL not received      not acknowledged, or awaiting PUBCOMP; not complete
//   PUBREL received, PUBCOMP not sent     awaiting PUBCOMP
//   PUBCOMP sent                          awaiting PUBCOMP, or complete
//   never received                        not awaiting PUBCOMP
//   all that was received                 not above the send mark, and the same message in the
//   store
void CompareSubscriber(const Inbox& inbox, int qos, const StoredSession& stored,
                       Comparison& comparison);

// The subscriptions that SUBACK confirmed, and no others.
void CompareFilters(const std::set<std::string>& subscribed, const StoredSession& stored,
                    Comparison& comparison);

// All of that for a subscriber to `filters`, which is `behind` if it was connected and had not got
// all. Tells the inbox what the store counts as finished.
void ExamineSubscriber(Inbox& inbox, const std::vector<std::string>& filters, bool behind, int qos,
                       const StoredSession& stored, Comparison& comparison);

}  // namespace tallymq::crash
