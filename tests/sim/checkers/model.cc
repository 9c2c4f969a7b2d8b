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
  pending_.emplace_back(batch, sessions_);
}

void Model::OnDurable(std::uint64_t batch) {
  durable_ = batch;
  while (!pending_.empty() && pending_.front().first <= batch) {
    durable_sessions_ = std::move(pending_.front().second);
    pending_.pop_front();
  }
}

void Model::OnCrash() {
  pending_.clear();
  submitted_ = durable_;
  durable_sessions_.resize(sessions_.size());
  for (auto& session : durable_sessions_) {
    if (session && !session->persistent) session.reset();
  }
  sessions_ = durable_sessions_;
}

}  // namespace tallymq::sim
