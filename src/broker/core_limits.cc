// What happens at the bounds. [design 4]
//
// A queue's size is what waits in it: entries never sent. What an earlier process left is counted
// in the background, one page of one queue at a time; until then a queue's limit does not hold.
// Entries that are dropped are read for their sizes first, so a queue may stand above its limit for
// as long as that takes.

#include <algorithm>
#include <utility>

#include "core.h"
#include "tallymq/base/assert.h"
#include "tallymq/base/mutant.h"

namespace tallymq::broker {

using storage::Seq;

namespace {

constexpr storage::PageLimits kOwnPage{256, 256u << 10};

}  // namespace

// ---- Topics.

bool Core::TopicAllowed(std::string_view text) const {
  return text.size() <= context_.limits.topic_bytes_max &&
         mqtt::CountLevels(text) <= context_.limits.topic_levels_max;
}

// ---- Publishes.

bool Core::limits_queues() const {
  return context_.limits.queue_messages_max != 0 || context_.limits.queue_bytes_max != 0;
}

bool Core::OverLimit(const Session& session, std::uint64_t messages, std::uint64_t bytes) const {
  const Limits& limits = context_.limits;
  if (!session.counted() || Mutant("limit-ignored")) return false;
  return (limits.queue_messages_max != 0 &&
          session.waiting_messages + messages > limits.queue_messages_max) ||
         (limits.queue_bytes_max != 0 && session.waiting_bytes + bytes > limits.queue_bytes_max);
}

bool Core::Admit(const Publication& publication, bool must) {
  const Limits& limits = context_.limits;
  if (!must && publication.retain && !publication.payload.empty()) {
    // As if each pending one were of a new topic.
    const storage::RetainedTotals& retained = context_.retained;
    if ((limits.retained_max != 0 && retained.count + retains_pending_ >= limits.retained_max) ||
        (limits.retained_bytes_max != 0 && retained.bytes >= limits.retained_bytes_max)) {
      return false;
    }
  }
  if (!limits_queues()) return true;
  const std::size_t bytes =
      publication.topic.text().size() + publication.properties.size() + publication.payload.size();
  const auto full = [&](const Recipient& recipient) {
    return recipient.stored() && OverLimit(*recipient.session, 1, bytes);
  };
  if (limits.queue_policy == QueuePolicy::kRefuse) {
    return must || std::none_of(recipients_.begin(), recipients_.end(), full);
  }
  if (limits.queue_policy == QueuePolicy::kDropNewest) {
    context_.counters.dropped_newest += std::erase_if(recipients_, full);
  }
  return true;
}

// 3.x has no word for it: the client gets no answer, and is sent away a little later. [design 9.8]
void Core::RefusePublish(Connection& connection, const mqtt::Publish& packet) {
  ++context_.counters.refused_publishes;
  if (connection.version == mqtt::Version::k50) {
    return Answer(connection, packet, mqtt::ReasonCode::kQuotaExceeded, Lsn{});
  }
  if (packet.qos == QoS::kAtMostOnce || connection.refused_until_ms != 0) return;
  if (Mutant("refused-answered")) connection.Send(mqtt::Puback{.packet_id = packet.packet_id}, {});
  connection.refused_until_ms = context_.now_ms + context_.limits.refused_close_ms;
  deadlines_.push(Deadline{connection.refused_until_ms, connection.id});
  Note(Notice::Level::kWarning, connection,
       "a publish was refused: the queue of a recipient, or all retained messages together, are at "
       "their limit; its later ones of QoS 1 and 2 are discarded, and it will be disconnected");
}

void Core::CountWaiting(Session& session, std::size_t bytes) {
  ++session.waiting_messages;
  session.waiting_bytes += bytes;
  if (context_.limits.queue_policy == QueuePolicy::kDropOldest && limits_queues() &&
      OverLimit(session, 0, 0)) {
    DropOldest(session);
  }
}

// ---- Pages that the core asks for itself.

void Core::ReadOwn(Session& session, Seq from, bool drops) {
  const storage::RequestNumber request{++context_.last_request};
  context_.reads.push_back(ReadQueue{session.number, from, kOwnPage, request});
  own_reads_.emplace(request, QueueRead{session.number, from, drops});
}

void Core::OnOwnPage(const QueueRead& read, const storage::Page& page) {
  const auto it = by_number_.find(read.session);
  if (it == by_number_.end()) {
    if (!read.drops) CountNextQueue();
  } else if (read.drops) {
    OnDropPage(*it->second, read.from, page);
  } else {
    OnCountPage(*it->second, page);
  }
}

void Core::CountNextQueue() {
  while (!uncounted_.empty()) {
    const auto it = by_number_.find(uncounted_.back());
    uncounted_.pop_back();
    if (it == by_number_.end()) continue;
    Session& session = *it->second;
    ReadOwn(session,
            std::max({session.state.head, Seq{session.sent.value() + 1}, session.counted_to}),
            false);
    return;
  }
}

void Core::OnCountPage(Session& session, const storage::Page& page) {
  bool complete = page.complete;
  for (const storage::PageEntry& entry : page.entries) {
    if (entry.seq >= session.old_end) {
      complete = true;
      break;
    }
    session.counted_to = Seq{entry.seq.value() + 1};
    if (!session.Waits(entry.seq)) continue;
    ++session.waiting_messages;
    session.waiting_bytes += entry.message->size();
  }
  if (!complete) return ReadOwn(session, session.counted_to, false);
  session.counted_to = session.old_end;
  if (session.sender) session.sender->Pump();  // retained messages wait for it
  CountNextQueue();
}

// ---- Drop oldest. [design 9.6]

void Core::DropOldest(Session& session) {
  // Retained messages lie before what came live, and may be in a later batch: a read that does not
  // see them yet would have them dropped unseen. With the next one that is appended.
  if (session.dropping || !context_.commit.IsDurable(session.last_retained)) return;
  session.dropping = true;
  std::uint64_t from = std::max(session.state.head.value(), session.sent.value() + 1);
  // While retained messages are on their way, what they precede.
  for (const RetainedDelivery& delivery : session.retained) {
    if (delivery.in_queue()) from = std::max(from, delivery.record.scan->end.value());
  }
  for (const auto& range : session.state.finished.ranges()) {
    if (range.first <= from && from <= range.last) from = range.last + 1;
  }
  ReadOwn(session, Seq{from}, true);
}

void Core::OnDropPage(Session& session, Seq from, const storage::Page& page) {
  session.dropping = false;
  // Retained messages that came since it was read, or are on their way, are before some of it.
  if (page.as_of < session.last_retained) return DropOldest(session);
  Seq end{UINT64_MAX};
  for (const RetainedDelivery& delivery : session.retained) {
    if (!delivery.in_queue() || delivery.record.scan->end <= from) continue;
    end = std::min(end, Seq{delivery.record.scan->end.value() - storage::RetainedScan::kRange});
  }
  std::uint64_t last = 0;
  for (const storage::PageEntry& entry : page.entries) {
    if (entry.seq >= end) break;
    if (!OverLimit(session, Mutant("drop-one-more") ? 1 : 0, 0)) break;
    if (!session.Waits(entry.seq)) continue;
    last = entry.seq.value();
    session.NoLongerWaits(entry.seq, entry.message->size());
    context_.counters.dropped_oldest += Mutant("drop-counted-twice") ? 2 : 1;
  }
  if (last == 0)
    return;  // What is too much is not on disk yet: with the next one that is appended.
  const std::uint64_t first = std::max(from.value(), session.sent.value() + 1);
  storage::StateRecord& state = session.state;
  state.finished.InsertRange(first, last);
  if (!session.sender && state.head.value() >= first) {
    state.head = Seq{last + 1};
    state.finished.EraseBelow(state.head.value());
  }
  // Every PUBLISH from now on rests on it: its number tells the client that these are gone. Without
  // one it is lazy.
  context_.commit.DeferState(session, context_.now_ms);
  const Lsn position = context_.commit.GateState(session);
  if (!Mutant("drop-early")) session.position = position;
  if (OverLimit(session, 0, 0)) DropOldest(session);
}

}  // namespace tallymq::broker
