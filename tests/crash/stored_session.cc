#include "stored_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "message_text.h"

namespace tallymq::crash {

std::optional<StoredSessions> ParseSessions(std::string_view json, std::string& error) {
  StoredSessions sessions;
  try {
    const nlohmann::json document = nlohmann::json::parse(json);
    for (const auto& object : document.at("sessions")) {
      StoredSession session;
      session.client_id = object.at("client_id");
      const auto& outgoing = object.at("outgoing");
      session.head = outgoing.at("head");
      session.send_mark = outgoing.at("send_mark");
      for (const auto& exchange : outgoing.at("in_flight")) {
        const std::uint64_t seq = exchange.at("seq");
        if (exchange.at("state") == "awaiting_pubcomp") {
          session.awaiting_pubcomp.Insert(seq);
        } else {
          session.unacknowledged.emplace(seq, exchange.at("payload"));
        }
      }
      for (const std::uint16_t id : object.at("incoming").at("packet_ids"))
        session.inbound.Insert(id);
      for (const auto& subscription : object.at("subscriptions")) {
        session.filters.insert(subscription.at("filter"));
      }
      session.waiting = outgoing.at("waiting");
      if (const auto& will = object.at("will"); !will.is_null()) {
        session.will = {.topic = will.at("topic"), .payload = will.at("payload")};
      }
      sessions.emplace(session.client_id, std::move(session));
    }
  } catch (const nlohmann::json::exception& exception) {
    error = exception.what();
    return std::nullopt;
  }
  return sessions;
}

const StoredSession* FindSession(const StoredSessions& sessions, const std::string& client_id,
                                 bool known, Comparison& comparison) {
  const auto found = sessions.find(client_id);
  if (found != sessions.end()) return &found->second;
  if (known) {
    comparison.disagreements.push_back(client_id + ": the session got CONNACK and is not there");
  }
  return nullptr;
}

Exchanges ExchangesOf(const client::Session& session, const std::vector<PacketId>& accepted_late) {
  Exchanges exchanges;
  for (const client::OutgoingMessage& message : session.unacknowledged()) {
    if (message.sent) exchanges.sent.push_back(message.packet_id);
  }
  for (const client::OutgoingMessage& message : session.released()) {
    const PacketId id = message.packet_id;
    const bool late =
        std::find(accepted_late.begin(), accepted_late.end(), id) != accepted_late.end();
    (late ? exchanges.accepted_late : exchanges.released).push_back(id);
  }
  return exchanges;
}

void ComparePublisher(const Exchanges& exchanges, int qos, const StoredSession& stored,
                      Comparison& comparison) {
  const auto disagree = [&](PacketId id, std::string_view what) {
    comparison.disagreements.push_back(
        fmt::format("{}: packet identifier {} {}", stored.client_id, id.value(), what));
  };
  const auto see = [&](Handshake state) { comparison.states.set(static_cast<std::size_t>(state)); };
  RangeSet<std::uint16_t> unexplained = stored.inbound;
  const auto is_there = [&](PacketId id) { return unexplained.Erase(id.value()); };

  for (const PacketId id : exchanges.sent) {
    if (qos == 1) {
      see(Handshake::kInQos1Sent);
    } else {
      see(is_there(id) ? Handshake::kInPublishStored : Handshake::kInPublishSent);
    }
  }
  for (const PacketId id : exchanges.perhaps_sent) {
    if (is_there(id)) see(Handshake::kInPublishStored);
  }
  for (const PacketId id : exchanges.released) {
    see(is_there(id) ? Handshake::kInPubrelSent : Handshake::kInPubrelStored);
  }
  for (const PacketId id : exchanges.accepted_late) {
    if (!is_there(id))
      disagree(id, "got PUBREC, and does not await the PUBREL that was never sent");
  }
  for (const auto& range : unexplained.ranges()) {
    for (std::uint32_t id = range.first; id <= range.last; ++id) {
      disagree(PacketId{static_cast<std::uint16_t>(id)},
               "awaits PUBREC although its exchange is over");
    }
  }
}

void CompareSubscriber(const Inbox& inbox, int qos, const StoredSession& stored,
                       Comparison& comparison) {
  const auto disagree = [&](std::uint64_t seq, std::string_view what) {
    comparison.disagreements.push_back(fmt::format("{}: entry {} {}", stored.client_id, seq, what));
  };
  const auto see = [&](Handshake state) { comparison.states.set(static_cast<std::size_t>(state)); };

  for (const auto& [seq, entry] : inbox.entries()) {
    if (seq > stored.send_mark)
      disagree(seq, fmt::format("arrived, and the send mark is {}", stored.send_mark));
    if (const auto found = stored.unacknowledged.find(seq); found != stored.unacknowledged.end()) {
      const auto name = ReadPayload(found->second);
      if (!name || name->stream != entry.stream || name->number != entry.number) {
        disagree(seq, "is another message than the one that arrived");
      }
    }
    const bool acknowledged = stored.acknowledged(seq);
    const bool awaits = stored.awaiting_pubcomp.Contains(seq);
    if (!entry.answered) {
      if (acknowledged || awaits)
        disagree(seq, "is acknowledged by nobody, and acknowledged in the store");
      continue;
    }
    if (qos == 1) {
      if (awaits) disagree(seq, "has QoS 1 and awaits PUBCOMP");
      if (!acknowledged) see(Handshake::kOutPubackSent);
      continue;
    }
    if (!entry.released) {
      if (acknowledged && !awaits) disagree(seq, "is complete without PUBREL");
      see(awaits ? Handshake::kOutPubrecStored : Handshake::kOutPubrecSent);
      continue;
    }
    if (!acknowledged) disagree(seq, "got PUBREL, and its PUBREC is not in the store");
    if (!entry.completed && !awaits)
      disagree(seq, "got PUBREL, sent no PUBCOMP, and does not await it");
    if (entry.completed && awaits) see(Handshake::kOutPubcompSent);
  }
  for (const auto& range : stored.awaiting_pubcomp.ranges()) {
    for (std::uint64_t seq = range.first; seq <= range.last; ++seq) {
      if (!inbox.entries().contains(seq)) disagree(seq, "awaits PUBCOMP and never arrived");
      if (!stored.acknowledged(seq)) disagree(seq, "awaits PUBCOMP without being acknowledged");
    }
  }
}

void CompareFilters(const std::set<std::string>& subscribed, const StoredSession& stored,
                    Comparison& comparison) {
  for (const std::string& filter : subscribed) {
    if (!stored.filters.contains(filter)) {
      comparison.disagreements.push_back(fmt::format(
          "{}: subscription '{}' got SUBACK and is not there", stored.client_id, filter));
    }
  }
  for (const std::string& filter : stored.filters) {
    if (!subscribed.contains(filter)) {
      comparison.disagreements.push_back(fmt::format(
          "{}: subscription '{}' is there and was never asked for", stored.client_id, filter));
    }
  }
}

void ExamineSubscriber(Inbox& inbox, const std::vector<std::string>& filters, bool behind, int qos,
                       const StoredSession& stored, Comparison& comparison) {
  CompareSubscriber(inbox, qos, stored, comparison);
  CompareFilters({filters.begin(), filters.end()}, stored, comparison);
  inbox.Finished([&](std::uint64_t seq) { return stored.acknowledged(seq); },
                 [&](std::uint64_t seq) { return stored.awaiting_pubcomp.Contains(seq); });
  if (behind) {
    comparison.states.set(static_cast<std::size_t>(qos == 2 ? Handshake::kOutEntryStored
                                                            : Handshake::kOutQos1Stored));
  }
}

}  // namespace tallymq::crash
