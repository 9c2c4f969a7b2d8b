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

void Core::CollectRecipients(const Publication& publication, const Session* publisher) {
  ++publish_number_;
  found_.clear();
  recipients_.clear();
  tree_.Match(publication.topic, found_);
  for (const Subscriber& subscriber : found_) {
    Session& session = *subscriber.session;
    if (subscriber.no_local && &session == publisher) continue;  // [MQTT-3.8.3-3]
    const QoS qos = std::min(publication.qos, subscriber.qos);
    const bool retain = publication.retain && subscriber.retain_as_published;
    if (session.publish_number != publish_number_) {
      session.publish_number = publish_number_;
      session.publish_index = static_cast<std::uint32_t>(recipients_.size());
      recipients_.push_back(Recipient{&session, {qos, retain, {}}});
    } else {
      EntryHeader& header = recipients_[session.publish_index].header;
      header.qos = std::max(header.qos, qos);
      header.retain = header.retain || retain;
    }
    if (subscriber.identifier != 0) {
      recipients_[session.publish_index].header.subscriptions.Add(subscriber.identifier);
    }
  }
}

bool Core::TooWide(const Publication& publication) const {
  return recipients_.size() * kRecipientBytes + publication.properties.size() +
             publication.payload.size() >
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
      Message::Make({publication.qos, publication.retain, times().broker_ms, publication.expiry_s},
                    publication.topic.text(), publication.properties, publication.payload);

  // First what must survive: one body, many owners (D4).
  if (publication.retain && !Mutant("retained-left-out")) Retain(message);
  owners_.clear();
  for (const Recipient& recipient : recipients_) {
    if (!recipient.stored()) continue;
    Session& session = *recipient.session;
    owners_.push_back({session.number, TakeSeq(session, commit)});
    session.last_append = commit.lsn();
  }
  const bool writes = gated || publication.retain || !owners_.empty();
  const Lsn position = writes ? commit.lsn() : Lsn{0};
  const MessageNumber number = owners_.size() > 1 ? TakeMessageNumber() : MessageNumber{0};
  std::size_t owner = 0;
  for (const Recipient& recipient : recipients_) {
    if (!recipient.stored()) continue;
    Session& session = *recipient.session;
    const Seq seq = owners_[owner++].seq;
    if (Mutant("owner-left-out") && owner > 1) continue;
    if (number.value() != 0) {
      commit.batch().AppendReference(session.number, seq, recipient.header, number);
    } else {
      commit.batch().Append(session.number, seq, recipient.header, message);
    }
    if (session.sender) session.sender->Enqueue(seq, recipient.header, message, position);
    CountWaiting(session, message->size());
  }
  if (number.value() != 0) {
    std::sort(owners_.begin(), owners_.end(),
              [](const auto& a, const auto& b) { return a.session < b.session; });
    if (!Mutant("body-left-out")) commit.batch().PutMessage(number, owners_, message);
  }

  // Then those that are here and now. QoS 0 waits for a batch only where that keeps a crash from
  // sending it again.
  const Lsn once = gated && publication.qos == QoS::kAtMostOnce ? position : Lsn{0};
  for (const Recipient& recipient : recipients_) {
    const Session& session = *recipient.session;
    if (session.connection == nullptr) continue;
    if (recipient.header.qos == QoS::kAtMostOnce) {
      session.sender->SendQos0(recipient.header, message,
                               Mutant("qos0-waits") ? commit.lsn() : once);
      continue;
    }
    if (!session.persistent()) {
      session.sender->EnqueueVolatile(recipient.header, message, position);
    }
    session.sender->Pump();
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

void Core::Answer(Connection& connection, const mqtt::Publish& packet, mqtt::ReasonCode reason,
                  Lsn rests_on) {
  if (packet.qos == QoS::kAtLeastOnce) {
    connection.Send(mqtt::Puback{.packet_id = packet.packet_id, .reason = reason}, rests_on);
  } else if (packet.qos == QoS::kExactlyOnce) {
    connection.Send(mqtt::Pubrec{.packet_id = packet.packet_id, .reason = reason}, rests_on);
  }
}

bool Core::ResolveAlias(Connection& connection, const mqtt::Publish& packet,
                        mqtt::TopicName& topic) {
  topic = packet.topic;
  if (connection.version != mqtt::Version::k50 || packet.properties.empty()) return true;
  const auto number = mqtt::FindNumber(packet.properties, mqtt::PropertyId::kTopicAlias);
  if (!number) return true;
  if (*number > context_.limits.topic_aliases_max) {
    Violation(connection, "MQTT-3.3.2-9", "a topic alias is above the maximum",
              mqtt::ReasonCode::kTopicAliasInvalid);
    return false;
  }
  const auto alias = static_cast<std::uint16_t>(*number);
  if (!connection.aliases) connection.aliases = std::make_unique<TopicAliases>();
  if (!packet.topic.text().empty()) {
    connection.aliases->SetIncoming(alias, packet.topic.text());
    return true;
  }
  const std::string_view text = connection.aliases->Incoming(alias);
  if (text.empty()) {
    Violation(connection, "MQTT-4.13.1-1", "a topic alias stands for no topic",
              mqtt::ReasonCode::kProtocolError);
    return false;
  }
  topic = mqtt::TopicName::Known(text);
  return true;
}

std::optional<mqtt::ReasonCode> Core::JudgePublish(const Publication& publication,
                                                   const mqtt::Publish& packet) const {
  if (!TopicAllowed(publication.topic.text())) return mqtt::ReasonCode::kTopicNameInvalid;
  if (context_.limits.validate_payload_format &&
      mqtt::FindNumber(packet.properties, mqtt::PropertyId::kPayloadFormatIndicator) == 1 &&
      !mqtt::IsCharacterData(packet.payload)) {
    return mqtt::ReasonCode::kPayloadFormatInvalid;
  }
  return {};
}

void Core::On(Connection& connection, const mqtt::Publish& packet) {
  Session& session = *connection.session;
  const bool exactly_once = packet.qos == QoS::kExactlyOnce;
  const bool v5 = connection.version == mqtt::Version::k50;
  Publication publication{packet.qos, packet.retain, {}, {}, {}, packet.payload};
  if (!ResolveAlias(connection, packet, publication.topic)) return;
  if (exactly_once && session.state.inbound.Contains(packet.packet_id.value())) {
    // Spec: [MQTT3-4.3.3-2], [MQTT-4.3.3-10]. What the first PUBREC rests on, or this connection's
    // CONNACK, is before it.
    ++context_.counters.qos2_repeated;
    connection.Send(mqtt::Pubrec{.packet_id = packet.packet_id}, Lsn{});
    return;
  }
  if (v5 && packet.qos != QoS::kAtMostOnce &&
      ++connection.receiving > context_.limits.receive_max) {
    Violation(connection, "MQTT-3.3.4-7", "more publishes came at once than the receive maximum",
              mqtt::ReasonCode::kReceiveMaximumExceeded);
    return;
  }
  // [design 9.8]
  if (connection.refused_until_ms != 0 && packet.qos != QoS::kAtMostOnce &&
      !Mutant("refused-overtaken")) {
    ++context_.counters.refused_publishes;
    return;
  }
  if (const auto refusal = JudgePublish(publication, packet)) {
    ++context_.counters.refused_topics;
    if (v5) return Answer(connection, packet, *refusal, Lsn{});
    Violation(connection, {}, "a topic is longer or deeper than the limit");
    return;
  }
  if (!packet.properties.empty()) {
    publication.expiry_s =
        mqtt::FindNumber(packet.properties, mqtt::PropertyId::kMessageExpiryInterval);
    publication.properties = mqtt::Select(packet.properties, mqtt::kForwardedProperties, scratch_);
  }
  CollectRecipients(publication, &session);
  if (TooWide(publication)) {
    ++context_.counters.refused_too_wide;
    if (v5) return Answer(connection, packet, mqtt::ReasonCode::kQuotaExceeded, Lsn{});
    Violation(connection, {}, "a publish would write more than 64 MiB at once");
    return;
  }
  if (!Admit(publication, false)) {
    if (Mutant("refused-by-half")) {
      recipients_.pop_back();
      Route(publication, false);
    }
    return RefusePublish(connection, packet);
  }
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
  const auto reason = v5 && recipients_.empty() ? mqtt::ReasonCode::kNoMatchingSubscribers
                                                : mqtt::ReasonCode::kSuccess;
  const Lsn position = Route(publication, gated);
  Lsn rests_on = position;
  if (Mutant(exactly_once ? "pubrec-early" : "puback-early")) rests_on = Lsn{0};
  if (Mutant("puback-waits") && position == Lsn{0}) rests_on = context_.commit.lsn();
  Answer(connection, packet, reason, rests_on);
  PauseIfBehind(connection);
}

void Core::On(Connection& connection, const mqtt::Pubrel& packet) {
  Session& session = *connection.session;
  Lsn rests_on{
      0};  // An identifier that is not known (any more): its removal is before this connection.
  const bool known = session.state.inbound.Erase(packet.packet_id.value());
  if (known && session.persistent()) rests_on = context_.commit.GateState(session);
  if (Mutant("pubcomp-early")) rests_on = Lsn{0};
  connection.Send(
      mqtt::Pubcomp{.packet_id = packet.packet_id, .reason = connection.IdentifierReason(known)},
      rests_on);
}

void Core::On(Connection& connection, const mqtt::Puback& packet) {
  if (!connection.session->sender->OnPuback(packet.packet_id)) {
    Violation(connection, "MQTT3-4.3.3-1", "a PUBACK answered a PUBLISH of QoS 2");
  }
}

void Core::On(Connection& connection, const mqtt::Pubrec& packet) {
  if (!connection.session->sender->OnPubrec(packet.packet_id, mqtt::IsFailure(packet.reason))) {
    Violation(connection, "MQTT3-4.3.2-1", "a PUBREC answered a PUBLISH of QoS 1");
  }
}

void Core::On(Connection& connection, const mqtt::Pubcomp& packet) {
  connection.session->sender->OnPubcomp(packet.packet_id);
}

}  // namespace tallymq::broker
