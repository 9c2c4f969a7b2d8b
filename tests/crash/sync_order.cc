#include "sync_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "tallymq/mqtt/codec.h"

namespace tallymq::crash {

namespace {

enum Kind : std::size_t {
  kConnect,
  kSubscribe,
  kUnsubscribe,
  kPublish1,
  kPublish2,
  kPubrel,
  kOnward1,
  kOnward2,
  kPubrec,
};

std::vector<OrderRow> EmptyRows() {
  return {
      {.what = "CONNECT of a persistent session, CONNACK"},
      {.what = "SUBSCRIBE, SUBACK"},
      {.what = "UNSUBSCRIBE, UNSUBACK"},
      {.what = "PUBLISH of QoS 1, PUBACK"},
      {.what = "PUBLISH of QoS 2, PUBREC"},
      {.what = "PUBREL, PUBCOMP"},
      {.what = "PUBLISH of QoS 1, onward PUBLISH"},
      {.what = "PUBLISH of QoS 2, onward PUBLISH"},
      {.what = "PUBREC, PUBREL"},
  };
}

// Bytes of one direction of one connection, as far as they make no whole packet yet.
struct Stream {
  std::string bytes;
  std::uint64_t first_begin = 0;  // beginning of the call that brought the first of them
};

// Follows the packets through a trace and asks for each answer whether its sync came before.
class Follower {
 public:
  Follower(const std::vector<Call>& calls, std::string_view store) : report_{EmptyRows()} {
    const std::string folder = std::string(store) + "/";
    for (const Call& call : calls) {
      if (!call.file.starts_with(folder) || !call.file.ends_with(".log")) continue;
      if (call.kind == Call::Kind::kFileWrite) log_writes_.push_back(&call);
      if (call.kind == Call::Kind::kSync) log_syncs_.push_back(&call);
    }
    // A read counts from its end, a write from its beginning.
    std::vector<const Call*> sockets;
    for (const Call& call : calls) {
      if (call.kind == Call::Kind::kSocketRead || call.kind == Call::Kind::kSocketWrite) {
        sockets.push_back(&call);
      }
    }
    std::stable_sort(sockets.begin(), sockets.end(),
                     [](const Call* a, const Call* b) { return MomentOf(*a) < MomentOf(*b); });
    for (const Call* call : sockets) Take(*call);
  }

  OrderReport report() { return std::move(report_); }

 private:
  // Names an exchange that awaits an answer.
  using Key = std::pair<std::string, std::uint64_t>;  // connection, kind and packet identifier

  static std::uint64_t MomentOf(const Call& call) {
    return call.kind == Call::Kind::kSocketRead ? call.end : call.begin;
  }

  void Take(const Call& call) {
    const bool reads = call.kind == Call::Kind::kSocketRead;
    Stream& stream = streams_[{call.file, reads}];
    if (stream.bytes.empty()) stream.first_begin = call.begin;
    stream.bytes += call.bytes;
    for (;;) {
      const auto result = mqtt::Decode(
          stream.bytes, {.sender = reads ? mqtt::Sender::kClient : mqtt::Sender::kServer});
      const auto* decoded = std::get_if<mqtt::Decoded>(&result);
      if (decoded == nullptr) return;
      if (reads) {
        Read(call.file, decoded->packet, call.end);
      } else {
        Written(call.file, decoded->packet, stream.first_begin);
      }
      stream.bytes.erase(0, decoded->consumed);
      stream.first_begin = call.begin;
    }
  }

  void Read(const std::string& connection, const mqtt::Packet& packet, std::uint64_t line) {
    if (const auto* connect = std::get_if<mqtt::Connect>(&packet)) {
      if (!connect->clean_start) Await(connection, kConnect, PacketId{}, line);
    } else if (const auto* subscribe = std::get_if<mqtt::Subscribe>(&packet)) {
      Await(connection, kSubscribe, subscribe->packet_id, line);
    } else if (const auto* unsubscribe = std::get_if<mqtt::Unsubscribe>(&packet)) {
      Await(connection, kUnsubscribe, unsubscribe->packet_id, line);
    } else if (const auto* publish = std::get_if<mqtt::Publish>(&packet)) {
      if (publish->qos == QoS::kAtMostOnce || publish->dup) return;
      Await(connection, publish->qos == QoS::kAtLeastOnce ? kPublish1 : kPublish2,
            publish->packet_id, line);
      published_[std::string(publish->payload)] = line;
    } else if (const auto* pubrel = std::get_if<mqtt::Pubrel>(&packet)) {
      Await(connection, kPubrel, pubrel->packet_id, line);
    } else if (const auto* pubrec = std::get_if<mqtt::Pubrec>(&packet)) {
      Await(connection, kPubrec, pubrec->packet_id, line);
    }
  }

  void Written(const std::string& connection, const mqtt::Packet& packet, std::uint64_t line) {
    if (std::holds_alternative<mqtt::Connack>(packet)) {
      Answer(connection, kConnect, PacketId{}, line);
    } else if (const auto* suback = std::get_if<mqtt::Suback>(&packet)) {
      Answer(connection, kSubscribe, suback->packet_id, line);
    } else if (const auto* unsuback = std::get_if<mqtt::Unsuback>(&packet)) {
      Answer(connection, kUnsubscribe, unsuback->packet_id, line);
    } else if (const auto* puback = std::get_if<mqtt::Puback>(&packet)) {
      Answer(connection, kPublish1, puback->packet_id, line);
    } else if (const auto* pubrec = std::get_if<mqtt::Pubrec>(&packet)) {
      Answer(connection, kPublish2, pubrec->packet_id, line);
    } else if (const auto* pubcomp = std::get_if<mqtt::Pubcomp>(&packet)) {
      Answer(connection, kPubrel, pubcomp->packet_id, line);
    } else if (const auto* pubrel = std::get_if<mqtt::Pubrel>(&packet)) {
      Answer(connection, kPubrec, pubrel->packet_id, line);
    } else if (const auto* publish = std::get_if<mqtt::Publish>(&packet)) {
      const auto read = published_.find(std::string(publish->payload));
      if (read == published_.end() || publish->qos == QoS::kAtMostOnce || publish->dup) return;
      Judge(publish->qos == QoS::kAtLeastOnce ? kOnward1 : kOnward2, read->second, line);
    }
  }

  void Await(const std::string& connection, Kind kind, PacketId id, std::uint64_t line) {
    awaited_[{connection, kind << 16 | id.value()}] = line;
  }

  void Answer(const std::string& connection, Kind kind, PacketId id, std::uint64_t line) {
    const auto found = awaited_.find({connection, kind << 16 | id.value()});
    if (found == awaited_.end()) return;
    Judge(kind, found->second, line);
    awaited_.erase(found);
  }

  void Judge(Kind kind, std::uint64_t read, std::uint64_t written) {
    OrderRow& row = report_.rows[kind];
    ++row.exchanges;
    std::uint64_t syncs = 0;
    for (const Call* sync : log_syncs_) {
      if (sync->begin <= read || sync->end >= written) continue;
      const bool covers =
          std::any_of(log_writes_.begin(), log_writes_.end(), [&](const Call* write) {
            return write->file == sync->file && write->begin > read && write->end < sync->begin;
          });
      if (covers) ++syncs;
    }
    row.syncs += syncs;
    row.syncs_max = std::max(row.syncs_max, syncs);
    if (syncs > 0) return;
    if (row.unsynced++ == 0) {
      row.first_unsynced =
          fmt::format("read at line {} of the trace, written at line {}", read, written);
    }
  }

  OrderReport report_;
  std::vector<const Call*> log_writes_;
  std::vector<const Call*> log_syncs_;
  std::map<std::pair<std::string, bool>, Stream> streams_;
  std::map<Key, std::uint64_t> awaited_;
  std::unordered_map<std::string, std::uint64_t> published_;
};

}  // namespace

bool OrderReport::in_order() const {
  return std::all_of(rows.begin(), rows.end(),
                     [](const OrderRow& row) { return row.exchanges > 0 && row.unsynced == 0; });
}

bool OrderReport::one_sync() const {
  const OrderRow& row = rows[kPublish2];
  return row.exchanges > 0 && row.syncs == row.exchanges && row.syncs_max == 1;
}

OrderReport CheckOrder(const std::vector<Call>& calls, std::string_view store) {
  return Follower(calls, store).report();
}

std::string Print(const OrderReport& report) {
  std::string text = fmt::format("{:<42}{:>10}{:>10}{:>18}\n", "read, then written", "exchanges",
                                 "unsynced", "syncs between");
  for (const OrderRow& row : report.rows) {
    text += fmt::format(
        "{:<42}{:>10}{:>10}{:>11.2f}, max {}\n", row.what, row.exchanges, row.unsynced,
        row.exchanges == 0 ? 0.0
                           : static_cast<double>(row.syncs) / static_cast<double>(row.exchanges),
        row.syncs_max);
    if (row.exchanges == 0) text += "  never seen\n";
    if (row.unsynced > 0) text += fmt::format("  {}\n", row.first_unsynced);
  }
  return text;
}

}  // namespace tallymq::crash
