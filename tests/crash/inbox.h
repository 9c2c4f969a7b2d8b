// What one subscriber has got: which entries of its queue, and how far each publisher's streams
// have come.
//
// An entry's packet identifier is 1 + (seq - 1) mod 65535, entries come in order, and gaps between
// them are far smaller than 65,535; so the subscriber knows the sequence number of each entry that
// it gets, which is how it can be held against the store of a killed broker.
//
// What is legal:
//   QoS 2   Each message once.
//   QoS 1   Once or more, where each further arrival is
//           - the same entry again: same packet identifier, with DUP, on a later connection, and
//           the killed
//             store did not count it as finished; or
//           - another entry: the publisher sent its PUBLISH again because it had seen no PUBACK. A
//           subscriber
//             sees at most as many entries of a message as its PUBLISH went out.
//   order   The first arrivals of one stream come in the order of their numbers, without gaps; the
//   PUBLISHes
//           of one connection in the order of their entries.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tallymq/base/range_set.h"
#include "tallymq/base/types.h"

namespace tallymq::crash {

// A topic that one publisher writes. Its messages are numbered from 1 on.
using StreamId = Strong<std::uint32_t, struct StreamIdTag>;

struct Arrival {
  StreamId stream;
  std::uint64_t number = 0;
  PacketId packet_id;
  bool dup = false;
};

// An entry of the queue that has arrived and may be under way still.
struct Entry {
  StreamId stream;
  std::uint64_t number = 0;
  std::uint64_t connection = 0;  // on which it came last
  bool answered = false;         // PUBACK or PUBREC went out
  bool released = false;         // PUBREL came
  bool completed = false;        // PUBCOMP went out
  bool finished = false;         // a killed store counted it as acknowledged
};

// What went wrong, and a sentence for each.
struct Faults {
  std::uint64_t lost = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t reordered = 0;
  std::uint64_t other = 0;  // whatever else MQTT forbids
  // A client broke a rule, as its packets show, and the broker kept its own. Not one of the others.
  std::uint64_t by_client = 0;
  std::vector<std::string> sentences;

  static constexpr std::size_t kSentencesMax = 40;
  void Add(std::uint64_t Faults::*count, std::string sentence) {
    this->*count += 1;
    if (sentences.size() < kSentencesMax) sentences.push_back(std::move(sentence));
  }
  [[nodiscard]] bool none() const { return lost + duplicated + reordered + other == 0; }
};

class Inbox {
 public:
  // `transmissions` tells how often the PUBLISH of a message went out.
  using Transmissions = std::function<std::uint32_t(StreamId, std::uint64_t number)>;
  // Tells the highest number whose PUBLISH went out before that of a message, though it is higher;
  // 0 if its publisher kept the order.
  using SentBehind = std::function<std::uint64_t(StreamId, std::uint64_t number)>;

  Inbox(std::string name, QoS qos, std::size_t streams, Transmissions transmissions,
        SentBehind sent_behind, Faults& faults)
      : name_(std::move(name)),
        qos_(qos),
        streams_(streams),
        transmissions_(std::move(transmissions)),
        sent_behind_(std::move(sent_behind)),
        faults_(faults) {}

  // SUBACK came: all of `stream` from `number` on must arrive.
  void Subscribed(StreamId stream, std::uint64_t number);
  // A connection was accepted.
  void Connected() {
    ++connection_;
    last_seq_ = 0;
  }

  // A PUBLISH. `answered` is false if its answer can't leave: the broker is dead.
  void Arrived(const Arrival& arrival, bool answered);
  // A QoS 2 PUBLISH whose identifier was known to the client.
  void Repeated(PacketId packet_id, bool dup, bool answered);
  // PUBREL. `answered` as above.
  void Released(PacketId packet_id, bool answered);

  // Looks through the entries that have arrived: those that `acknowledged` names are so in the
  // store of the killed broker, and must not come again. Forgets what is long complete, but for
  // what `awaits` names.
  using Test = std::function<bool(std::uint64_t seq)>;
  void Finished(const Test& acknowledged, const Test& awaits);

  // Everything accepted must have arrived: counts as lost what has not. `accepted` are the numbers
  // that the broker took responsibility for.
  void End(const std::function<std::uint64_t(StreamId)>& last_accepted);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::map<std::uint64_t, Entry>& entries() const { return entries_; }
  // The newest entry that has arrived, 0 if none.
  [[nodiscard]] std::uint64_t newest() const { return newest_; }
  // Different messages that arrived, of those that must.
  [[nodiscard]] std::uint64_t arrived() const { return arrived_; }
  // Legal repetitions.
  [[nodiscard]] std::uint64_t repetitions() const { return repetitions_; }
  [[nodiscard]] bool subscribed(StreamId stream) const {
    return streams_[stream.value()].from != 0;
  }
  // The first number of `stream` that must arrive; 0: none.
  [[nodiscard]] std::uint64_t from(StreamId stream) const { return streams_[stream.value()].from; }
  // True if message `number` has not arrived although it must.
  [[nodiscard]] bool awaits(StreamId stream, std::uint64_t number) const;

 private:
  struct Stream {
    std::uint64_t from = 0;           // must arrive from here on; 0: not subscribed
    std::uint64_t next = 0;           // the number expected next
    RangeSet<std::uint64_t> missing;  // passed over, so far
    std::unordered_map<std::uint64_t, std::uint32_t>
        entries;  // of messages with more than one, how many
  };

  // The newest entry with `packet_id` that can have arrived: not above `newest_`. 0 if there is
  // none.
  [[nodiscard]] std::uint64_t NewestWith(PacketId packet_id) const;
  void CheckOrder(std::uint64_t seq);
  // The same entry came again.
  void CheckRepetition(std::uint64_t seq, Entry& entry, bool dup, bool answered);
  void CheckStream(const Arrival& arrival);
  [[nodiscard]] std::string Describe(StreamId stream, std::uint64_t number) const;

  const std::string name_;
  const QoS qos_;
  std::vector<Stream> streams_;
  const Transmissions transmissions_;
  const SentBehind sent_behind_;
  Faults& faults_;

  std::map<std::uint64_t, Entry> entries_;  // by sequence number
  std::uint64_t newest_ = 0;
  std::uint64_t last_seq_ = 0;  // on this connection
  std::uint64_t connection_ = 0;
  std::uint64_t arrived_ = 0;
  std::uint64_t repetitions_ = 0;
};

}  // namespace tallymq::crash
