// See session_json.h.

#include "session_json.h"

#include <algorithm>
#include <string>

#include "exchange.h"
#include "message_json.h"
#include "queue_walk.h"
#include "text.h"

namespace tallymq::tallyctl {
namespace {

using storage::Seq;

Json ProtocolName(std::uint8_t level) {
  switch (level) {
    case 3:
      return "3.1";
    case 4:
      return "3.1.1";
    case 5:
      return "5.0";
    default:
      return nullptr;
  }
}

Json TextOrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

void AddMessage(Json& object, const storage::PageEntry& entry, bool payload) {
  object["qos"] = static_cast<int>(entry.header.qos);
  object["retain"] = entry.header.retain;
  Json ids = Json::array();
  for (std::size_t i = 0; i < entry.header.subscriptions.size(); ++i) {
    ids.push_back(entry.header.subscriptions[i]);
  }
  object["subscription_ids"] = std::move(ids);
  AddBody(object, *entry.message, payload);
}

Json WillJson(const std::optional<storage::StoredWill>& will, bool payload) {
  if (!will) return nullptr;
  Json object;
  object["delay_s"] = will->delay_s;
  object["qos"] = static_cast<int>(will->message->qos());
  object["retain"] = will->message->retain();
  AddBody(object, *will->message, payload);
  return object;
}

Json ScanJson(const std::optional<storage::RetainedScan>& scan) {
  if (!scan) return nullptr;
  Json object;
  object["last_topic"] = TextOrNull(scan->after);
  object["next_seq"] = scan->next.value();
  object["before"] = scan->before.value();
  return object;
}

Json ExchangeJson(Seq seq, Exchange exchange) {
  Json object;
  object["seq"] = seq.value();
  object["packet_id"] = PacketIdOf(seq).value();
  object["state"] = NameOf(exchange);
  return object;
}

}  // namespace

void AddTime(Json& object, const char* name, std::optional<std::uint64_t> broker_ms,
             const storage::Times& times) {
  const std::string name_ms = std::string(name) + "_ms";
  object[name] = nullptr;
  object[name_ms] = nullptr;
  if (!broker_ms) return;
  const std::uint64_t ago = times.broker_ms - std::min(times.broker_ms, *broker_ms);
  const std::uint64_t wall_ms = times.wall_ms - std::min(times.wall_ms, ago);
  object[name] = IsoTime(wall_ms);
  object[name_ms] = wall_ms;
}

Json SessionSummary(const storage::StoredSession& session, const storage::Recovered& meta) {
  const storage::SessionRecord& record = session.record;
  const storage::StateRecord& state = session.state;
  // A connection of an earlier start ended with that start, at a time that nobody wrote down.
  const bool connected = record.connected && record.start == meta.start;
  std::optional<std::uint64_t> disconnected_ms;
  if (!record.connected && record.disconnected_ms != 0) disconnected_ms = record.disconnected_ms;

  Json summary;
  summary["client_id"] = record.client_id;
  summary["session"] = session.number.value();
  summary["protocol"] = ProtocolName(record.protocol);
  summary["protocol_level"] = record.protocol;
  summary["user_name"] = TextOrNull(record.user_name);
  summary["connected"] = connected;
  AddTime(summary, "disconnected_at", disconnected_ms, meta.times);
  summary["start"] = record.start;
  summary["epoch"] = record.epoch;
  summary["expiry_s"] = record.expiry_s == 0xFFFFFFFF ? Json(nullptr) : Json(record.expiry_s);
  summary["subscription_count"] = session.subscriptions.size();
  Json& outgoing = summary["outgoing"];
  outgoing["head"] = state.head.value();
  outgoing["floor"] = state.floor().value();
  outgoing["send_mark"] = state.send_mark.value();
  outgoing["reserved_tail"] = state.reserved_tail.value();
  outgoing["awaiting_pubcomp"] = state.awaiting_pubcomp.Count();
  summary["incoming"]["awaiting_pubrel"] = state.inbound.Count();
  return summary;
}

Result<Void, storage::StoreError> AddQueue(storage::StoreReader& store,
                                           const storage::StoredSession& session,
                                           const QueueDetail& detail, Json& summary) {
  const storage::StateRecord& state = session.state;
  std::uint64_t awaiting_puback = 0;
  std::uint64_t awaiting_pubrec = 0;
  std::uint64_t waiting = 0;
  bool exact = true;
  Json in_flight = Json::array();
  // The set of those that await PUBCOMP is whole; their entries may be gone from the queue.
  for (const auto& range : state.awaiting_pubcomp.ranges()) {
    for (std::uint64_t i = 0; i <= range.last - range.first; ++i) {
      in_flight.push_back(ExchangeJson(Seq{range.first + i}, Exchange::kAwaitingPubcomp));
      in_flight.back()["qos"] = 2;
    }
  }
  const auto walked =
      WalkQueue(store, session.number, state.head, [&](const storage::PageEntry& entry) {
        const Exchange exchange = ExchangeOf(state, entry.seq, entry.header.qos);
        if (exchange == Exchange::kWaiting) {
          exact = waiting < detail.waiting_max;
          if (exact) ++waiting;
          return exact;
        }
        if (exchange == Exchange::kFinished || exchange == Exchange::kAwaitingPubcomp) return true;
        ++(exchange == Exchange::kAwaitingPuback ? awaiting_puback : awaiting_pubrec);
        if (!detail.in_flight) return true;
        in_flight.push_back(ExchangeJson(entry.seq, exchange));
        AddMessage(in_flight.back(), entry, detail.payload);
        return true;
      });
  if (!walked) return walked;

  Json& outgoing = summary["outgoing"];
  outgoing["awaiting_puback"] = awaiting_puback;
  outgoing["awaiting_pubrec"] = awaiting_pubrec;
  outgoing["waiting"] = waiting;
  outgoing["waiting_exact"] = exact;
  if (detail.in_flight) {
    std::stable_sort(in_flight.begin(), in_flight.end(),
                     [](const Json& a, const Json& b) { return a["seq"] < b["seq"]; });
    outgoing["in_flight"] = std::move(in_flight);
  }
  return Void{};
}

void AddLists(const storage::StoredSession& session, bool payload, Json& summary) {
  Json ids = Json::array();
  for (const auto& range : session.state.inbound.ranges()) {
    for (std::uint32_t id = range.first; id <= range.last; ++id) ids.push_back(id);
  }
  summary["incoming"]["packet_ids"] = std::move(ids);
  Json subscriptions = Json::array();
  for (const storage::StoredSession::Subscription& subscription : session.subscriptions) {
    const storage::SubscriptionRecord& record = subscription.record;
    subscriptions.push_back(
        {{"filter", subscription.filter},
         {"qos", static_cast<int>(record.qos)},
         {"no_local", record.no_local},
         {"retain_as_published", record.retain_as_published},
         {"retain_handling", record.retain_handling},
         {"subscription_id", record.identifier == 0 ? Json(nullptr) : Json(record.identifier)},
         {"retained_delivery", ScanJson(record.scan)}});
  }
  summary["subscriptions"] = std::move(subscriptions);
  summary["will"] = WillJson(session.will, payload);
}

Json EntryJson(const storage::PageEntry& entry, const storage::StateRecord& state,
               const storage::Times& times, bool payload) {
  Json object = ExchangeJson(entry.seq, ExchangeOf(state, entry.seq, entry.header.qos));
  AddTime(object, "published_at", entry.message->published_ms(), times);
  AddMessage(object, entry, payload);
  return object;
}

}  // namespace tallymq::tallyctl
