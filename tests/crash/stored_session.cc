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
      sessions.emplace(session.client_id, std::move(session));
    }
  } catch (const nlohmann::json::exception& exception) {
    error = exception.what();
    return std::nullopt;
  }
  return sessions;
}

void ComparePublisher(const client::Session& session, const std::vector<PacketId>& accepted_late,
                      const StoredSession& stored, Comparison& comparison) {
  const auto disagree = [&](PacketId id, std::string_view what) {
    comparison.disagreements.push_back(
        fmt::format("{}: packet identifier {} {}", stored.client_id, id.value(), what));
  };
  const auto see = [&](Handshake state) { comparison.states.set(static_cast<std::size_t>(state)); };
  RangeSet<std::uint16_t> unexplained = stored.inbound;

  for (const client::OutgoingMessage& message : session.unacknowledged()) {
    if (!message.sent) continue;
    if (message.qos == QoS::kAtLeastOnce) {
      see(Handshake::kInQos1Sent);
      continue;
    }
    see(unexplained.Erase(message.packet_id.value()) ? Handshake::kInPublishStored
                                                     : Handshake::kInPublishSent);
  }
  for (const client::OutgoingMessage& message : session.released()) {
    const PacketId id = message.packet_id;
    const bool there = unexplained.Erase(id.value());
    if (std::find(accepted_late.begin(), accepted_late.end(), id) == accepted_late.end()) {
      see(there ? Handshake::kInPubrelSent : Handshake::kInPubrelStored);
    } else if (!there) {
      disagree(id, "got PUBREC, and does not await the PUBREL that was never sent");
    }
  }
  for (const auto& range : unexplained.ranges()) {
    for (std::uint32_t id = range.first; id <= range.last; ++id) {
      disagree(PacketId{static_cast<std::uint16_t>(id)},
               "awaits PUBREL although its exchange is over");
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

}  // namespace tallymq::crash
