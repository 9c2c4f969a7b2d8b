// What the broker hands out: is it due, in its turn, and true after any crash?

#include <utility>

#include "contract.h"

namespace tallymq::sim {

namespace {

// Silence that a client with a keep alive may keep, in quarters of it. [MQTT3-3.1.2-24]
constexpr std::uint64_t kPatienceQuarters = 6;
// What the broker counts for a packet that is no PUBLISH. Bytes.
constexpr std::size_t kAnswerBytes = 8;
// How late the broker may notice. Milliseconds.
constexpr std::uint64_t kNoticeMs = 1;

std::string Words(const Packet& packet) {
  std::string words = NameOf(packet.type);
  if (packet.id != 0) words += " " + std::to_string(packet.id);
  if (packet.type == Type::kPublish) words += " of message " + std::to_string(packet.message);
  return words;
}

}  // namespace

// What concerns a message from before a crash is a matter of what the start serves.
Rule Contract::AfterCrash(std::uint64_t message, Rule otherwise) const {
  if (refused_.contains(message)) return Rule::kD8;
  const auto it = published_.find(message);
  return it != published_.end() && it->second.life < life_ ? Rule::kD5 : otherwise;
}

void Contract::OnSaid(std::uint64_t conn, Packet& packet) {
  const auto it = links_.find(conn);
  if (it == links_.end() || it->second.closing) {
    Report(Rule::kD1, Words(packet) + " for a connection that has ended", packet.message);
    return;
  }
  Link& link = it->second;
  if (!link.connack_left && packet.type != Type::kConnack) {
    Report(Rule::kD3, Words(packet) + " for " + Name(link.client) + " before its CONNACK",
           packet.message);
  } else if (packet.type == Type::kPublish) {
    if (packet.qos > 0) return SaidPublish(link, packet);
    packet.retain ? SaidRetained0(link, packet) : SaidQos0(link, packet);
  } else if (packet.type == Type::kPingresp) {
    if (link.pings > 0) {
      --link.pings;
    } else if (!link.subscribed) {
      Report(Rule::kD2, "PINGRESP for " + Name(link.client) + " comes late, or was not asked for");
    }
    link.unwritten_bytes += kAnswerBytes;
    if (link.unordered_waiting > 0) --link.unordered_waiting;
  } else {
    SaidAnswer(link, packet);
  }
}

void Contract::SaidAnswer(Link& link, Packet& packet) {
  const std::string words = Words(packet) + " for " + Name(link.client);
  if (link.answers.empty()) {
    if (link.refused_ms) return Report(Rule::kD8, words + " answers what was refused");
    Report(life_ > 1 ? Rule::kD5 : Rule::kD3, words + " answers nothing");
    return;
  }
  const Answer answer = std::move(link.answers.front());
  link.answers.pop_front();
  link.unwritten_bytes += kAnswerBytes;
  packet.message = answer.message;
  if (answer.type != packet.type || answer.id != packet.id) {
    const std::string due = std::string(NameOf(answer.type)) + " " + std::to_string(answer.id);
    const bool resuming = answer.type == Type::kPubrel && link.in_flight == 0;
    Report(resuming ? AfterCrash(answer.message, Rule::kD3) : Rule::kD3,
           words + ": " + due + " is due before", answer.message);
    return;
  }
  if (answer.batch > model_.durable()) {
    Report(Rule::kD1,
           words + " rests on batch " + std::to_string(answer.batch) + ", durable is " +
               std::to_string(model_.durable()),
           answer.message);
  }
  if (packet.type == Type::kConnack) {
    link.connack_left = true;
    if (answer.present != packet.present) {
      Report(answer.overdue ? Rule::kD9
             : life_ > 1    ? Rule::kD5
                            : Rule::kProtocol,
             words + ": its session is " + (answer.present ? "" : "not ") + "there");
    }
  } else if (packet.type == Type::kSuback && answer.codes != packet.codes) {
    Report(Rule::kProtocol, words + " grants something else");
  }
}

void Contract::SaidQos0(Link& link, const Packet& packet) {
  if (link.unordered_waiting > 0) --link.unordered_waiting;
  while (!link.qos0.empty()) {
    const Qos0 due = link.qos0.front();
    link.qos0.pop_front();
    if (due.message == packet.message) {
      if (due.held != 0 && model_.Find(link.client)->scanning == due.held) {
        model_.Change(link.client).scanning = 0;
      }
      if (due.batch <= model_.durable()) return;
      return Report(Rule::kD1,
                    Words(packet) + " for " + Name(link.client) + ", a will, rests on batch " +
                        std::to_string(due.batch) + ", durable is " +
                        std::to_string(model_.durable()),
                    packet.message);
    }
    ++dropped_seen_;  // skipped; whether as many were dropped is asked when all is settled
  }
  Report(Rule::kD3, Words(packet) + " with QoS 0 for " + Name(link.client) + " is not due",
         packet.message);
}

void Contract::SaidPublish(Link& link, const Packet& packet) {
  const std::string words = Words(packet) + " for " + Name(link.client);
  SessionModel& session = model_.Change(link.client);
  link.cursor = FindNext(session, link, packet);
  if (link.cursor == session.queue.size() || session.queue[link.cursor].message != packet.message) {
    // Something else than the next one in the queue: is that left out, or is this no part of it?
    bool ahead = false;
    for (std::size_t i = link.cursor; i < session.queue.size(); ++i) {
      ahead = ahead || session.queue[i].message == packet.message;
    }
    const std::uint64_t next =
        link.cursor < session.queue.size() ? session.queue[link.cursor].message : 0;
    if (ahead) {
      // The subscription may be older than a crash, too.
      const bool survived = session.life < session.queue[link.cursor].life;
      Report(survived ? Rule::kD5 : AfterCrash(next, Rule::kD3),
             words + ": message " + std::to_string(next) + " is before it in the queue", next);
    } else {
      Report(AfterCrash(packet.message, Rule::kD3), words + " is not to be sent (again)",
             packet.message);
    }
    return;
  }
  const std::size_t index = link.cursor++;
  Entry& entry = session.queue[index];
  if ((entry.group != 0) != packet.retain) {
    Report(AfterCrash(packet.message, Rule::kProtocol),
           words + (packet.retain ? " with" : " without") + " the retain flag", packet.message);
  }
  if (entry.qos != packet.qos) {
    Report(AfterCrash(packet.message, Rule::kProtocol),
           words + " with QoS " + std::to_string(packet.qos) + " instead of " +
               std::to_string(entry.qos),
           packet.message);
  }
  if (entry.batch > model_.durable()) {
    Report(Rule::kD1,
           words + " rests on batch " + std::to_string(entry.batch) + ", durable is " +
               std::to_string(model_.durable()),
           packet.message);
  }
  CheckIdentifier(session, index, link, packet);
  if (entry.group == 0 && entry.wall == session.wall) session.wall = 0;
  Wire& wire = model_.wire(entry);
  if (wire.id != 0 && !packet.dup) {
    Report(wire.last_life < life_ ? Rule::kD5 : Rule::kD3, words + " is sent again without DUP",
           packet.message);
  } else if (wire.id == 0 && packet.dup && entry.life == life_ && index >= link.known_size) {
    Report(Rule::kD5, words + " has DUP, and was never sent", packet.message);
  }
  wire.id = packet.id;
  wire.last_life = life_;
  wire.last_conn = link.conn;
  if (++link.in_flight > bounds_.inflight_max) {
    Report(Rule::kD8, words + ": more than " + std::to_string(bounds_.inflight_max) + " in flight",
           packet.message);
  }
  if (link.publish_bytes > bounds_.output_bytes + bounds_.packet_bytes_max) {
    Report(Rule::kD8,
           words + ": " + std::to_string(link.publish_bytes) + " bytes before it are not taken",
           packet.message);
  }
  link.publish_bytes += packet.bytes;
}

// An identifier stays with its message, and is in flight until the end of every earlier message
// with it is on the disk.
void Contract::CheckIdentifier(const SessionModel& session, std::size_t index, const Link& link,
                               const Packet& packet) {
  const std::string words = Words(packet) + " for " + Name(link.client);
  const Wire& wire = model_.wire(session.queue[index]);
  if (wire.id != 0 && wire.id != packet.id) {
    Report(wire.last_life < life_ ? Rule::kD5 : Rule::kD3,
           words + " had the packet identifier " + std::to_string(wire.id), packet.message);
  }
  for (std::size_t i = 0; i < session.queue.size(); ++i) {
    const Entry& other = session.queue[i];
    Wire& used = model_.wire(other);
    if (i == index || used.id != packet.id) continue;
    if (!other.ended) {
      Report(Rule::kD1,
             words + ": its identifier is in flight with message " + std::to_string(other.message),
             packet.message);
    }
    if (i < index) used.settled = true;
  }
}

void Contract::OnHangup(std::uint64_t conn) {
  OnSilent(conn);
  links_.erase(conn);
}

void Contract::OnSilent(std::uint64_t conn) {
  const auto it = links_.find(conn);
  if (it == links_.end()) return;
  Link& link = it->second;
  if (!link.closing) {
    const std::uint64_t silent_ms = now_ms_ - link.last_packet_ms;
    const bool patient = link.keep_alive_ms != 0;
    const bool refused = link.refused_ms && now_ms_ >= *link.refused_ms + bounds_.refused_close_ms;
    if (refused) {
      // That it may send again.
    } else if (link.bound && patient && silent_ms * 4 < link.keep_alive_ms * kPatienceQuarters) {
      Report(Rule::kD9, Name(link.client) + " is closed after " + std::to_string(silent_ms) +
                            " ms of silence; its keep alive is " +
                            std::to_string(link.keep_alive_ms) + " ms");
    } else if (link.bound && !patient) {
      Report(Rule::kProtocol, Name(link.client) + " is closed for no reason");
    }
    Unbind(link, Farewell::kLost);
  }
}

void Contract::OnSettled(std::uint64_t dropped, bool busy) {
  std::uint64_t may_miss = dropped >= dropped_seen_ ? dropped - dropped_seen_ : 0;
  if (dropped < dropped_seen_) {
    Report(Rule::kD3, "QoS 0 messages were left out without being counted as dropped");
  }
  for (auto& [conn, link] : links_) {
    if (link.closing) continue;
    const SessionModel* session = model_.Find(link.client);
    const bool scanning = session != nullptr && session->scanning != 0;
    const bool gated = !link.qos0.empty() && link.qos0.front().batch > told_;
    if (!link.connack_left || link.unordered_waiting > 0 || scanning || gated) {
      // They wait for what is before them, and what follows waits for them.
      link.unordered_waiting = static_cast<int>(link.qos0.size()) + link.pings;
    } else {
      // At the output bound it is dropped; where nothing was published, that can be told.
      const bool congested =
          link.unwritten_bytes + link.answers.size() * kAnswerBytes >= bounds_.output_bytes;
      if (link.pings > 0 && !link.subscribed && !congested) {
        Report(Rule::kD2,
               "PINGRESP for " + Name(link.client) + " waits, although it rests on nothing");
      }
      link.pings = 0;
      if (!link.qos0.empty()) {
        const std::uint64_t missing = link.qos0.size();
        if (missing > may_miss) {
          Report(Rule::kD2,
                 "PUBLISH with QoS 0 for " + Name(link.client) +
                     " waits, although it rests on nothing",
                 link.qos0.front().message);
        }
        may_miss -= missing > may_miss ? may_miss : missing;
        dropped_seen_ += missing;
        link.qos0.clear();
      }
    }
    // Where nothing else is in the way, an answer leaves as soon as what it rests on is durable.
    if (!busy && !link.subscribed && !link.answers.empty() && link.answers.front().batch <= told_) {
      Report(Rule::kD2,
             std::string(NameOf(link.answers.front().type)) + " for " + Name(link.client) +
                 " waits, although what it rests on is durable",
             link.answers.front().message);
    }
    if (link.refused_ms && now_ms_ > *link.refused_ms + bounds_.refused_close_ms + kNoticeMs) {
      Report(Rule::kD8, "a publish of " + Name(link.client) + " was refused " +
                            std::to_string(now_ms_ - *link.refused_ms) +
                            " ms ago, and it is not sent away");
    }
    if (link.bound && link.keep_alive_ms != 0 && !link.paused &&
        (now_ms_ - link.patient_from_ms) * 4 >
            link.keep_alive_ms * kPatienceQuarters + kNoticeMs * 4) {
      Report(Rule::kD9, Name(link.client) + " is silent for " +
                            std::to_string(now_ms_ - link.patient_from_ms) +
                            " ms and not closed; its keep alive is " +
                            std::to_string(link.keep_alive_ms) + " ms");
    }
  }
}

}  // namespace tallymq::sim
