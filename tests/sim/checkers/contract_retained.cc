// Retained messages and wills.

#include <algorithm>
#include <utility>

#include "contract.h"
#include "topics.h"

namespace tallymq::sim {

// ---- Retained messages. [MQTT3-3.3.1-5] to [MQTT3-3.3.1-11]

void Contract::Retain(const WillModel& publication, std::uint64_t batch) {
  retained_batch_ = batch;
  RetainedModels& retained = model_.ChangeRetained();
  if (publication.message == 0) {
    retained.erase(publication.topic);
  } else {
    retained[publication.topic] = {.message = publication.message,
                                   .qos = publication.qos,
                                   .batch = batch,
                                   .topic = publication.topic,
                                   .bytes = publication.bytes};
  }
  // Who is still owed the old one does not get it any more, unless it is on its way.
  for (int client = 0; client < model_.clients(); ++client) {
    const SessionModel* session = model_.Find(client);
    if (session == nullptr) continue;
    for (std::size_t i = session->first_open; i < session->queue.size(); ++i) {
      if (session->queue[i].topic != publication.topic) continue;
      session = &model_.Change(client);
      model_.Change(client).queue[i].optional = true;
    }
    if (session->retained0.empty()) continue;
    for (RetainedModel& owed : model_.Change(client).retained0) {
      if (owed.topic == publication.topic) owed.optional = true;
    }
  }
}

void Contract::TakeBackRetained(SessionModel& session, int client, const std::string& filter) {
  for (std::size_t i = session.first_open; i < session.queue.size(); ++i) {
    Entry& entry = session.queue[i];
    if (entry.group == 0) continue;
    const Group& group = groups_[entry.group];
    if (group.client == client && group.filter == filter) entry.optional = true;
  }
  for (RetainedModel& owed : session.retained0) {
    if (Takes(filter, owed.topic)) owed.optional = true;
  }
}

void Contract::OweRetained(Link& link, const Request& request) {
  SessionModel& session = model_.Change(link.client);
  TakeBackRetained(session, link.client, request.filter);
  // Nothing is asked for where it is known that there is nothing.
  if (model_.retained().empty() && retained_batch_ <= told_) return;
  session.scanning = ++last_scan_;
  const std::uint32_t group = ++last_group_;
  groups_[group] = {link.client, request.filter, session.ranges};
  if (session.persistent && request.qos > 0) {
    ++session.ranges;
    session.wall = group;
  }
  for (const auto& [topic, retained] : model_.retained()) {
    if (!Takes(request.filter, topic)) continue;
    const std::uint64_t batch =
        session.persistent ? std::max(retained.batch, model_.open_batch()) : retained.batch;
    const int qos = std::min(request.qos, retained.qos);
    if (qos == 0) {
      RetainedModel owed = retained;
      owed.in_queue = session.persistent && request.qos > 0;
      session.retained0.push_back(std::move(owed));
      continue;
    }
    Entry entry;
    entry.message = retained.message;
    entry.qos = qos;
    entry.batch = batch;
    entry.life = life_;
    entry.wire = model_.NewWire();
    entry.group = group;
    entry.topic = topic;
    entry.bytes = retained.bytes;
    for (std::size_t i = session.first_open; i < session.queue.size(); ++i) {
      Entry& other = session.queue[i];
      if (other.group == 0 || other.ended || other.message != entry.message) continue;
      other.blurred = entry.blurred = true;
    }
    session.queue.push_back(std::move(entry));
  }
}

void Contract::SaidRetained0(Link& link, const Packet& packet) {
  SessionModel& session = model_.Change(link.client);
  // The same one may be owed for several filters: that one is meant which fits best.
  auto it = session.retained0.end();
  int best = -1;
  for (auto owed = session.retained0.begin(); owed != session.retained0.end(); ++owed) {
    const int fit = (owed->batch <= model_.durable() ? 2 : 0) + (owed->optional ? 0 : 1);
    if (owed->message != packet.message || fit <= best) continue;
    best = fit;
    it = owed;
  }
  if (it == session.retained0.end()) {
    Report(AfterCrash(packet.message, Rule::kD3),
           "retained message " + std::to_string(packet.message) + " for " + Name(link.client) +
               " is not due",
           packet.message);
    return;
  }
  if (it->batch > model_.durable()) {
    Report(Rule::kD1,
           "retained message " + std::to_string(packet.message) + " for " + Name(link.client) +
               " rests on batch " + std::to_string(it->batch) + ", durable is " +
               std::to_string(model_.durable()),
           packet.message);
  }
  if (it->in_queue) {
    it->optional = true;  // After a crash it may come again.
  } else {
    session.retained0.erase(it);
  }
}

// A retained message that may come and does may also be the next filter's.
void Contract::Excuse(SessionModel& session, std::size_t from, std::uint64_t message) {
  for (std::size_t i = from; i < session.queue.size(); ++i) {
    Entry& entry = session.queue[i];
    if (entry.group != 0 && entry.message == message && model_.wire(entry).id == 0) {
      entry.optional = true;
    }
  }
}

// True if a retained message from `from` on was sent with the packet's identifier.
bool Contract::SentWith(const SessionModel& session, std::size_t from, const Packet& packet) const {
  for (std::size_t i = from; i < session.queue.size(); ++i) {
    const Entry& entry = session.queue[i];
    if (entry.group != 0 && !entry.passed() && entry.message == packet.message &&
        model_.wire(entry).id == packet.id) {
      return true;
    }
  }
  return false;
}

std::size_t Contract::FindNext(SessionModel& session, const Link& link, const Packet& packet) {
  std::size_t next = link.cursor;
  // What is not stored waits in memory until the retained messages of all filters have been sent.
  for (std::size_t i = next; packet.retain && !session.persistent && i < session.queue.size();
       ++i) {
    const Entry& entry = session.queue[i];
    if (entry.group == 0 || entry.passed() || model_.wire(entry).id != 0 ||
        entry.message != packet.message || entry.qos != packet.qos) {
      continue;
    }
    if (entry.optional) Excuse(session, i + 1, packet.message);
    const auto first = session.queue.begin() + static_cast<std::ptrdiff_t>(next);
    const auto found = session.queue.begin() + static_cast<std::ptrdiff_t>(i);
    std::rotate(first, found, found + 1);
    return next;
  }
  while (next < session.queue.size()) {
    const Entry& entry = session.queue[next];
    if (entry.passed()) {
      ++next;
      continue;
    }
    const bool meant = !packet.retain && entry.message == packet.message && entry.qos == packet.qos;
    if (entry.group == 0 && entry.droppable && model_.wire(entry).id == 0) {
      if (meant) {
        Blur(session, next);
        return next;
      }
      PassOver(session, next++, link);
      continue;
    }
    // What was sent before, and what came live, has its place.
    if (entry.group == 0 || model_.wire(entry).id != 0) return next;
    std::size_t end = next;
    bool all_optional = true;
    // What is repeated is not one of these.
    const bool repeated = packet.dup && SentWith(session, next, packet);
    for (; end < session.queue.size() && session.queue[end].group == entry.group; ++end) {
      const Entry& other = session.queue[end];
      if (other.passed() || model_.wire(other).id != 0) continue;
      if (packet.retain && !repeated && other.message == packet.message &&
          other.qos == packet.qos) {
        if (other.optional) Excuse(session, end + 1, packet.message);
        std::swap(session.queue[next], session.queue[end]);
        return next;
      }
      all_optional = all_optional && (other.optional || other.droppable);
    }
    if (!all_optional) return next;
    // The broker has gone on: nothing more comes of these.
    for (std::size_t i = next; i < end; ++i) {
      Entry& other = session.queue[i];
      if (model_.wire(other).id != 0) continue;
      if (other.droppable && !other.ended) ++perhaps_dropped_;
      other.ended = true;
    }
  }
  return next;
}

// ---- Wills. [MQTT3-3.1.2-8], [MQTT3-3.1.2-10]

void Contract::PublishWill(int client, const WillModel& will) {
  const WillModel publication = will;
  published_.try_emplace(will.message, Published{life_});
  // With its will ends a session that was not to outlive its connection.
  const bool orphan = model_.orphans().erase(client) > 0;
  if (orphan && model_.Find(client) == nullptr) ended_[client] = model_.open_batch();
  ++wills_;
  Route(publication, true);
}

void Contract::Wills(std::uint64_t published) {
  // Those that a crash left come when there is time for them, in their order.
  for (const int client : orphan_order_) {
    if (wills_ >= published) break;
    const auto orphan = model_.orphans().find(client);
    if (orphan != model_.orphans().end()) PublishWill(client, orphan->second);
  }
  if (wills_ == published) return;
  Report(Rule::kD5, std::to_string(published) + " wills have been published since the start, " +
                        std::to_string(wills_) + " were due");
}

}  // namespace tallymq::sim
