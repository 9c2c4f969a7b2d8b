// One atomic step of the journal: all records of the decisions that fell while the batch was open.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tallymq/storage/message.h"
#include "tallymq/storage/types.h"

namespace tallymq::storage {

// What a queue entry says beside its message: how it goes to this recipient.
struct EntryHeader {
  QoS qos = QoS::kAtLeastOnce;      // effective: the lower of published and granted; never 0
  bool retain = false;              // retain flag towards the recipient
  SubscriptionIds subscriptions{};  // of those that it is delivered for
  friend bool operator==(const EntryHeader&, const EntryHeader&) = default;
};

// An owner of a shared body: the queue entry that refers to it.
struct Owner {
  SessionNumber session;
  Seq seq;
  friend bool operator==(const Owner&, const Owner&) = default;
};

// Filled by the loop thread, read by the journal, handed back to the loop thread when durable, so
// that its memory is used again and message counts change on one thread only. Operations are
// semantic; how they lie on disk is the implementation's. All are idempotent. Order counts: later
// puts win. Contract: D4, a decision's operations are in one batch. A batch is closed between
// decisions only.
class Batch {
 public:
  enum class Kind : std::uint8_t {
    kPutSession,
    kEraseSession,
    kReapSession,
    kPutSubscription,
    kEraseSubscription,
    kPutState,
    kAppend,
    kAppendReference,
    kPutMessage,
    kReserve,
    kPutWill,
    kEraseWill,
    kPutRetained,
    kEraseRetained,
  };

  // One operation. Which fields count is said at the call that adds it; the views live as long as
  // the batch is not touched.
  struct Op {
    Kind kind;
    SessionNumber session;
    Seq seq;
    MessageNumber message_number;
    EntryHeader entry;
    MessagePtr message;
    std::uint32_t delay_s = 0;
    std::uint32_t first = 0;  // position and size in bytes() or owners()
    std::uint32_t size = 0;
    std::uint32_t second_size = 0;  // a second string directly behind the first
  };

  // A bound on what one decision may write: above it a publish is refused. Bytes. [design 9.13]
  static constexpr std::size_t kDecisionBytesMax = 64u << 20;

  // Creates the session or replaces its record, and lets its client identifier name it.
  void PutSession(SessionNumber session, const SessionRecord& record);
  // Ends a session: the client identifier no longer names it, its queue is dead, its number is
  // noted as awaiting `ReapSession`. O(1), whatever it holds.
  void EraseSession(SessionNumber session, std::string_view client_id);
  // Forgets subscriptions and state of an ended session, and that it awaits it.
  void ReapSession(SessionNumber session);
  void PutSubscription(SessionNumber session, std::string_view filter,
                       const SubscriptionRecord& record);
  void EraseSubscription(SessionNumber session, std::string_view filter);
  // Replaces the session's state record. Encoded at once.
  void PutState(SessionNumber session, const StateRecord& record);
  // Appends an entry that owns its body alone.
  void Append(SessionNumber queue, Seq seq, const EntryHeader& entry, MessagePtr message);
  // Appends an entry whose body is message `number`, put by `PutMessage` in the same batch.
  void AppendReference(SessionNumber queue, Seq seq, const EntryHeader& entry,
                       MessageNumber number);
  // Stores a body with the list of all its owners, in ascending order of session.
  void PutMessage(MessageNumber number, std::span<const Owner> owners, MessagePtr message);
  // Stores the will of a session, in place of an older one; forgets it. The will's retain flag and
  // QoS are its message's.
  void PutWill(SessionNumber session, std::uint32_t delay_s, MessagePtr message);
  void EraseWill(SessionNumber session);
  // Sets the retained message of the message's topic, under the next message number; clears that of
  // `topic`, whether there is one or not.
  void PutRetained(MessageNumber set, MessagePtr message);
  void EraseRetained(std::string_view topic);
  // After a restart, session and message numbers start from these. Both only grow.
  void Reserve(SessionNumber next_session, MessageNumber next_message);

  // The clocks at the close of the batch; go into its commit record.
  void set_times(Times times) { times_ = times; }
  [[nodiscard]] Times times() const { return times_; }

  [[nodiscard]] bool empty() const { return ops_.empty(); }
  // Records that the batch writes, its commit record apart.
  [[nodiscard]] std::size_t records() const { return records_; }
  // About how much it writes, in bytes, bodies included.
  [[nodiscard]] std::size_t bytes() const { return total_bytes_; }

  [[nodiscard]] std::span<const Op> ops() const { return ops_; }
  // The encoded record, filter or client identifier of `op`.
  [[nodiscard]] std::string_view first(const Op& op) const {
    return std::string_view(bytes_).substr(op.first, op.size);
  }
  // What stands behind it: the encoded record of a put whose first string is part of the key.
  [[nodiscard]] std::string_view second(const Op& op) const {
    return std::string_view(bytes_).substr(op.first + op.size, op.second_size);
  }
  [[nodiscard]] std::span<const Owner> owners(const Op& op) const {
    return std::span<const Owner>(owners_).subspan(op.first, op.size);
  }

  // Forgets all operations, keeps the memory.
  void Clear();

 private:
  Op& Add(Kind kind, std::size_t records);

  std::vector<Op> ops_;
  std::vector<Owner> owners_;
  std::string bytes_;
  std::size_t records_ = 0;
  std::size_t total_bytes_ = 0;
  Times times_;
};

}  // namespace tallymq::storage
