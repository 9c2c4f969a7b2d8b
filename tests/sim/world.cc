#include "world.h"

#include <algorithm>
#include <utility>

namespace tallymq::sim {
namespace {

// After so many turns without faults everything must have drained.
constexpr int kDrainTurns = 20'000;
constexpr std::uint64_t kEverything = 1u << 30;
// Sessions, connections and all that does not grow with messages.
constexpr std::size_t kIdleBytes = 64 * 1024;
// A page that the broker reads for itself.
constexpr std::uint32_t kOwnPageEntries = 256;
constexpr std::size_t kOwnPageBytes = 256 * 1024;
// A batch or a page that waits this long is late. Steps.
constexpr std::uint32_t kLateCommit = 10;
constexpr std::uint32_t kLatePage = 5;

Overflow OverflowOf(broker::QueuePolicy policy) {
  switch (policy) {
    case broker::QueuePolicy::kRefuse:
      return Overflow::kRefuse;
    case broker::QueuePolicy::kDropOldest:
      return Overflow::kDropOldest;
    case broker::QueuePolicy::kDropNewest:
      return Overflow::kDropNewest;
  }
  return Overflow::kRefuse;
}

Bounds MakeBounds(const Shape& shape) {
  Bounds bounds;
  bounds.packet_identifiers = shape.limits.packet_identifiers;
  bounds.inflight_max = shape.limits.inflight_max;
  bounds.output_bytes = shape.limits.output_bytes;
  bounds.packet_bytes_max = shape.payload_bytes_max + 64;
  bounds.page_entries = std::max(1u, shape.limits.window_entries);
  bounds.queue_messages = shape.limits.queue_messages_max;
  bounds.queue_bytes = shape.limits.queue_bytes_max;
  bounds.overflow = OverflowOf(shape.limits.queue_policy);
  bounds.refused_close_ms = shape.limits.refused_close_ms;
  bounds.clean_queue_bytes = shape.limits.clean_queue_bytes;
  if (shape.limits.session_expiry_s != broker::Limits{}.session_expiry_s) {
    bounds.session_expiry_ms = shape.limits.session_expiry_s * std::uint64_t{1000};
  }
  // The windows, and while a page is joined to one those entries twice; the open batch and the one
  // under way; of each client a page, its output, and an entry beyond the bound of each.
  const broker::Limits& limits = shape.limits;
  bounds.memory_bytes = kIdleBytes + 2 * limits.buffers_bytes + 2 * limits.batch_bytes +
                        shape.peers.size() * (limits.window_bytes + limits.output_bytes +
                                              3 * bounds.packet_bytes_max);
  // To count what is in a queue, and to drop it, pages are read.
  if (bounds.queue_messages != 0 || bounds.queue_bytes != 0) {
    bounds.page_entries = std::max(bounds.page_entries, kOwnPageEntries);
    bounds.memory_bytes += (1 + shape.peers.size()) *
                           std::min(kOwnPageBytes, kOwnPageEntries * bounds.packet_bytes_max);
  }
  return bounds;
}

}  // namespace

World::World(std::uint64_t seed, History::Keep keep)
    : random_(seed),
      shape_(MakeShape(random_)),
      history_(keep),
      contract_(static_cast<int>(shape_.peers.size()), MakeBounds(shape_)),
      delivery_(static_cast<int>(shape_.peers.size())) {
  for (const PeerShape& peer : shape_.peers) {
    peers_.emplace_back(static_cast<int>(peers_.size()), peer, shape_.clean_start_percent);
  }
}

Figures World::figures() const {
  Figures figures;
  figures.clients = peers_.size();
  figures.packets = history_.packets();
  figures.crashes = crashes_;
  figures.open_exchanges = open_exchanges_;
  figures.faults = faults_;
  return figures;
}

void World::CheckViolations() {
  if (violation_) return;
  violation_ = contract_.violation();
  if (!violation_) violation_ = delivery_.violation();
}

void World::Run() {
  Start();
  for (std::uint32_t i = 0; i < shape_.steps && !over(); ++i) {
    Step();
    // Those crashes that did not come by chance.
    if (i + 1 == shape_.steps && crashes_ < shape_.crashes_min && !over()) {
      Crash();
      i -= std::min(i, 20u);
    }
  }
  if (!over()) Drain();
}

void World::Step() {
  PassTime();
  const std::uint64_t acting = random_.Between(1, peers_.size());
  for (std::uint64_t i = 0; i < acting && !over(); ++i) {
    PeerTurn(peers_[random_.Below(peers_.size())]);
  }
  if (points_to_live_ == 0 && crashes_ < shape_.crashes_max &&
      random_.PerMille(shape_.crash_per_mille)) {
    points_to_live_ = random_.Between(1, 30);
  }
  Turn(false);
  if (over()) return;
  if (stalled_steps_ > 0) {
    --stalled_steps_;
  } else {
    if (random_.PerMille(shape_.stall_per_mille)) {
      stalled_steps_ = static_cast<std::uint32_t>(random_.Between(5, 25));
    }
    if (random_.Chance(shape_.commit_percent)) {
      if (journal_->CommitNext() && commit_waits_ >= kLateCommit) Count(Fault::kLateCommit);
    }
    if (random_.Chance(shape_.page_percent)) {
      if (journal_->AnswerNextRead() && page_waits_ >= kLatePage) Count(Fault::kLatePage);
    }
  }
  commit_waits_ = journal_->pending_batches() > 0 ? commit_waits_ + 1 : 0;
  page_waits_ = journal_->pending_reads() > 0 ? page_waits_ + 1 : 0;
  CheckViolations();
}

void World::PeerTurn(Peer& peer) {
  const PeerShape& shape = peer.shape();
  if (peer.hangs(real_ms_)) return;
  if (peer.conn() == 0) {
    if (real_ms_ >= peer.back_ms()) Connect(peer);
  } else {
    ReadDown(peer, random_.Below(shape.read_bytes_max + 1));
    if (peer.conn() == 0) return;
    if (peer.client().connected()) {
      peer.Subscribe(delivery_);
      peer.KeepAlive(real_ms_);
      if (random_.PerMille(shape_.resubscribe_per_mille)) peer.ChangeMind(random_);
    }
  }
  if (!shape.topics.empty() && random_.Chance(shape.publish_percent)) {
    const std::uint64_t messages = random_.Between(1, 3);
    for (std::uint64_t i = 0; i < messages; ++i) {
      if (peer.Publish(last_message_ + 1, shape_.payload_bytes_max, random_, delivery_, history_)) {
        ++last_message_;
      }
    }
  }
  if (peer.conn() == 0) return;
  WriteUp(peer, random_.Below(shape.write_bytes_max + 1));
  if (random_.PerMille(shape_.cut_per_mille)) {
    Cut(peer);
  } else if (random_.PerMille(shape_.cut_per_mille / 8)) {
    Leave(peer);
  } else if (random_.PerMille(shape_.hang_per_mille)) {
    Count(Fault::kHang);
    peer.Hang(real_ms_ + random_.Between(50, 6000));
    history_.Add(peer.number(), peer.conn(), "hangs");
  }
}

// ---- The faults are over.

void World::Drain() {
  calm_ = true;
  points_to_live_ = 0;
  history_.Add("the faults are over");
  bool reads = true;  // What it read last turn, the broker may have more to do with.
  for (int turn = 0; turn < kDrainTurns && !over(); ++turn) {
    if (!reads && AtRest()) {
      Inspect(true);
      delivery_.OnEnd();
      CheckViolations();
      return;
    }
    PassTime();
    for (Peer& peer : peers_) {
      if (peer.conn() == 0) {
        Connect(peer);
      } else {
        ReadDown(peer, kEverything);
        if (peer.conn() != 0 && peer.client().connected()) {
          peer.Subscribe(delivery_);
          peer.KeepAlive(real_ms_);
        }
      }
      if (peer.conn() != 0) WriteUp(peer, kEverything);
    }
    Turn(true);
    if (over()) return;
    reads = false;
    while (journal_->AnswerNextRead()) reads = true;
    journal_->CommitNext();
    CheckViolations();
  }
  if (over()) return;
  std::string owed = contract_.Owed();
  for (const Peer& peer : peers_) {
    if (owed.empty() && !peer.at_rest()) owed = "c" + std::to_string(peer.number()) + " waits";
  }
  violation_ = Violation{Rule::kDrain, "it does not come to rest: " + owed, 0};
}

bool World::AtRest() const {
  if (broker_->commit_pending() || broker_->busy() || journal_->pending_batches() > 0) return false;
  for (const Peer& peer : peers_) {
    if (!peer.at_rest()) return false;
  }
  for (const auto& [conn, link] : links_) {
    if (!link.up.empty() || !link.out.empty() || !link.down.empty()) return false;
  }
  // What is lazy has been written.
  return contract_.AtRest() && broker_->next_tick_ms() > mono_ms_ + shape_.limits.lazy_ms;
}

void World::Inspect(bool at_rest) { contract_.OnDisk(sim::Inspect(*disk_), at_rest); }

}  // namespace tallymq::sim
