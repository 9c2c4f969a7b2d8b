#include "watched_journal.h"

#include <cstdlib>
#include <map>
#include <string>
#include <utility>

#include "memory_meter.h"
#include "plain.h"

namespace tallymq::sim {
namespace {

using storage::SessionNumber;

// Forwards so many records, and then no more: whoever takes them is dead by then.
class DyingSink : public storage::RecoverySink {
 public:
  DyingSink(storage::RecoverySink& sink, std::uint64_t records) : sink_(sink), left_(records) {}
  void OnSession(SessionNumber session, const storage::SessionRecord& record) override {
    if (Alive()) sink_.OnSession(session, record);
  }
  void OnDeadSession(SessionNumber session) override {
    if (Alive()) sink_.OnDeadSession(session);
  }
  void OnWill(SessionNumber session, std::uint32_t delay_s, storage::MessagePtr message) override {
    if (Alive()) sink_.OnWill(session, delay_s, std::move(message));
  }
  void OnSubscription(SessionNumber session, std::string_view filter,
                      const storage::SubscriptionRecord& record) override {
    if (Alive()) sink_.OnSubscription(session, filter, record);
  }
  void OnState(SessionNumber session, const storage::StateRecord& record) override {
    if (Alive()) sink_.OnState(session, record);
  }

 private:
  bool Alive() { return left_ > 0 && left_-- > 0; }
  storage::RecoverySink& sink_;
  std::uint64_t left_;
};

// Keeps what a start finds.
class ViewSink : public storage::RecoverySink {
 public:
  explicit ViewSink(DiskView& view) : view_(view) {}

  void OnSession(SessionNumber number, const storage::SessionRecord& record) override {
    index_[number] = view_.sessions.size();
    DiskSession session;
    session.client = std::atoi(record.client_id.c_str() + 1);
    session.persistent = record.expiry_s != 0;
    session.connected = record.connected;
    session.lost_ms = record.disconnected_ms;
    view_.sessions.push_back(std::move(session));
  }
  void OnDeadSession(SessionNumber) override {}
  void OnWill(SessionNumber number, std::uint32_t, storage::MessagePtr message) override {
    if (DiskSession* session = Find(number)) session->will = NumberIn(message->payload());
  }
  void OnSubscription(SessionNumber number, std::string_view filter,
                      const storage::SubscriptionRecord& record) override {
    if (DiskSession* session = Find(number)) {
      session->subscriptions.push_back({std::string(filter), static_cast<int>(record.qos)});
    }
  }
  void OnState(SessionNumber number, const storage::StateRecord& record) override {
    DiskSession* session = Find(number);
    if (session == nullptr) return;
    states_[number] = record;
    session->send_mark = record.send_mark.value();
    session->reserved_tail = record.reserved_tail.value();
    for (const auto& range : record.awaiting_pubcomp.ranges()) {
      for (std::uint64_t seq = range.first; seq <= range.last; ++seq) {
        session->awaiting.push_back(seq);
      }
    }
    for (const auto& range : record.inbound.ranges()) {
      for (std::uint32_t id = range.first; id <= range.last; ++id) {
        session->inbound.push_back(static_cast<std::uint16_t>(id));
      }
    }
  }

  void ReadQueues(storage::MemoryJournal& journal) {
    for (const auto& [number, index] : index_) ReadQueue(journal, number);
  }

 private:
  void ReadQueue(storage::MemoryJournal& journal, SessionNumber number) {
    const storage::StateRecord state = states_[number];
    std::vector<storage::JournalEvent> events;
    bool complete = false;
    storage::Seq from = state.head;
    while (!complete && view_.damage.empty()) {
      journal.ReadQueue(number, from, {.entries = 1000, .bytes = 1u << 30},
                        storage::RequestNumber{1});
      journal.AnswerNextRead();
      events.clear();
      journal.Collect(events);
      for (const storage::JournalEvent& event : events) {
        const auto* page = std::get_if<storage::Page>(&event);
        if (page == nullptr) continue;
        complete = page->complete;
        if (page->corrupt) {
          view_.damage = "a message that a session still needs is gone from the disk";
        }
        for (const storage::PageEntry& entry : page->entries) {
          from = storage::Seq{entry.seq.value() + 1};
          if (state.finished.Contains(entry.seq.value())) continue;
          Find(number)->live.push_back({entry.seq.value(), static_cast<int>(entry.header.qos),
                                        entry.header.retain, NumberIn(entry.message->payload())});
        }
      }
    }
  }

  DiskSession* Find(SessionNumber number) {
    const auto it = index_.find(number);
    return it == index_.end() ? nullptr : &view_.sessions[it->second];
  }

  DiskView& view_;
  std::map<SessionNumber, std::size_t> index_;
  std::map<SessionNumber, storage::StateRecord> states_;
};

void ReadRetained(storage::MemoryJournal& journal, const char* filter, DiskView& view) {
  std::vector<storage::JournalEvent> events;
  journal.ReadRetained({filter, {}, {.entries = 1000, .bytes = 1u << 30}},
                       storage::RequestNumber{1});
  journal.AnswerNextRead();
  journal.Collect(events);
  for (const storage::JournalEvent& event : events) {
    const auto* page = std::get_if<storage::RetainedPage>(&event);
    if (page == nullptr) continue;
    if (page->corrupt || !page->complete) view.damage = "the retained messages cannot be read";
    for (const storage::RetainedEntry& entry : page->entries) {
      view.retained.emplace(entry.message->topic(), NumberIn(entry.message->payload()));
    }
  }
}

}  // namespace

Result<storage::Recovered, storage::StoreError> WatchedJournal::Recover(
    storage::RecoverySink& sink) {
  if (!dies_after_) {
    auto recovered = journal_.Recover(sink);
    if (recovered) committed_ = recovered->last.value();
    return recovered;
  }
  DyingSink dying(sink, *dies_after_);
  (void)journal_.Recover(dying);
  return Unexpected{storage::StoreError{storage::StoreErrorKind::kIo, "killed"}};
}

Lsn WatchedJournal::Submit(std::unique_ptr<storage::Batch> batch) {
  const storage::Times times = batch->times();
  const Lsn lsn = journal_.Submit(std::move(batch));
  const Metered not_metered(false);
  contract_.OnSubmitted(lsn.value(), times.broker_ms, times.wall_ms);
  history_.Add("batch " + std::to_string(lsn.value()) + " submitted");
  return lsn;
}

void WatchedJournal::ReadQueue(SessionNumber queue, storage::Seq from, storage::PageLimits limits,
                               storage::RequestNumber request) {
  contract_.OnRead(limits.entries);
  journal_.ReadQueue(queue, from, limits, request);
}

void WatchedJournal::ReadRetained(storage::RetainedQuery query, storage::RequestNumber request) {
  contract_.OnReadRetained(query.limits.entries);
  journal_.ReadRetained(std::move(query), request);
}

void WatchedJournal::Collect(std::vector<storage::JournalEvent>& events) {
  journal_.Collect(events);
  const Metered not_metered(false);
  for (const storage::JournalEvent& event : events) {
    if (const auto* durable = std::get_if<storage::Durable>(&event)) {
      contract_.OnTold(durable->lsn.value());
    } else if (const auto* page = std::get_if<storage::RetainedPage>(&event)) {
      std::string text = "retained messages read:";
      for (const storage::RetainedEntry& entry : page->entries) {
        text += " m" + std::to_string(NumberIn(entry.message->payload()));
      }
      history_.Add(text + (page->complete ? ", all" : ""));
    }
  }
}

bool WatchedJournal::AnswerNextRead() {
  const Metered metered;  // Until it is collected a page is the broker's, too.
  return journal_.AnswerNextRead();
}

bool WatchedJournal::CommitNext() {
  if (!journal_.CommitNext()) return false;
  ++committed_;
  contract_.OnDurable(committed_);
  history_.Add("batch " + std::to_string(committed_) + " durable");
  return true;
}

DiskView Inspect(const storage::MemoryDisk& disk) {
  DiskView view;
  storage::MemoryJournal journal(storage::CopyMemoryDisk(disk),
                                 storage::MemoryJournal::Completion::kManual);
  ViewSink sink(view);
  if (!journal.Recover(sink)) {
    view.damage = "the store cannot be opened";
    return view;
  }
  sink.ReadQueues(journal);
  // A filter that begins with a wildcard does not take topics that begin with "$".
  for (const char* filter : {"#", "$x/#"}) ReadRetained(journal, filter, view);
  return view;
}

}  // namespace tallymq::sim
