// The words of the journal's interface. Storage knows entries and bytes, never packets.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tallymq/base/range_set.h"
#include "tallymq/base/strong.h"
#include "tallymq/base/types.h"

namespace tallymq::storage {

// Number of a persistent session (or, later, of a shared group). Never reused in the life of a
// store; 0 is "none". Each names one queue.
using SessionNumber = Strong<std::uint64_t, struct SessionNumberTag>;

// Number of an entry within its queue, from 1 on. Increasing; gaps are legal; each is written once.
using Seq = Strong<std::uint64_t, struct SeqTag>;

// Number of a message body that several queue entries share, or of the setting of a retained
// message: both count on together, in the order of decisions. 0 is "none".
using MessageNumber = Strong<std::uint64_t, struct MessageNumberTag>;

// Names a read that the core asked for, so that a stale answer is known as one.
using RequestNumber = Strong<std::uint64_t, struct RequestNumberTag>;

// The two clocks of a commit record, in milliseconds. Contract: D9.
struct Times {
  std::uint64_t broker_ms = 0;  // broker time: never set, never goes back, goes on over downtime
  std::uint64_t wall_ms = 0;    // since 1970-01-01 UTC; tells how long the broker was away, no more
};

// What is kept of a session beside its subscriptions, its queue and its state record.
struct SessionRecord {
  std::string client_id;
  std::string user_name;                // as of the last CONNECT, without password
  std::string mount_point;              // reserved
  std::uint8_t protocol = 4;            // MQTT's protocol level: 3, 4 or 5
  std::uint32_t expiry_s = 0xFFFFFFFF;  // session expiry interval; 0xFFFFFFFF never ends
  bool connected = false;               // at the time of writing, under start number `start`
  std::uint32_t start = 0;              // the start of the broker at which this was written
  std::uint64_t disconnected_ms = 0;    // broker time of the end of the last connection
  std::uint64_t epoch = 0;              // raised at each takeover and resumption
  friend bool operator==(const SessionRecord&, const SessionRecord&) = default;
};

// The delivery of retained messages that a SUBSCRIBE asked for, as far as it has come. [design 9.7]
struct RetainedScan {
  // Sequence numbers reserved for it in the session's queue; what is left of them at the end is a
  // gap.
  static constexpr std::uint64_t kRange = std::uint64_t{1} << 32;

  MessageNumber before;  // what was set under this number or a later one came live
  Seq next;              // of its next entry
  Seq end;               // the first behind its range
  std::string after;     // the last topic looked at; empty at the beginning
  friend bool operator==(const RetainedScan&, const RetainedScan&) = default;
};

// What is kept of a subscription beside its filter.
struct SubscriptionRecord {
  QoS qos = QoS::kAtMostOnce;  // as granted
  bool no_local = false;
  bool retain_as_published = false;
  std::uint8_t retain_handling = 0;    // 0..2
  std::uint32_t identifier = 0;        // subscription identifier of 5.0; 0 is "none"
  std::optional<RetainedScan> scan{};  // under way
  friend bool operator==(const SubscriptionRecord&, const SubscriptionRecord&) = default;
};

// The subscription identifiers that a delivery carries, in the order of `Add`: usually none or one.
// Copies share nothing.
class SubscriptionIds {
 public:
  SubscriptionIds() = default;
  SubscriptionIds(SubscriptionIds&&) = default;
  SubscriptionIds& operator=(SubscriptionIds&&) = default;
  SubscriptionIds(const SubscriptionIds& other)
      : first_(other.first_),
        more_(other.more_ ? std::make_unique<std::vector<std::uint32_t>>(*other.more_) : nullptr) {}
  SubscriptionIds& operator=(const SubscriptionIds& other) {
    return *this = SubscriptionIds(other);
  }
  ~SubscriptionIds() = default;

  // `id` is not 0.
  void Add(std::uint32_t id) {
    if (first_ == 0) {
      first_ = id;
      return;
    }
    if (!more_) more_ = std::make_unique<std::vector<std::uint32_t>>();
    more_->push_back(id);
  }
  [[nodiscard]] bool empty() const { return first_ == 0; }
  [[nodiscard]] std::size_t size() const { return more_ ? 1 + more_->size() : first_ == 0 ? 0 : 1; }
  [[nodiscard]] std::uint32_t operator[](std::size_t index) const {
    return index == 0 ? first_ : (*more_)[index - 1];
  }
  friend bool operator==(const SubscriptionIds& a, const SubscriptionIds& b) {
    if (a.first_ != b.first_ || a.size() != b.size()) return false;
    return !a.more_ || *a.more_ == *b.more_;
  }

 private:
  std::uint32_t first_ = 0;                           // 0: none
  std::unique_ptr<std::vector<std::uint32_t>> more_;  // null: no more
};

// All retained messages of a store.
struct RetainedTotals {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;  // keys and values
  friend bool operator==(const RetainedTotals&, const RetainedTotals&) = default;
};

// The state record: how far a session has come with its queue, and which exchanges are open. Queue
// entries that it counts as finished are dead: those below `head`, and those in a range of
// `finished` of `kLongRange` or more. Compaction forgets them once the record is durable.
struct StateRecord {
  static constexpr std::uint64_t kLongRange = 1024;

  Seq head{1};                               // lowest entry without PUBACK or PUBREC
  Seq reserved_tail{1};                      // the first sequence number of the next process
  Seq send_mark{0};                          // no entry above it has ever been sent
  RangeSet<std::uint64_t> finished;          // at or above head: acknowledged, expired or dropped
  RangeSet<std::uint64_t> awaiting_pubcomp;  // received (PUBREC), not yet complete; also below head
  RangeSet<std::uint16_t> inbound;  // packet identifiers of QoS 2 from the client awaiting PUBREL

  // The lowest entry whose exchange has not ended.
  [[nodiscard]] Seq floor() const {
    if (awaiting_pubcomp.empty()) return head;
    return std::min(head, Seq{awaiting_pubcomp.ranges().front().first});
  }
  friend bool operator==(const StateRecord&, const StateRecord&) = default;
};

}  // namespace tallymq::storage
