#include "contract.h"

#include <algorithm>
#include <utility>

namespace tallymq::sim {

void Contract::Report(Rule rule, std::string text, std::uint64_t message) {
  if (!violation_) violation_ = Violation{rule, std::move(text), message};
}

// ---- The broker's process, and its time.

void Contract::OnStart(std::uint64_t mono_ms, std::uint64_t wall_ms) {
  ++life_;
  now_ms_ = mono_ms;
  wall_ms_ = wall_ms;
  told_ = model_.durable();
  dropped_seen_ = 0;
  wills_ = expired_ = 0;
  counted_ = {};
  queues_counted_ = false;
  dropped_ = passed_over_ = perhaps_dropped_ = 0;
  // Downtime is wall time now minus that of the newest durable batch, never negative.
  base_known_ = !stamps_.empty();
  if (base_known_) {
    const Stamp& last = stamps_.front();
    const std::uint64_t away_ms = wall_ms > last.wall_ms ? wall_ms - last.wall_ms : 0;
    base_ms_ = last.broker_ms + away_ms - mono_ms;
  }
  FindLost();
}

void Contract::OnTick(std::uint64_t mono_ms, std::uint64_t wall_ms) {
  now_ms_ = mono_ms;
  wall_ms_ = wall_ms;
}

void Contract::OnSubmitted(std::uint64_t batch, std::uint64_t broker_ms, std::uint64_t wall_ms) {
  if (!base_known_) {
    base_known_ = true;
    const std::uint64_t base_ms = broker_ms - now_ms_;
    for (int client = 0; client < model_.clients(); ++client) {
      if (model_.Find(client) != nullptr) model_.Change(client).lost_ms += base_ms - base_ms_;
    }
    base_ms_ = base_ms;
  }
  if (broker_ms != base_ms_ + now_ms_) {
    const std::uint64_t expected = base_ms_ + now_ms_;
    Report(Rule::kD9, "batch " + std::to_string(batch) + " says that broker time is " +
                          std::to_string(broker_ms) + " ms; it is " + std::to_string(expected));
  }
  if (wall_ms != wall_ms_) {
    Report(Rule::kD9, "batch " + std::to_string(batch) + " says that wall time is " +
                          std::to_string(wall_ms) + " ms; it is " + std::to_string(wall_ms_));
  }
  stamps_.push_back(Stamp{batch, broker_ms, wall_ms});
  if (!first_stamp_) first_stamp_ = stamps_.back();
  model_.OnSubmitted(batch);
}

void Contract::OnCrash() {
  links_.clear();
  ended_.clear();
  appended_.clear();
  pending_.reset();
  newest_surely_ = 0;
  newest_perhaps_.clear();
  retained_batch_ = 0;
  if (first_stamp_ && first_stamp_->batch <= model_.durable()) {
    start_ms_[life_] = first_stamp_->broker_ms;
  }
  first_stamp_.reset();
  model_.OnCrash();
  while (stamps_.size() > 1 && stamps_[1].batch <= model_.durable()) stamps_.pop_front();
  if (!stamps_.empty() && stamps_.front().batch > model_.durable()) stamps_.clear();
  if (!stamps_.empty()) stamps_.resize(1);
}

void Contract::OnMemory(std::size_t bytes) {
  if (bytes <= bounds_.memory_bytes) return;
  // What waits for clients whose session is not persistent has no other place, and a bound.
  std::size_t waiting = 0;
  for (int client = 0; client < model_.clients(); ++client) {
    const SessionModel* session = model_.Find(client);
    if (session == nullptr || session->persistent) continue;
    waiting +=
        std::min((session->queue.size() - session->first_open) * bounds_.packet_bytes_max,
                 bounds_.clean_queue_bytes + (bounds_.inflight_max + 1) * bounds_.packet_bytes_max);
  }
  if (bytes <= bounds_.memory_bytes + waiting) return;
  Report(Rule::kD8, "the broker holds " + std::to_string(bytes) + " bytes; " +
                        std::to_string(bounds_.memory_bytes) + " are enough");
}

void Contract::OnRead(std::uint32_t entries) {
  if (entries > bounds_.page_entries) {
    Report(Rule::kD8, "a page of " + std::to_string(entries) + " entries is asked for");
  }
}

void Contract::OnReadRetained(std::uint32_t entries) {
  constexpr std::uint32_t kSlice = 64;
  if (entries > kSlice) {
    Report(Rule::kD8, std::to_string(entries) + " retained messages are asked for at once");
  }
}

// ---- The end.

bool Contract::AtRest() const { return Owed().empty(); }

std::string Contract::Owed() const {
  if (!model_.orphans().empty()) {
    return "the will of " + Name(model_.orphans().begin()->first) + " is not published";
  }
  for (const auto& [conn, link] : links_) {
    if (!link.answers.empty()) {
      const Answer& answer = link.answers.front();
      return Name(link.client) + " is owed " + NameOf(answer.type) + " " +
             std::to_string(answer.id);
    }
  }
  for (int client = 0; client < model_.clients(); ++client) {
    const SessionModel* session = model_.Find(client);
    if (session == nullptr) continue;
    for (std::size_t i = session->first_open; i < session->queue.size(); ++i) {
      const Entry& entry = session->queue[i];
      const bool may_miss = (entry.optional || entry.droppable) && model_.wire(entry).id == 0;
      if (!entry.ended && !may_miss) {
        return "message " + std::to_string(entry.message) + " for " + Name(client) +
               (entry.received ? " awaits PUBCOMP" : " has not come to its end");
      }
    }
    for (const RetainedModel& retained : session->retained0) {
      if (retained.optional) continue;
      return "retained message " + std::to_string(retained.message) + " for " + Name(client) +
             " has not come";
    }
    if (!session->inbound.empty()) {
      return Name(client) + " has not released packet identifier " +
             std::to_string(session->inbound.begin()->first);
    }
  }
  return {};
}

}  // namespace tallymq::sim
