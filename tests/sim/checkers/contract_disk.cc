// What a crash leaves on the disk: all of each durable decision and nothing of any other, in the
// order in which they fell. Then the model takes from the disk what is lazy: which acknowledgements
// have been written.

#include <algorithm>
#include <utility>

#include "contract.h"

namespace tallymq::sim {

bool Contract::OnDiskOfOthers(const DiskView& view, int client, std::uint64_t message) const {
  for (const DiskSession& other : view.sessions) {
    if (other.client == client) continue;
    for (const DiskEntry& entry : other.live) {
      if (entry.message == message) return true;
    }
  }
  // Or the identifier of its publisher.
  for (int i = 0; i < model_.clients(); ++i) {
    const SessionModel* session = model_.Find(i);
    if (session == nullptr) continue;
    for (const auto& [id, inbound] : session->inbound) {
      if (inbound != message) continue;
      for (const DiskSession& disk : view.sessions) {
        if (disk.client == i && std::count(disk.inbound.begin(), disk.inbound.end(), id) > 0) {
          return true;
        }
      }
    }
  }
  return false;
}

void Contract::OnDisk(const DiskView& view, bool at_rest) {
  if (!view.damage.empty()) {
    Report(Rule::kD4, view.damage);
    return;
  }
  view_ = &view;
  orphan_order_.clear();
  for (const auto& [topic, retained] : model_.retained()) {
    const auto found = view.retained.find(topic);
    if (found != view.retained.end() && found->second == retained.message) continue;
    Report(Rule::kD4,
           "of the PUBLISH of message " + std::to_string(retained.message) +
               " the retained message is not on the disk",
           retained.message);
  }
  for (const auto& [topic, message] : view.retained) {
    if (model_.retained().contains(topic)) continue;
    Report(Rule::kD4, "the disk holds a retained message of " + topic + ", which was cleared",
           message);
  }
  std::vector<bool> seen(static_cast<std::size_t>(model_.clients()));
  for (const DiskSession& disk : view.sessions) {
    const SessionModel* session = model_.Find(disk.client);
    CheckWill(disk, at_rest);
    if (!disk.persistent) continue;  // there for its will's sake only
    seen[static_cast<std::size_t>(disk.client)] = true;
    if (session == nullptr || !session->persistent) {
      Report(Rule::kD1, "the session of " + Name(disk.client) + " is on the disk, and has ended");
      continue;
    }
    CheckSession(disk.client, disk);
    if (at_rest && (!disk.live.empty() || !disk.awaiting.empty() || !disk.inbound.empty())) {
      Report(Rule::kDrain, "the disk holds open exchanges of " + Name(disk.client) + " at rest",
             disk.live.empty() ? 0 : disk.live.front().message);
    }
  }
  for (const auto& [client, will] : model_.orphans()) {
    const bool found = std::count(orphan_order_.begin(), orphan_order_.end(), client) > 0;
    if (!found)
      Report(Rule::kD5, "the will of " + Name(client) + " is not on the disk", will.message);
  }
  CheckDropped(at_rest);
  for (int client = 0; client < model_.clients(); ++client) {
    const SessionModel* session = model_.Find(client);
    if (session != nullptr && session->persistent && !seen[static_cast<std::size_t>(client)]) {
      Report(Rule::kD1, "the session of " + Name(client) + " is not on the disk");
    }
  }
  view_ = nullptr;
}

// At rest the clients are there, and their wills with them.
void Contract::CheckWill(const DiskSession& disk, bool at_rest) {
  if (disk.will == 0) return;
  orphan_order_.push_back(disk.client);
  std::uint64_t expected = 0;
  const auto orphan = model_.orphans().find(disk.client);
  if (orphan != model_.orphans().end()) expected = orphan->second.message;
  if (at_rest && model_.Find(disk.client) != nullptr) {
    expected = model_.Find(disk.client)->will.message;
  }
  if (disk.will == expected) return;
  Report(Rule::kD5,
         "the will of " + Name(disk.client) + " on the disk, message " + std::to_string(disk.will) +
             ", was published or taken back",
         disk.will);
}

void Contract::CheckSession(int client, const DiskSession& disk) {
  SessionModel& session = model_.Change(client);
  std::map<std::string, int> filters;
  for (const auto& [filter, qos] : disk.subscriptions) filters.emplace(filter, qos);
  if (filters != session.filters) {
    Report(Rule::kD1, "the subscriptions of " + Name(client) +
                          " on the disk are not those that were acknowledged");
  }
  for (const auto& [id, message] : session.inbound) {
    if (std::count(disk.inbound.begin(), disk.inbound.end(), id) == 0) {
      Report(Rule::kD4,
             "of the PUBLISH of message " + std::to_string(message) + " the packet identifier of " +
                 Name(client) + " is not on the disk",
             message);
    }
  }
  for (const std::uint16_t id : disk.inbound) {
    if (session.inbound.contains(id)) continue;
    Report(Rule::kD1, "the disk holds packet identifier " + std::to_string(id) + " of " +
                          Name(client) + ", which was released");
  }
  CheckLost(client, session, disk);
  CheckQueue(client, session, disk);
  CheckAwaiting(client, session, disk);
  session.first_open = 0;
  AdvanceFirstOpen(session);
}

void Contract::CheckEntry(int client, Entry& entry, const DiskSession& disk) {
  const Wire& wire = model_.wire(entry);
  const std::string words = "message " + std::to_string(entry.message);
  if (entry.received) {
    Report(
        Rule::kD1,
        "PUBREC of " + words + " by " + Name(client) + " is not on the disk, although its batch is",
        entry.message);
  }
  if (wire.id != 0 && entry.disk_seq > disk.send_mark) {
    Report(Rule::kD1,
           words + " was sent to " + Name(client) + ", and the send mark on the disk is below it",
           entry.message);
  }
  if (entry.disk_seq >= disk.reserved_tail) {
    Report(Rule::kD1, "the number of " + words + " for " + Name(client) + " would be given again",
           entry.message);
  }
  if (wire.settled) {
    Report(Rule::kD1,
           "the packet identifier of " + words + " for " + Name(client) +
               " was used again before its end was on the disk",
           entry.message);
  }
  if (wire.passed_over && !entry.blurred) {
    Report(Rule::kD1, words + " was dropped, as " + Name(client) + " has seen, and would come back",
           entry.message);
  }
  entry.ended = false;
  entry.droppable = false;
  entry.counted_sent = entry.disk_seq <= disk.send_mark;
}

void Contract::CheckRetained(int client, SessionModel& session, const DiskSession& disk) {
  for (Entry& entry : session.queue) {
    if (entry.group == 0) continue;
    const bool sent = model_.wire(entry).id != 0;
    if (entry.droppable && entry.disk_seq == 0 && !sent && !entry.passed()) {
      entry.optional = true;
      entry.droppable = false;
      ++perhaps_dropped_;
    }
    if (entry.blurred && entry.disk_seq != 0) {
      // What was seen may have been the other's: what the disk says holds.
      entry.received = entry.ended = false;
      entry.wire = model_.NewWire();
    } else if (entry.blurred && sent) {
      entry.ended = true;
    } else if (entry.disk_seq != 0) {
      CheckEntry(client, entry, disk);
    } else if (sent && !entry.passed()) {
      Report(Rule::kD1,
             "retained message " + std::to_string(entry.message) + " was sent to " + Name(client) +
                 ", and is not on the disk",
             entry.message);
    }
  }
}

void Contract::CheckQueue(int client, SessionModel& session, const DiskSession& disk) {
  // From the back: what has been acknowledged may be on the disk or not, and may stand beside a
  // repetition of itself that has not.
  for (Entry& entry : session.queue) entry.disk_seq = 0;
  std::size_t left = disk.live.size();
  for (std::size_t i = session.queue.size(); i > 0; --i) {
    if (session.queue[i - 1].group != 0) {
      i = FindGroup(session, disk, i, left) + 1;
      continue;
    }
    Entry& entry = session.queue[i - 1];
    const Wire& wire = model_.wire(entry);
    const DiskEntry* found = left > 0 ? &disk.live[left - 1] : nullptr;
    const bool same = found != nullptr && !found->retain && found->message == entry.message &&
                      found->qos == entry.qos &&
                      (wire.id == 0 || entry.blurred || wire.id == IdentifierOf(found->seq));
    if (same) {
      --left;
      entry.disk_seq = found->seq;
      if (entry.blurred) {
        // What was seen may have been the other's: what the disk says holds.
        if (wire.passed_over && passed_over_ > 0) --passed_over_;
        entry.received = false;
        entry.wire = model_.NewWire();
      }
      CheckEntry(client, entry, disk);
    } else if (!entry.passed() && (entry.droppable || entry.blurred)) {
      entry.ended = true;
      if (!wire.passed_over) ++passed_over_;
      model_.wire(entry).passed_over = true;
    } else if (!entry.passed()) {
      const std::string message = std::to_string(entry.message);
      const bool elsewhere = std::count_if(disk.live.begin(), disk.live.end(), [&](const auto& e) {
                               return e.message == entry.message && !e.retain;
                             }) > 0;
      if (elsewhere) {
        Report(Rule::kD3, "the queue of " + Name(client) + " is out of order at message " + message,
               entry.message);
      } else if (OnDiskOfOthers(*view_, client, entry.message)) {
        Report(Rule::kD4,
               "of the PUBLISH of message " + message + " the entry for " + Name(client) +
                   " is not on the disk",
               entry.message);
      } else {
        // A subscription from before an earlier crash may be what is missing.
        Report(session.life < entry.life ? Rule::kD5 : Rule::kD3,
               "message " + message + " for " + Name(client) +
                   " is not on the disk, although its batch " + std::to_string(entry.batch) + " is",
               entry.message);
      }
      return;
    }
  }
  CheckRetained(client, session, disk);
  if (left > 0) {
    const std::uint64_t message = disk.live[left - 1].message;
    Report(Rule::kD4,
           "the disk holds message " + std::to_string(message) + " for " + Name(client) +
               ", whose PUBLISH has never been or is over",
           message);
  }
}

// Retained messages of one filter, up to `end`: those that have become entries are on the disk, in
// any order; the others are still to come. Returns where they begin.
std::size_t Contract::FindGroup(SessionModel& session, const DiskSession& disk, std::size_t end,
                                std::size_t& left) {
  const std::uint32_t group = session.queue[end - 1].group;
  std::size_t begin = end - 1;
  while (begin > 0 && session.queue[begin - 1].group == group) --begin;
  std::vector<Entry> on_disk;  // the last first
  std::vector<Entry> others(session.queue.begin() + static_cast<std::ptrdiff_t>(begin),
                            session.queue.begin() + static_cast<std::ptrdiff_t>(end));
  // Each filter has a range of 2^32 numbers of its own, which says whose an entry is.
  while (left > 0 && disk.live[left - 1].retain &&
         disk.live[left - 1].seq >> 32 == groups_[group].range) {
    const DiskEntry& found = disk.live[left - 1];
    const auto it = std::find_if(others.begin(), others.end(), [&](const Entry& entry) {
      return entry.message == found.message && entry.qos == found.qos;
    });
    if (it == others.end()) break;
    --left;
    it->disk_seq = found.seq;
    on_disk.push_back(std::move(*it));
    others.erase(it);
  }
  std::vector<Entry> sorted;
  for (const Entry& entry : others) {
    if (entry.passed()) sorted.push_back(entry);
  }
  sorted.insert(sorted.end(), on_disk.rbegin(), on_disk.rend());
  for (const Entry& entry : others) {
    if (!entry.passed()) sorted.push_back(entry);
  }
  std::move(sorted.begin(), sorted.end(),
            session.queue.begin() + static_cast<std::ptrdiff_t>(begin));
  return begin;
}

void Contract::CheckAwaiting(int client, SessionModel& session, const DiskSession& disk) {
  std::size_t left = disk.awaiting.size();
  for (std::size_t i = session.queue.size(); i > 0; --i) {
    Entry& entry = session.queue[i - 1];
    if (!entry.received) continue;
    const Wire& wire = model_.wire(entry);
    if (left > 0 && IdentifierOf(disk.awaiting[left - 1]) == wire.id) {
      --left;
      if (wire.settled) {
        Report(Rule::kD1,
               "the packet identifier of message " + std::to_string(entry.message) + " for " +
                   Name(client) + " was used again before its end was on the disk",
               entry.message);
      }
      entry.ended = false;
    } else if (!entry.ended) {
      Report(Rule::kD1,
             "PUBREC of message " + std::to_string(entry.message) + " by " + Name(client) +
                 " is not on the disk, although its batch is",
             entry.message);
    }
  }
  for (; left > 0; --left) {
    const std::uint16_t id = IdentifierOf(disk.awaiting[left - 1]);
    const auto blurred =
        std::find_if(session.queue.begin(), session.queue.end(), [&](const Entry& entry) {
          return entry.blurred && entry.ended && model_.wire(entry).id == id;
        });
    if (blurred == session.queue.end()) break;
    blurred->received = true;
    blurred->ended = false;
  }
  if (left > 0) {
    Report(Rule::kD1, "the disk awaits a PUBCOMP of " + Name(client) + " without reason");
  }
}

}  // namespace tallymq::sim
