// How long a session outlives its connection: a time in broker time, from the end of the
// connection on, which goes on while the broker is away. Who was connected when the broker died
// lost the connection at the first start after it. Contract: D5, D9.

#include <algorithm>

#include "contract.h"

namespace tallymq::sim {

std::optional<std::uint64_t> Contract::EndsAt(const SessionModel& session) const {
  if (!bounds_.session_expiry_ms || !session.persistent || session.connected) return {};
  return session.lost_ms + *bounds_.session_expiry_ms;
}

bool Contract::Overdue(const SessionModel& session) const {
  const auto end_ms = EndsAt(session);
  return end_ms && *end_ms <= broker_ms();
}

// Which ones they were: those whose time was over first.
void Contract::Expired(std::uint64_t count) {
  while (expired_ < count) {
    int first = -1;
    for (int client = 0; client < model_.clients(); ++client) {
      const SessionModel* session = model_.Find(client);
      if (session == nullptr || !Overdue(*session)) continue;
      const SessionModel* before = first < 0 ? nullptr : model_.Find(first);
      if (before == nullptr || session->lost_ms < before->lost_ms ||
          (session->lost_ms == before->lost_ms && session->number < before->number)) {
        first = client;
      }
    }
    if (first < 0) {
      Report(Rule::kD9, "a session has ended by itself, and the time of none is over");
      return;
    }
    End(first);
    ++expired_;
  }
}

// At a start: when did those lose their connection of which the disk does not say it?
void Contract::FindLost() {
  for (int client = 0; client < model_.clients(); ++client) {
    if (model_.Find(client) == nullptr) continue;
    SessionModel& session = model_.Change(client);
    session.connected = false;
    session.alone_from = 0;
    if (session.lost_noted) continue;
    const auto start = start_ms_.upper_bound(session.connected_life);
    session.lost_ms = start != start_ms_.end() ? start->second : broker_ms();
    session.lost_noted = true;
  }
}

// The note that a connection has ended is lazy, and may be missing.
void Contract::CheckLost(int client, SessionModel& session, const DiskSession& disk) {
  if (!disk.connected && (session.connected || disk.lost_ms != session.lost_ms)) {
    Report(Rule::kD9, "the disk says that " + Name(client) + " lost its connection at " +
                          std::to_string(disk.lost_ms) + " ms, which is not so");
  }
  session.lost_noted = !disk.connected;
}

}  // namespace tallymq::sim
