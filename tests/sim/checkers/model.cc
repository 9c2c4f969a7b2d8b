#include "model.h"

#include <algorithm>
#include <utility>

#include "topics.h"

namespace tallymq::sim {

void AdvanceFirstOpen(SessionModel& session) {
  while (session.first_open < session.queue.size() && session.queue[session.first_open].ended) {
    ++session.first_open;
  }
}

SessionModel& Model::Change(int client) {
  std::shared_ptr<SessionModel>& session = at(client);
  if (session.use_count() > 1) session = std::make_shared<SessionModel>(*session);
  return *session;
}

RetainedModels& Model::ChangeRetained() {
  if (retained_.use_count() > 1) retained_ = std::make_shared<RetainedModels>(*retained_);
  return *retained_;
}

int Model::QosFor(int client, std::string_view topic, int qos) const {
  const SessionModel* session = Find(client);
  int granted = -1;
  if (session == nullptr) return granted;
  for (const auto& [filter, at_most] : session->filters) {
    if (at_most > granted && Takes(filter, topic)) granted = at_most;
  }
  return std::min(granted, qos);
}

void Model::OnSubmitted(std::uint64_t batch) {
  submitted_ = batch;
  pending_.push_back(Snapshot{batch, sessions_, retained_, orphans_});
}

void Model::OnDurable(std::uint64_t batch) {
  durable_ = batch;
  while (!pending_.empty() && pending_.front().batch <= batch) {
    durable_state_ = std::move(pending_.front());
    pending_.pop_front();
  }
}

void Model::OnCrash() {
  pending_.clear();
  submitted_ = durable_;
  durable_state_.sessions.resize(sessions_.size());
  sessions_ = durable_state_.sessions;
  retained_ = durable_state_.retained;
  orphans_ = durable_state_.orphans;
  for (int client = 0; client < clients(); ++client) {
    if (Find(client) == nullptr) continue;
    if (Find(client)->will.message != 0) {
      orphans_[client] = Find(client)->will;
      Change(client).will = {};
    }
    if (!Find(client)->persistent) {
      End(client);
    } else {
      auto& owed = Change(client).retained0;
      std::erase_if(owed, [](const RetainedModel& retained) { return !retained.in_queue; });
      for (RetainedModel& retained : owed) retained.optional = true;
    }
  }
}

}  // namespace tallymq::sim
