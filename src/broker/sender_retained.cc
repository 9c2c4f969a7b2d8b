// Retained messages on their way to a session that has subscribed. [design 9.7]
//
// A persistent session's at QoS 1 and 2 become entries of its queue, a slice at a time, each with
// the place that it has come to in the same batch; their numbers lie before those of all that comes
// live, in a range reserved by the SUBSCRIBE, and the window does not pass that range before the
// last slice. All others are sent from memory. What was set after the SUBSCRIBE came live, and is
// passed over.

#include <algorithm>
#include <utility>

#include "connection.h"
#include "sender.h"
#include "session.h"
#include "tallymq/base/assert.h"

namespace tallymq::broker {

using storage::EntryHeader;
using storage::Seq;

namespace {

// Topics in one slice, and so in one batch.
constexpr std::uint32_t kSlice = 64;

}  // namespace

const RetainedDelivery* Sender::barrier() const {
  for (const RetainedDelivery& delivery : session_.retained) {
    if (delivery.in_queue()) return &delivery;
  }
  return nullptr;
}

Seq Sender::tail() const {
  const RetainedDelivery* const wall = barrier();
  return wall != nullptr ? wall->record.scan->next : session_.next_seq;
}

void Sender::OnRetainedAdded() {
  disk_after_ = std::max(disk_after_, session_.last_append);
  // What comes live from here on is behind the barrier: what is collected would not hold it.
  if (barrier() != nullptr) DropFresh();
  ReadMoreRetained();
}

void Sender::ReadMoreRetained() {
  if (session_.retained.empty() || retained_request_.value() != 0) return;
  const RetainedDelivery& delivery = session_.retained.front();
  const Limits& limits = context_.limits;
  if (connection_.congested() || window_.size() > kSlice / 2 ||
      window_bytes_ > limits.window_bytes / 2 ||
      (!window_.empty() && context_.counters.buffered_bytes >= limits.buffers_bytes)) {
    return;
  }
  // Its range may be an earlier process's: what it adds is not to be counted twice.
  if (limits.queue_messages_max + limits.queue_bytes_max != 0 && !session_.counted()) return;
  // Everything before its range has been read.
  if (delivery.in_queue() && known_end_ != delivery.record.scan->next) return;
  if (!context_.commit.IsDurable(delivery.after)) return Postpone(delivery.after);
  retained_request_ = storage::RequestNumber{++context_.last_request};
  context_.retained_reads.push_back(
      ReadRetained{{delivery.filter,
                    delivery.record.scan->after,
                    {kSlice, static_cast<std::uint32_t>(limits.window_bytes / 2)}},
                   retained_request_});
  context_.retained_readers.emplace(retained_request_, connection_.id);
  ++context_.counters.retained_pages_read;
}

void Sender::OnRetainedPage(storage::RetainedPage& page) {
  if (page.request != retained_request_) return;
  retained_request_ = storage::RequestNumber{0};
  RetainedDelivery& delivery = session_.retained.front();
  storage::RetainedScan& scan = *delivery.record.scan;
  Commit& commit = context_.commit;
  bool appended = false;
  for (storage::RetainedEntry& entry : page.entries) {
    if (entry.set >= scan.before || entry.message->expired(context_.broker_ms())) continue;
    EntryHeader header{std::min(delivery.record.qos, entry.message->qos()), true};
    if (delivery.record.identifier != 0) header.subscriptions.Add(delivery.record.identifier);
    if (header.qos == QoS::kAtMostOnce) {
      // In order, and not dropped: a slice is all that it goes beyond the output bound.
      if (TooLarge(header, *entry.message)) {
        ++context_.counters.dropped_too_large;
        continue;
      }
      connection_.Send(MakePublish(header, std::move(entry.message), PacketId{0}, false), Lsn{0});
      continue;
    }
    if (!delivery.in_queue()) {
      const Seq seq = TakeSeq(session_, commit);
      known_end_ = Seq{seq.value() + 1};
      PushWindow(Entry{seq, header, std::move(entry.message), Lsn{0}});
      continue;
    }
    const Seq seq = scan.next;
    TALLYMQ_ASSERT(seq < scan.end);
    scan.next = Seq{seq.value() + 1};
    commit.batch().Append(session_.number, seq, header, entry.message);
    session_.last_append = session_.last_retained = commit.lsn();
    // In a range of an earlier process, what is below the mark that it left counts as sent.
    if (seq > session_.sent) {
      ++session_.waiting_messages;
      session_.waiting_bytes += entry.message->size();
    }
    appended = true;
    Enqueue(seq, header, std::move(entry.message), commit.lsn());
  }
  scan.after = std::move(page.after);
  if (page.complete) {
    if (delivery.in_queue()) {
      storage::SubscriptionRecord ended = delivery.record;
      ended.scan.reset();
      commit.batch().PutSubscription(session_.number, delivery.filter, ended);
      commit.Urge();
    }
    EndRetained(0);
  } else if (appended) {
    commit.batch().PutSubscription(session_.number, delivery.filter, delivery.record);
  }
  Pump();
}

void Sender::EndRetained(std::size_t index) {
  const RetainedDelivery& delivery = session_.retained[index];
  if (index == 0) retained_request_ = storage::RequestNumber{0};
  if (&delivery == barrier()) {
    // What is left of its range is a gap. What came live meanwhile is on disk.
    if (known_end_ == delivery.record.scan->next) known_end_ = delivery.record.scan->end;
    near_tail_ = false;
  }
  session_.retained.erase(session_.retained.begin() + static_cast<std::ptrdiff_t>(index));
  if (session_.retained.empty()) ReleaseHeld();
}

void Sender::DropRetained(std::string_view filter) {
  for (std::size_t i = 0; i < session_.retained.size(); ++i) {
    if (session_.retained[i].filter != filter) continue;
    EndRetained(i);
    return;
  }
}

void Sender::Hold(Entry entry) {
  if (!held_) held_ = std::make_unique<Held>();
  held_->bytes += entry.message->footprint();
  held_->entries.push_back(std::move(entry));
}

void Sender::ReleaseHeld() {
  const std::unique_ptr<Held> held = std::move(held_);
  for (std::size_t i = 0; held && i < held->entries.size(); ++i) {
    Entry& entry = held->entries[i];
    if (entry.header.qos == QoS::kAtMostOnce) {
      SendQos0(entry.header, std::move(entry.message), entry.lsn);
    } else {
      EnqueueVolatile(entry.header, std::move(entry.message), entry.lsn);
    }
  }
}

}  // namespace tallymq::broker
