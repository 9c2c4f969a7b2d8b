#include "will_ledger.h"

#include <fmt/format.h>

#include <algorithm>

#include "message_text.h"

namespace tallymq::crash {

WillLedger::WillLedger(std::vector<std::string> topics, QoS qos, Faults& faults)
    : qos_(qos), faults_(faults) {
  for (std::string& topic : topics) clients_.push_back({.topic = std::move(topic), .wills = {}});
}

void WillLedger::Add(std::uint64_t Faults::*count, const Client& client, std::uint64_t number,
                     std::string_view what) {
  faults_.Add(count, fmt::format("will {} on {} {}", number, client.topic, what));
}

std::uint64_t WillLedger::Sent(StreamId id, bool retain) {
  Client& client = clients_[id.value()];
  client.stood = false;
  client.wills.push_back({.retain = retain, .packet_id = {}});
  return client.wills.size();
}

void WillLedger::Connected(StreamId id) {
  Client& client = clients_[id.value()];
  if (client.standing > 0) {
    Will& before = client.wills[client.standing - 1];
    if (before.fate == Fate::kTaken) {
      before.fate = Fate::kDeclined;
      ++declined_;
      if (before.arrived) {
        Add(&Faults::other, client, client.standing, "arrived although DISCONNECT was taken");
      }
    }
  }
  client.standing = client.wills.size();
  client.wills.back().fate = Fate::kStanding;
}

void WillLedger::Leaving(StreamId id) {
  Will& will = clients_[id.value()].wills.back();
  if (will.fate == Fate::kStanding) will.fate = Fate::kLeaving;
}

void WillLedger::Ended(StreamId id, End end) {
  Client& client = clients_[id.value()];
  Will& will = client.wills.back();
  if (will.fate == Fate::kStanding) {
    will.fate = Fate::kDue;
    will.killed = client.stood = end == End::kKill;
    if (!will.arrived) ++due_;
  } else if (will.fate == Fate::kLeaving && end == End::kBroker) {
    will.fate = Fate::kTaken;
  }
}

void WillLedger::BrokerDied() {
  for (Client& client : clients_) {
    client.stood = false;
    if (client.standing == 0) continue;
    Will& will = client.wills[client.standing - 1];
    if (will.fate == Fate::kTaken) will.fate = Fate::kLeaving;
  }
}

void WillLedger::Arrived(StreamId id, const Arrival& arrival) {
  Client& client = clients_[id.value()];
  const std::uint64_t number = arrival.number;
  if (number == 0 || number > client.wills.size()) {
    Add(&Faults::other, client, number, "arrived and was never sent");
    return;
  }
  Will& will = client.wills[number - 1];
  if (will.arrived) {
    const bool same =
        qos_ == QoS::kAtLeastOnce && arrival.dup && arrival.packet_id == will.packet_id;
    if (!same) Add(&Faults::duplicated, client, number, "arrived twice");
    return;
  }
  if (will.fate == Fate::kDeclined) {
    Add(&Faults::other, client, number, "arrived although DISCONNECT was taken");
  } else if (will.fate == Fate::kStanding) {
    Add(&Faults::other, client, number, "arrived while its connection stood");
  }
  if (number < client.arrived) {
    Add(&Faults::reordered, client, number, fmt::format("came behind will {}", client.arrived));
  }
  if (will.fate == Fate::kDue) --due_;
  will.arrived = true;
  will.packet_id = arrival.packet_id;
  client.arrived = std::max(client.arrived, number);
  if (will.retain) client.retained = std::max(client.retained, number);
  ++fired_;
  if (will.killed) ++fired_by_kill_;
}

void WillLedger::Finished() {
  for (const Client& client : clients_) {
    for (std::size_t i = 0; i < client.wills.size(); ++i) {
      if (client.wills[i].fate == Fate::kDue && !client.wills[i].arrived) {
        Add(&Faults::lost, client, i + 1, "never arrived");
      }
    }
  }
}

void WillLedger::Compare(StreamId id, const StoredSession* stored, Comparison& comparison) {
  const Client& client = clients_[id.value()];
  const auto disagree = [&](std::string what) {
    comparison.disagreements.push_back(fmt::format("will on {}: {}", client.topic, what));
  };
  std::uint64_t number = 0;
  if (stored != nullptr && stored->will) {
    const auto name = ReadPayload(stored->will->payload);
    if (!name || name->stream != id || name->number == 0 || name->number > client.wills.size() ||
        stored->will->topic != client.topic) {
      disagree("another one than the client's is there");
      return;
    }
    number = name->number;
  }
  if (client.stood) {
    ++compared_;
    if (number != client.standing) {
      disagree(fmt::format("the connection that stood had {}, and {} is there", client.standing,
                           number));
    }
    return;
  }
  if (number == 0) return;
  const Will& will = client.wills[number - 1];
  if (will.arrived) disagree(fmt::format("{} is there although it has been published", number));
  if (will.fate == Fate::kDeclined || number < client.standing) {
    disagree(fmt::format("{} is there although a later connection was confirmed", number));
  }
}

void WillLedger::CompareRetained(const StoredRetained& retained, Comparison& comparison) const {
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    const Client& client = clients_[i];
    const auto found = retained.find(client.topic);
    const auto name = found == retained.end() ? std::nullopt : ReadPayload(found->second);
    std::uint64_t number = 0;
    if (found != retained.end()) {
      number = name && name->stream.value() == i ? name->number : client.wills.size() + 1;
    }
    const bool possible = number >= client.retained && number <= client.wills.size() &&
                          (number == 0 || (client.wills[number - 1].retain &&
                                           client.wills[number - 1].fate != Fate::kDeclined));
    if (!possible) {
      comparison.disagreements.push_back(fmt::format(
          "retained on {}: {} is there, and will {} was the last to be published", client.topic,
          number == 0 ? "nothing" : fmt::format("value {}", number), client.retained));
    }
  }
}

bool WillLedger::knows(const std::string& topic) const {
  return std::any_of(clients_.begin(), clients_.end(),
                     [&](const Client& client) { return client.topic == topic; });
}

}  // namespace tallymq::crash
