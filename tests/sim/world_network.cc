// Connections, and clocks.

#include <algorithm>

#include "world.h"

namespace tallymq::sim {

Link* World::LinkOf(const Peer& peer) {
  const auto it = links_.find(peer.conn());
  return it == links_.end() ? nullptr : &it->second;
}

void World::Connect(Peer& peer) {
  for (const auto& [conn, link] : links_) {
    if (link.client == peer.number() && link.counted_on) {
      Count(Fault::kTakeover);
      break;
    }
  }
  const bool dropped = peer.dropped_session();
  if (peer.Connect(++last_conn_, last_message_ + 1, random_, calm_, delivery_)) ++last_message_;
  if (!dropped && peer.dropped_session()) Count(Fault::kCleanStart);
  Link link;
  link.conn = last_conn_;
  link.client = peer.number();
  links_.emplace(last_conn_, std::move(link));
  peer.Wrote(real_ms_);
  history_.Add(peer.number(), last_conn_, "connects");
}

void World::WriteUp(Peer& peer, std::uint64_t bytes) {
  Link* link = LinkOf(peer);
  std::string& output = peer.client().output();
  if (link == nullptr || output.empty() || bytes == 0) return;
  const std::string taken = output.substr(0, bytes);
  output.erase(0, taken.size());
  link->up += taken;
  peer.Wrote(real_ms_);
}

void World::ReadDown(Peer& peer, std::uint64_t bytes) {
  Link* link = LinkOf(peer);
  if (link == nullptr) return LetGo(peer);
  const std::string taken = link->down.substr(0, bytes);
  link->down.erase(0, taken.size());
  peer.client().Receive(taken);
  while (const auto event = peer.client().Next()) {
    const std::string fault = peer.Hear(*event, delivery_, history_);
    if (!fault.empty()) {
      contract_.Report(Rule::kProtocol, "c" + std::to_string(peer.number()) + ": " + fault);
    }
  }
  CheckViolations();
  if (link->down_ends && link->down.empty()) {
    link->client_gone = true;
    LetGo(peer);
  }
}

void World::Cut(Peer& peer) {
  Link* link = LinkOf(peer);
  if (link == nullptr) return LetGo(peer);
  // Some of what is under way still arrives, to any byte.
  link->up.resize(random_.Below(link->up.size() + 1));
  const std::uint64_t heard = random_.Below(link->down.size() + 1);
  if (heard < link->down.size()) Count(Fault::kCutDownward);
  history_.Add(peer.number(), peer.conn(), "loses its connection");
  ReadDown(peer, heard);
  link = LinkOf(peer);
  if (link == nullptr || peer.conn() == 0) return;
  link->client_gone = true;
  link->down.clear();
  // Sometimes the broker is not told: a router forgot the connection.
  if (random_.Chance(75)) {
    link->up_ends = true;
  } else {
    Count(Fault::kHalfOpen);
  }
  LetGo(peer);
}

void World::Leave(Peer& peer) {
  Link* link = LinkOf(peer);
  if (link == nullptr || !peer.client().connected()) return;
  peer.client().Disconnect();
  history_.Add(peer.number(), peer.conn(), "leaves");
  link->up += peer.client().output();
  link->up_ends = link->client_gone = true;
  link->down.clear();
  LetGo(peer);
}

void World::LetGo(Peer& peer) {
  if (peer.conn() == 0) return;
  peer.Lost(real_ms_ + (calm_ ? 0 : random_.Below(peer.shape().away_ms_max + 1)));
}

// ---- Time.

void World::PassTime() {
  std::uint64_t passed_ms = random_.Between(0, shape_.step_ms_max);
  if (random_.PerMille(20)) passed_ms = random_.Between(50, 300);
  if (random_.PerMille(3)) passed_ms = random_.Between(500, 4000);
  if (calm_) passed_ms = 20;
  mono_ms_ += passed_ms;
  wall_ms_ += passed_ms;
  real_ms_ += passed_ms;
  history_.set_now(real_ms_);
  if (!calm_ && random_.PerMille(4)) SetClock();
}

void World::SetClock() {
  const std::uint64_t jump_ms = random_.Between(1, random_.Chance(50) ? 2'000 : 10'000'000);
  if (random_.Chance(50)) {
    Count(Fault::kClockForward);
    wall_ms_ += jump_ms;
    history_.Add("wall clock set forward");
  } else {
    Count(Fault::kClockBack);
    wall_ms_ -= std::min(wall_ms_, jump_ms);
    history_.Add("wall clock set back");
  }
}

}  // namespace tallymq::sim
