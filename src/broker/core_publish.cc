// A message comes in: it is given to all who subscribed, and its publisher is answered.

#include <algorithm>
#include <utility>

#include "core.h"
#include "tallymq/base/assert.h"
#include "tallymq/base/mutant.h"

namespace tallymq::broker {

using storage::EntryHeader;
using storage::Message;
using storage::MessageNumber;
using storage::MessagePtr;
using storage::Seq;

namespace {

constexpr std::uint64_t kBlock = 65'536;
// About what one recipient adds to a batch: its entry, its place in the list of owners. Bytes.
constexpr std::size_t kRecipientBytes = 64;

}  // namespace

void Core::CollectRecipients(const mqtt::TopicName& topic, QoS published) {
  ++publish_number_;
  found_.clear();
  recipients_.clear();
  tree_.Match(topic, found_);
  for (const Subscriber& subscriber : found_) {
    const QoS qos = std::min(published, subscriber.qos);
    Session& session = *subscriber.session;
    if (session.publish_number != publish_number_) {
      session.publish_number = publish_number_;
      session.publish_qos = qos;
      recipients_.push_back(&session);
    } else {
      session.publish_qos = std::max(session.publish_qos, qos);
    }
  }
}

bool Core::TooWide(const Publication& publication) const {
  return recipients_.size() * kRecipientBytes + publication.payload.size() >
         storage::Batch::kDecisionBytesMax;
}

MessageNumber Core::TakeMessageNumber() {
  if (next_message_ >= reserved_messages_) {
    reserved_messages_ = MessageNumber{next_message_.value() + kBlock};
    context_.commit.batch().Reserve(reserved_sessions_, reserved_messages_);
  }
  const MessageNumber number = next_message_;
  next_message_ = MessageNumber{number.value() + 1};
  return number;
}

void Core::Retain(const MessagePtr& message) {
  // Spec: [MQTT3-3.3.1-5], [MQTT3-3.3.1-10], [MQTT3-3.3.1-11].
  if (message->payload().empty()) {
    context_.commit.batch().EraseRetained(message->topic());
  } else {
    context_.commit.batch().PutRetained(TakeMessageNumber(), message);
    ++retains_pending_;
  }
  context_.retained_at = context_.commit.lsn();
  context_.commit.Urge();
}

Lsn Core::Route(const Publication& publication, bool gated) {
  Commit& commit = context_.commit;
  if (recipients_.empty() && !publication.retain) return gated ? commit.lsn() : Lsn{0};
  const MessagePtr message =
      Message::Make({publication.qos, publication.retain, times().broker_ms},
                    publication.topic.text(), publication.properties, publication.payload);

  // First what must survive: one body, many owners (D4).
  if (publication.retain && !Mutant("retained-left-out")) Retain(message);
  owners_.clear();
  for (Session* session : recipients_) {
    if (session->publish_qos == QoS::kAtMostOnce || !session->persistent()) continue;
    owners_.push_back({session->number, TakeSeq(*session, commit)});
    session->last_append = commit.lsn();
  }
  const bool writes = gated || publication.retain || !owners_.empty();
  const Lsn position = writes ? commit.lsn() : Lsn{0};
  const MessageNumber number = owners_.size() > 1 ? TakeMessageNumber() : MessageNumber{0};
  std::size_t owner = 0;
  for (Session* session : recipients_) {
    if (session->publish_qos == QoS::kAtMostOnce || !session->persistent()) continue;
    const Seq seq = owners_[owner++].seq;
    const EntryHeader header{session->publish_qos, false};
    if (Mutant("owner-left-out") && owner > 1) continue;
    if (number.value() != 0) {
      commit.batch().AppendReference(session->number, seq, header, number);
    } else {
      commit.batch().Append(session->number, seq, header, message);
    }
    if (session->sender) session->sender->Enqueue(seq, header, message, position);
    CountWaiting(*session, message->size());
  }
  if (number.value() != 0) {
    std::sort(owners_.begin(), owners_.end(),
              [](const auto& a, const auto& b) { return a.session < b.session; });
    if (!Mutant("body-left-out")) commit.batch().PutMessage(number, owners_, message);
  }

  // Then those that are here and now. QoS 0 waits for a batch only where that keeps a crash from
  // sending it again.
  const Lsn once = gated && publication.qos == QoS::kAtMostOnce ? position : Lsn{0};
  for (Session* session : recipients_) {
    if (session->connection == nullptr) continue;
    if (session->publish_qos == QoS::kAtMostOnce) {
      session->sender->SendQos0(message, Mutant("qos0-waits") ? commit.lsn() : once);
      continue;
    }
    if (!session->persistent()) {
      session->sender->EnqueueVolatile(EntryHeader{session->publish_qos, false}, message, position);
    }
    session->sender->Pump();
  }
  return position;
}

void Core::PauseIfBehind(Connection& connection) {
  if (connection.paused || !context_.commit.full()) return;
  context_.commit.Urge();
  connection.paused = true;
  paused_.push_back(connection.id);
  context_.effects.emplace_back(PauseReading{connection.id});
}

void Core::On(Connection& connection, const mqtt::Publish& packet) {
  Session& session = *connection.session;
  const bool exactly_once = packet.qos == QoS::kExactlyOnce;
  if (exactly_once && session.state.inbound.Contains(packet.packet_id.value())) {
    // Spec: [MQTT3-4.3.3-2]. What the first PUBREC rests on, or this connection's CONNACK, is
    // before it.
    ++context_.counters.qos2_repeated;
    connection.Send(mqtt::Pubrec{.packet_id = packet.packet_id}, Lsn{});
    return;
  }
  // [design 9.8]
  if (connection.refused_until_ms != 0 && packet.qos != QoS::kAtMostOnce) {
    ++context_.counters.refused_publishes;
    return;
  }
  if (!TopicAllowed(packet.topic.text())) {
    ++context_.counters.refused_topics;
    Violation(connection, {}, "a topic is longer or deeper than the limit");
    return;
  }
  CollectRecipients(packet.topic, packet.qos);
  const Publication publication{packet.qos, packet.retain, packet.topic, packet.properties,
                                packet.payload};
  if (TooWide(publication)) {
    ++context_.counters.refused_too_wide;
    Violation(connection, {}, "a publish would write more than 64 MiB at once");
    return;
  }
  if (!Admit(publication, false)) return RefusePublish(connection, packet);
  ++context_.counters.publishes_received[static_cast<int>(packet.qos)];
  bool gated = false;
  if (exactly_once) {
    session.state.inbound.Insert(packet.packet_id.value());
    if (session.persistent()) {
      if (Mutant("entry-then-identifier")) {
        context_.commit.DeferState(session, context_.now_ms);
      } else {
        context_.commit.GateState(session);
      }
      gated = true;
    }
  }
  const Lsn position = Route(publication, gated);
  Lsn rests_on = position;
  if (Mutant(exactly_once ? "pubrec-early" : "puback-early")) rests_on = Lsn{0};
  if (Mutant("puback-waits") && position == Lsn{0}) rests_on = context_.commit.lsn();
  if (packet.qos == QoS::kAtLeastOnce) {
    connection.Send(mqtt::Puback{.packet_id = packet.packet_id}, rests_on);
  } else if (exactly_once) {
    connection.Send(mqtt::Pubrec{.packet_id = packet.packet_id}, rests_on);
  }
  PauseIfBehind(connection);
}

void Core::On(Connection& connection, const mqtt::Pubrel& packet) {
  Session& session = *connection.session;
  Lsn rests_on{
      0};  // An identifier that is not known (any more): its removal is before this connection.
  if (session.state.inbound.Erase(packet.packet_id.value()) && session.persistent()) {
    rests_on = context_.commit.GateState(session);
  }
  if (Mutant("pubcomp-early")) rests_on = Lsn{0};
  connection.Send(mqtt::Pubcomp{.packet_id = packet.packet_id}, rests_on);
}

void Core::On(Connection& connection, const mqtt::Puback& packet) {
  if (!connection.session->sender->OnPuback(packet.packet_id)) {
    Violation(connection, "MQTT3-4.3.3-1", "a PUBACK answered a PUBLISH of QoS 2");
  }
}

void Core::On(Connection& connection, const mqtt::Pubrec& packet) {
  if (!connection.session->sender->OnPubrec(packet.packet_id)) {
    Violation(connection, "MQTT3-4.3.2-1", "a PUBREC answered a PUBLISH of QoS 1");
  }
}

void Core::On(Connection& connection, const mqtt::Pubcomp& packet) {
  connection.session->sender->OnPubcomp(packet.packet_id);
}

}  // namespace tallymq::broker
