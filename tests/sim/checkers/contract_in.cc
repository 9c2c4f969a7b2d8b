// What the broker takes in, and what follows from it.

#include <utility>

#include "contract.h"

namespace tallymq::sim {

Contract::Link* Contract::LinkOf(int client) {
  for (auto& [conn, link] : links_) {
    if (link.client == client && link.bound && !link.closing) return &link;
  }
  return nullptr;
}

void Contract::OnOpened(std::uint64_t conn, int client) {
  Link link;
  link.client = client;
  link.conn = conn;
  link.last_packet_ms = link.patient_from_ms = now_ms_;
  links_.emplace(conn, std::move(link));
}

// The connection is over: its will is published, or taken back. A session that is not persistent
// ends with it.
void Contract::Unbind(Link& link, Farewell farewell) {
  link.closing = true;
  if (!link.bound) return;
  SessionModel& session = model_.Change(link.client);
  std::erase_if(session.retained0, [](const RetainedModel& owed) { return !owed.in_queue; });
  for (RetainedModel& owed : session.retained0) owed.optional = true;
  const WillModel will = std::exchange(session.will, {});
  if (will.message != 0 && farewell == Farewell::kLost) PublishWill(link.client, will);
  SessionModel& left = model_.Change(link.client);
  left.connected = false;
  left.lost_ms = broker_ms();
  left.alone_from = left.queue.size();
  if (!left.persistent) End(link.client);
}

void Contract::End(int client) {
  const SessionModel& session = *model_.Find(client);
  for (std::size_t i = session.first_open; i < session.queue.size(); ++i) {
    const Entry& entry = session.queue[i];
    if (entry.droppable && model_.wire(entry).id == 0) ++perhaps_dropped_;
  }
  appended_.erase(client);
  if (session.stored) ended_[client] = model_.open_batch();
  model_.End(client);
}

void Contract::OnClosed(std::uint64_t conn) {
  const auto it = links_.find(conn);
  if (it == links_.end()) return;
  if (!it->second.closing) Unbind(it->second, Farewell::kLost);
  links_.erase(it);
}

void Contract::OnWritable(std::uint64_t conn) {
  const auto it = links_.find(conn);
  if (it == links_.end()) return;
  it->second.publish_bytes = 0;
  it->second.unwritten_bytes = 0;
}

void Contract::OnPaused(std::uint64_t conn, bool paused) {
  const auto it = links_.find(conn);
  if (it == links_.end()) return;
  it->second.paused = paused;
  it->second.patient_from_ms = now_ms_;
}

void Contract::OnGot(std::uint64_t conn, Packet& packet) {
  const auto it = links_.find(conn);
  if (it == links_.end() || it->second.closing) return;
  Link& link = it->second;
  link.last_packet_ms = link.patient_from_ms = now_ms_;
  switch (packet.type) {
    case Type::kConnect:
      return Connect(link, packet);
    case Type::kSubscribe:
      return Subscribe(link, packet);
    case Type::kUnsubscribe:
      return Unsubscribe(link, packet);
    case Type::kPublish:
      // Whether it is refused, the broker is about to say.
      pending_ = Pending{conn, packet};
      return;
    case Type::kPuback:
      return Puback(link, packet);
    case Type::kPubrec:
      return Pubrec(link, packet);
    case Type::kPubrel:
      return Pubrel(link, packet);
    case Type::kPubcomp:
      return Pubcomp(link, packet);
    case Type::kPingreq:
      ++link.pings;
      return;
    case Type::kDisconnect:
      return Unbind(link, Farewell::kDisconnect);
    default:
      return;
  }
}

void Contract::Connect(Link& link, const Packet& packet) {
  const int client = link.client;
  // Takeover: the old connection's packets are void from here on. [MQTT3-3.1.4-2]
  if (Link* old = LinkOf(client)) Unbind(*old, Farewell::kLost);
  // A will from before a crash, if there was no time for it yet.
  const auto orphan = model_.orphans().find(client);
  if (orphan != model_.orphans().end()) PublishWill(client, orphan->second);
  Answer connack{.type = Type::kConnack};
  const SessionModel* before = model_.Find(client);
  if (before != nullptr && Overdue(*before)) {
    connack.overdue = true;
    ++expired_;
  }
  if (before != nullptr && (packet.clean || connack.overdue)) {
    End(client);
    before = nullptr;
  }
  // It says that there is no session: that must be true after a crash as well.
  if (before == nullptr) connack.batch = ended_[client];
  connack.present = before != nullptr && packet.version != 3;
  if (before == nullptr) {
    SessionModel session;
    session.persistent = !packet.clean;
    session.life = life_;
    session.number = ++last_session_;
    model_.Put(client, std::move(session));
  }
  SessionModel& session = model_.Change(client);
  session.will = packet.will;
  session.stored = session.persistent || packet.will.message != 0;
  session.connected = true;
  session.connected_life = life_;
  // Before the client hears of it, a crash must know the will.
  if (session.persistent || packet.will.message != 0) connack.batch = model_.open_batch();
  link.bound = true;
  link.keep_alive_ms = packet.keep_alive_ms;
  link.known_size = session.queue.size();
  link.cursor = session.first_open;
  link.subscribed = !session.filters.empty() || !session.queue.empty();
  link.answers.push_back(std::move(connack));
  // What was received and not completed is released again, in order. [MQTT3-4.4.0-1]
  for (std::size_t i = session.first_open; i < session.queue.size(); ++i) {
    const Entry& entry = session.queue[i];
    if (entry.received && !entry.ended) {
      link.answers.push_back({.type = Type::kPubrel,
                              .id = model_.wire(entry).id,
                              .batch = entry.received_batch,
                              .message = entry.message});
    }
  }
}

void Contract::Subscribe(Link& link, const Packet& packet) {
  SessionModel& session = model_.Change(link.client);
  link.subscribed = true;
  Answer suback{.type = Type::kSuback, .id = packet.id};
  for (const Request& request : packet.requests) {
    session.filters[request.filter] = request.qos;
    OweRetained(link, request);
    suback.codes.push_back(request.qos);
  }
  if (session.persistent) suback.batch = model_.open_batch();
  link.answers.push_back(std::move(suback));
}

void Contract::Unsubscribe(Link& link, const Packet& packet) {
  SessionModel& session = model_.Change(link.client);
  Answer unsuback{.type = Type::kUnsuback, .id = packet.id};
  for (const Request& request : packet.requests) {
    if (session.filters.erase(request.filter) == 0) continue;
    TakeBackRetained(session, link.client, request.filter);
    if (session.persistent) unsuback.batch = model_.open_batch();
  }
  link.answers.push_back(std::move(unsuback));
}

std::uint64_t Contract::Route(const WillModel& packet, bool gated) {
  bool writes = gated || packet.retain;
  std::vector<std::pair<int, int>> takers;
  for (int client = 0; client < model_.clients(); ++client) {
    const int qos = model_.QosFor(client, packet.topic, packet.qos);
    if (qos < 0) continue;
    // One that is about to end with its connection gets nothing any more.
    if (!model_.Find(client)->persistent && LinkOf(client) == nullptr) continue;
    takers.emplace_back(client, qos);
  }
  // A will comes with other events; what is dropped then may be another will.
  if (limits_queues() && bounds_.overflow == Overflow::kDropNewest) {
    DropNewest(takers, packet.bytes, !gated);
  }
  for (const auto& [client, qos] : takers) {
    writes = writes || (qos > 0 && model_.Find(client)->persistent);
  }
  const std::uint64_t batch = writes ? model_.open_batch() : 0;
  if (packet.retain) Retain(packet, batch);
  // A will of QoS 0 rests on its removal: else a crash would send it again.
  const std::uint64_t once = gated && packet.qos == 0 ? batch : 0;
  for (const auto& [client, qos] : takers) {
    if (qos == 0) {
      Link* link = LinkOf(client);
      if (link != nullptr)
        link->qos0.push_back({packet.message, once, model_.Find(client)->scanning});
      continue;
    }
    Entry entry;
    entry.message = packet.message;
    entry.qos = qos;
    entry.batch = batch;
    entry.life = life_;
    entry.wire = model_.NewWire();
    entry.bytes = packet.bytes;
    SessionModel& session = model_.Change(client);
    entry.wall = session.wall;
    // What is dropped may be the one or the other.
    for (std::size_t i = session.first_open; drops() && i < session.queue.size(); ++i) {
      Entry& other = session.queue[i];
      if (other.message == entry.message && other.group == 0) other.blurred = entry.blurred = true;
    }
    session.queue.push_back(entry);
    if (session.persistent && queues_counted_) appended_.try_emplace(client, told_);
  }
  return batch;
}

void Contract::Publish(Link& link, const Packet& packet) {
  published_.try_emplace(packet.message, Published{life_});
  refused_.erase(packet.message);
  const WillModel publication{packet.message, packet.topic, packet.qos, packet.retain,
                              packet.body_bytes};
  if (packet.qos == 2) {
    const SessionModel& session = *model_.Find(link.client);
    const auto known = session.inbound.find(packet.id);
    if (known != session.inbound.end()) {
      // A repetition is answered and not given on. [MQTT3-4.3.3-2]
      link.answers.push_back({.type = Type::kPubrec, .id = packet.id, .message = known->second});
      return;
    }
    const bool gated = session.persistent;
    model_.Change(link.client).inbound.emplace(packet.id, packet.message);
    const std::uint64_t batch = Route(publication, gated);
    link.answers.push_back(
        {.type = Type::kPubrec, .id = packet.id, .batch = batch, .message = packet.message});
    return;
  }
  const std::uint64_t batch = Route(publication, false);
  if (packet.qos == 1) {
    link.answers.push_back(
        {.type = Type::kPuback, .id = packet.id, .batch = batch, .message = packet.message});
  }
}

void Contract::Pubrel(Link& link, Packet& packet) {
  Answer pubcomp{.type = Type::kPubcomp, .id = packet.id};
  const SessionModel& session = *model_.Find(link.client);
  const auto known = session.inbound.find(packet.id);
  if (known != session.inbound.end()) {
    packet.message = pubcomp.message = known->second;
    if (session.persistent) pubcomp.batch = model_.open_batch();
    model_.Change(link.client).inbound.erase(packet.id);
  }
  link.answers.push_back(std::move(pubcomp));
}

void Contract::Puback(Link& link, Packet& packet) {
  SessionModel& session = model_.Change(link.client);
  for (std::size_t i = session.first_open; i < session.queue.size(); ++i) {
    Entry& entry = session.queue[i];
    const Wire& wire = model_.wire(entry);
    if (entry.qos != 1 || entry.ended || wire.id != packet.id) continue;
    entry.ended = true;
    if (wire.last_conn == link.conn) --link.in_flight;
    packet.message = entry.message;
    AdvanceFirstOpen(session);
    return;
  }
}

void Contract::Pubrec(Link& link, Packet& packet) {
  Answer pubrel{.type = Type::kPubrel, .id = packet.id};
  SessionModel& session = model_.Change(link.client);
  for (std::size_t i = session.first_open; i < session.queue.size(); ++i) {
    Entry& entry = session.queue[i];
    if (entry.qos != 2 || entry.ended || model_.wire(entry).id != packet.id) continue;
    packet.message = pubrel.message = entry.message;
    if (!entry.received) {
      entry.received = true;
      entry.received_batch = session.persistent ? model_.open_batch() : 0;
      pubrel.batch = entry.received_batch;
    }
    break;
  }
  link.answers.push_back(std::move(pubrel));
}

void Contract::Pubcomp(Link& link, Packet& packet) {
  SessionModel& session = model_.Change(link.client);
  for (std::size_t i = session.first_open; i < session.queue.size(); ++i) {
    Entry& entry = session.queue[i];
    const Wire& wire = model_.wire(entry);
    if (!entry.received || entry.ended || wire.id != packet.id) continue;
    entry.ended = true;
    if (wire.last_conn == link.conn) --link.in_flight;
    packet.message = entry.message;
    AdvanceFirstOpen(session);
    return;
  }
}

}  // namespace tallymq::sim
