// Queues with a limit: what is refused, and what may be dropped.
//
// What waits in a queue is what was never sent. The broker alone knows exactly how much that is: it
// counts what it has given to a connection as sent, and that may not have left when the connection
// breaks. So there are two figures, and a verdict only where they agree. What may have been dropped
// may come or not; as many as the broker counts as dropped do not come, and no more.

#include <algorithm>
#include <utility>

#include "contract.h"

namespace tallymq::sim {

namespace {

// What a message takes in memory beyond topic and payload, at most. Bytes.
constexpr std::size_t kMessageBytes = 128;

bool NeverSent(const Entry& entry, const Wire& wire) {
  return !entry.passed() && wire.id == 0 && !entry.counted_sent;
}

}  // namespace

bool Contract::refused(std::uint64_t conn) const {
  const auto it = links_.find(conn);
  return it != links_.end() && it->second.refused_ms.has_value();
}

void Contract::OnCounted(const Counted& counted) {
  newest_delta_ = counted.dropped_newest - counted_.dropped_newest;
  Decide(counted.refused - counted_.refused);
  Wills(counted.wills);
  Expired(counted.expired);
  DroppedNewest();
  DroppedOldest(counted.dropped_oldest - counted_.dropped_oldest);
  DroppedClean(counted.dropped_clean - counted_.dropped_clean);
  counted_ = counted;
}

// ---- How much waits.

bool Contract::Beyond(const Waiting& waiting) const {
  return (bounds_.queue_messages != 0 && waiting.messages > bounds_.queue_messages) ||
         (bounds_.queue_bytes != 0 && waiting.bytes > bounds_.queue_bytes);
}

Contract::Waiting Contract::AtMost(const SessionModel& session) const {
  Waiting waiting;
  for (std::size_t i = session.first_open; i < session.queue.size(); ++i) {
    const Entry& entry = session.queue[i];
    if (!NeverSent(entry, model_.wire(entry))) continue;
    ++waiting.messages;
    waiting.bytes += entry.bytes;
  }
  return waiting;
}

Contract::Waiting Contract::AtLeast(const SessionModel& session, std::uint64_t batch) const {
  // Until what an earlier process left has been counted, the limit does not hold.
  if (session.persistent && session.life < life_ && !queues_counted_) return {};
  // So many may have been given to a connection without leaving it: the first ones.
  std::size_t given = bounds_.inflight_max;
  for (std::size_t i = session.first_open; i < session.queue.size() && given > 0; ++i) {
    const Entry& entry = session.queue[i];
    if (!entry.passed() && !NeverSent(entry, model_.wire(entry))) --given;
  }
  Waiting waiting;
  for (std::size_t i = session.first_open; i < session.queue.size(); ++i) {
    const Entry& entry = session.queue[i];
    if (!NeverSent(entry, model_.wire(entry)) || entry.droppable) continue;
    if (entry.group != 0) continue;  // It may not be in the queue yet.
    const bool alone = !session.connected && i >= session.alone_from;
    if (!alone && given > 0) {
      --given;
      continue;
    }
    if (entry.batch > batch) continue;
    ++waiting.messages;
    waiting.bytes += entry.bytes;
  }
  return waiting;
}

Contract::Room Contract::RoomFor(int client, std::size_t bytes) const {
  const SessionModel& session = *model_.Find(client);
  const Waiting least = AtLeast(session);
  if (Beyond({least.messages + 1, least.bytes + bytes}) &&
      (session.life == life_ || queues_counted_)) {
    return Room::kNone;
  }
  const Waiting most = AtMost(session);
  return Beyond({most.messages + 1, most.bytes + bytes}) ? Room::kUnknown : Room::kSome;
}

// ---- Refuse: for all recipients or none, and the publisher gets no answer.

void Contract::Decide(std::uint64_t refused) {
  if (!pending_) {
    if (refused > 0) Report(Rule::kD8, "a publish is refused, and there was none");
    return;
  }
  const Packet packet = std::move(pending_->packet);
  const auto it = links_.find(pending_->conn);
  pending_.reset();
  if (it == links_.end()) return;
  Link& link = it->second;
  const std::string words =
      "message " + std::to_string(packet.message) + " of " + Name(link.client) + " is ";
  const bool repeated = packet.qos == 2 && model_.Find(link.client)->inbound.contains(packet.id);
  if (link.refused_ms && packet.qos > 0 && !repeated) {
    // One that is taken would be before those that are to be sent again.
    if (refused == 0) {
      Report(Rule::kD3, words + "taken behind one that was refused", packet.message);
    }
    return Refuse(link, packet);
  }
  bool full = false;
  bool perhaps = false;
  for (int client = 0; client < model_.clients() && limits_queues(); ++client) {
    if (bounds_.overflow != Overflow::kRefuse || repeated) break;
    if (model_.QosFor(client, packet.topic, packet.qos) <= 0) continue;
    if (!model_.Find(client)->persistent) continue;
    const Room room = RoomFor(client, packet.body_bytes);
    full = full || room == Room::kNone;
    perhaps = perhaps || room == Room::kUnknown;
  }
  if (refused == 0) {
    if (full) Report(Rule::kD8, words + "taken, and a queue has no room for it", packet.message);
    return Publish(link, packet);
  }
  if (!full && !perhaps) {
    Report(Rule::kD8, words + "refused, and every queue has room for it", packet.message);
  }
  Refuse(link, packet);
}

void Contract::Refuse(Link& link, const Packet& packet) {
  if (!link.refused_ms) link.refused_ms = now_ms_;
  if (!published_.contains(packet.message)) refused_.insert(packet.message);
}

// ---- Drop newest.

void Contract::DropNewest(std::vector<std::pair<int, int>>& takers, std::size_t bytes, bool exact) {
  std::map<int, Room> rooms;
  std::uint64_t surely = 0;
  std::uint64_t perhaps = 0;
  for (const auto& [client, qos] : takers) {
    if (qos == 0 || !model_.Find(client)->persistent) continue;
    const Room room = rooms[client] = RoomFor(client, bytes);
    surely += room == Room::kNone ? 1 : 0;
    perhaps += room == Room::kUnknown ? 1 : 0;
  }
  if (exact && perhaps > 0 && newest_delta_ == surely + perhaps) {
    for (auto& [client, room] : rooms) {
      if (room == Room::kUnknown) room = Room::kNone;
    }
    surely += std::exchange(perhaps, 0);
  }
  newest_surely_ += surely;
  std::erase_if(takers, [&](const auto& taker) {
    const auto room = rooms.find(taker.first);
    return room != rooms.end() && room->second == Room::kNone;
  });
  for (const auto& [client, room] : rooms) {
    if (room != Room::kUnknown) continue;
    const SessionModel& session = *model_.Find(client);
    newest_perhaps_.push_back({client, session.number, session.queue.size()});
  }
}

void Contract::DroppedNewest() {
  const std::vector<Doubt> perhaps = std::exchange(newest_perhaps_, {});
  const std::uint64_t surely = std::exchange(newest_surely_, 0);
  if (newest_delta_ < surely) {
    Report(Rule::kD8, "a message is not dropped, and its queue has no room for it");
    return;
  }
  const std::uint64_t others = newest_delta_ - surely;
  if (others > perhaps.size()) {
    Report(Rule::kD8, "a message is dropped, and its queue has room for it");
    return;
  }
  if (others == 0) return;
  dropped_ += others;
  for (const Doubt& doubt : perhaps) {
    const SessionModel* session = model_.Find(doubt.client);
    if (session == nullptr || session->number != doubt.session) {
      ++perhaps_dropped_;
      continue;
    }
    Entry& entry = model_.Change(doubt.client).queue[doubt.index];
    entry.droppable = model_.wire(entry).id == 0;
  }
}

// ---- Drop oldest.

void Contract::DroppedOldest(std::uint64_t count) {
  if (count == 0) return;
  dropped_ += count;
  for (int client = 0; client < model_.clients(); ++client) {
    const SessionModel* found = model_.Find(client);
    if (found == nullptr || !found->persistent || !Beyond(AtMost(*found))) continue;
    SessionModel& session = model_.Change(client);
    // One goes where it and what is behind it are too much. While retained messages are on their
    // way, what is before them stays.
    Waiting behind;
    if (session.wall != 0) behind = AtMost(session);
    for (std::size_t i = session.queue.size(); i > session.first_open; --i) {
      Entry& entry = session.queue[i - 1];
      if (!NeverSent(entry, model_.wire(entry))) continue;
      ++behind.messages;
      behind.bytes += entry.bytes;
      if (!Beyond(behind)) continue;
      if (!entry.droppable) entry.drop_batch = model_.open_batch();
      entry.droppable = true;
    }
  }
  CheckRoom();
}

void Contract::CheckRoom() {
  std::uint64_t droppable = passed_over_ + perhaps_dropped_;
  for (int client = 0; client < model_.clients(); ++client) {
    const SessionModel* session = model_.Find(client);
    if (session == nullptr) continue;
    for (std::size_t i = session->first_open; i < session->queue.size(); ++i) {
      const Entry& entry = session->queue[i];
      if (entry.droppable && NeverSent(entry, model_.wire(entry))) ++droppable;
    }
  }
  if (dropped_ <= droppable) return;
  Report(Rule::kD8,
         "a message is dropped, and its queue has room for it, or it was dropped before");
}

// What the broker reads behind the first append to a queue, it can drop.
void Contract::OnReadsDone() {
  queues_counted_ = true;
  const auto appended = std::exchange(appended_, {});
  if (!limits_queues() || bounds_.overflow != Overflow::kDropOldest) return;
  for (const auto& [client, durable] : appended) {
    const SessionModel& session = *model_.Find(client);
    if (session.wall != 0 || !Beyond(AtLeast(session))) continue;
    if (AtLeast(session, durable).messages == 0) continue;
    Report(Rule::kD8,
           "the queue of " + Name(client) + " is beyond its limit, and nothing is dropped");
  }
}

void Contract::PassOver(SessionModel& session, std::size_t index, const Link& link) {
  Entry& entry = session.queue[index];
  Wire& wire = model_.wire(entry);
  const std::string words =
      "message " + std::to_string(entry.message) + " for " + Name(link.client);
  entry.ended = true;
  if (wire.passed_over) return;
  wire.passed_over = true;
  if (++passed_over_ > dropped_) {
    Report(Rule::kD8, words + " is left out, and is not among those that were dropped",
           entry.message);
  }
  if (entry.drop_batch > model_.durable()) {
    Report(Rule::kD1,
           "what is behind " + words + ", which was dropped, rests on batch " +
               std::to_string(entry.drop_batch) + ", durable is " +
               std::to_string(model_.durable()),
           entry.message);
  }
}

// What is sent may be the same message's next entry, and this one dropped.
void Contract::Blur(SessionModel& session, std::size_t index) {
  Entry& entry = session.queue[index];
  for (std::size_t i = index + 1; i < session.queue.size(); ++i) {
    Entry& other = session.queue[i];
    if (other.message != entry.message || other.group != 0) continue;
    if (!NeverSent(other, model_.wire(other))) continue;
    // If it is that one, what was dropped was this one, and then.
    other.drop_batch =
        other.droppable ? std::min(other.drop_batch, entry.drop_batch) : entry.drop_batch;
    other.droppable = true;
  }
}

// ---- Queues in memory.

void Contract::CheckCleanQueues() {
  for (int client = 0; client < model_.clients(); ++client) {
    const SessionModel* session = model_.Find(client);
    if (session == nullptr || session->persistent) continue;
    const std::size_t open = session->queue.size() - session->first_open;
    if (open * bounds_.packet_bytes_max <= bounds_.clean_queue_bytes) continue;
    const Waiting waiting = AtLeast(*session);
    if (waiting.messages < 2 || waiting.bytes <= bounds_.clean_queue_bytes) continue;
    Report(Rule::kD8, std::to_string(waiting.bytes) + " bytes wait in memory for " + Name(client));
  }
}

void Contract::DroppedClean(std::uint64_t count) {
  if (count == 0) return CheckCleanQueues();
  dropped_ += count;
  for (int client = 0; client < model_.clients(); ++client) {
    const SessionModel* found = model_.Find(client);
    if (found == nullptr || found->persistent) continue;
    // While retained messages are on their way, QoS 0 waits there as well.
    bool beyond = found->scanning != 0;
    std::size_t waiting = 0;
    SessionModel& session = model_.Change(client);
    for (std::size_t i = session.first_open; i < session.queue.size(); ++i) {
      Entry& entry = session.queue[i];
      if (!NeverSent(entry, model_.wire(entry))) continue;
      const bool first = waiting == 0;
      waiting += entry.bytes + kMessageBytes;
      beyond = beyond || (!first && waiting > bounds_.clean_queue_bytes);
      if (!beyond || entry.group != 0) continue;
      entry.droppable = true;
    }
  }
  CheckRoom();
  CheckCleanQueues();
}

// ---- All that was dropped.

void Contract::CheckDropped(bool at_rest) {
  for (int client = 0; client < model_.clients() && at_rest; ++client) {
    const SessionModel* session = model_.Find(client);
    if (session == nullptr || session->persistent) continue;
    for (std::size_t i = session->first_open; i < session->queue.size(); ++i) {
      if (session->queue[i].droppable && !session->queue[i].ended) ++passed_over_;
    }
  }
  // Of entries that cannot be told apart, one that was dropped in an earlier life may be missed
  // now.
  std::uint64_t blurred = 0;
  for (int client = 0; client < model_.clients(); ++client) {
    const SessionModel* session = model_.Find(client);
    if (session == nullptr) continue;
    blurred +=
        static_cast<std::uint64_t>(std::count_if(session->queue.begin(), session->queue.end(),
                                                 [](const Entry& entry) { return entry.blurred; }));
  }
  if (passed_over_ > dropped_ + blurred) {
    Report(Rule::kD8, std::to_string(passed_over_) + " messages are missing, " +
                          std::to_string(dropped_) + " were dropped");
  } else if (at_rest && passed_over_ + perhaps_dropped_ + blurred < dropped_) {
    Report(Rule::kD8, std::to_string(dropped_) + " messages were dropped, " +
                          std::to_string(passed_over_) + " are missing");
  }
}

}  // namespace tallymq::sim
