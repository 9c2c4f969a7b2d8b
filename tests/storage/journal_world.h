// What the tests of a journal share: a place where one can be opened, crash and be opened again,
// and a driver that waits for completions instead of sleeping.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tallymq/storage/journal.h"

namespace tallymq::storage {

// Where the stores of one test lie. Each implementation of `Journal` has one.
class World {
 public:
  virtual ~World() = default;
  virtual Result<std::unique_ptr<Journal>, StoreError> Open(Wake wake) = 0;
};

// What recovery found, for comparison. `order` has a letter for each call: s, d(ead), w(ill),
// f(ilter), t (state).
struct RecordingSink : RecoverySink {
  void OnSession(SessionNumber session, const SessionRecord& record) override {
    sessions.emplace_back(session.value(), record);
    order += 's';
  }
  void OnDeadSession(SessionNumber session) override {
    dead.push_back(session.value());
    order += 'd';
  }
  void OnWill(SessionNumber session, std::uint32_t delay_s, MessagePtr message) override {
    wills.emplace_back(session.value(), delay_s, std::move(message));
    order += 'w';
  }
  void OnSubscription(SessionNumber session, std::string_view filter,
                      const SubscriptionRecord& record) override {
    subscriptions.emplace_back(session.value(), std::string(filter), record);
    order += 'f';
  }
  void OnState(SessionNumber session, const StateRecord& record) override {
    states.emplace_back(session.value(), record);
    order += 't';
  }

  std::vector<std::pair<std::uint64_t, SessionRecord>> sessions;
  std::vector<std::uint64_t> dead;
  std::vector<std::tuple<std::uint64_t, std::uint32_t, MessagePtr>> wills;
  std::vector<std::tuple<std::uint64_t, std::string, SubscriptionRecord>> subscriptions;
  std::vector<std::pair<std::uint64_t, StateRecord>> states;
  std::string order;
};

// A journal being driven by one thread, the test's. Destroying it is a crash.
class Driver {
 public:
  // Without a journal; the test puts one in.
  Driver() = default;
  // Opens and recovers; `error` tells if that failed, and nothing else may be used then.
  explicit Driver(World& world) {
    auto opened = world.Open([this] { OnWake(); });
    if (!opened) {
      error = opened.error();
      return;
    }
    journal = std::move(*opened);
    auto result = journal->Recover(found);
    if (!result) {
      error = result.error();
      return;
    }
    recovered = *result;
  }

  // Submits what `fill` writes. Does not wait.
  Lsn Submit(const std::function<void(Batch&)>& fill) {
    auto batch = std::make_unique<Batch>();
    fill(*batch);
    return journal->Submit(std::move(batch));
  }

  // Submits and waits. False if the journal says that it failed.
  bool Commit(const std::function<void(Batch&)>& fill) { return WaitDurable(Submit(fill)); }

  // Waits until `lsn` is durable. False if the journal says that it failed.
  bool WaitDurable(Lsn lsn) {
    Wait([&] { return durable >= lsn || !health.empty(); });
    return durable >= lsn;
  }

  Page Read(std::uint64_t queue, std::uint64_t from, PageLimits limits = {}) {
    const RequestNumber request{++requests_};
    journal->ReadQueue(SessionNumber{queue}, Seq{from}, limits, request);
    Wait([&] { return !pages.empty() && pages.back().request == request; });
    return std::move(pages.back());
  }

  RetainedPage ReadRetained(const RetainedQuery& query) {
    const RequestNumber request{++requests_};
    journal->ReadRetained(query, request);
    Wait([&] { return !retained_pages.empty() && retained_pages.back().request == request; });
    return std::move(retained_pages.back());
  }

  void Wait(const std::function<bool()>& done) {
    for (;;) {
      Collect();
      if (done()) return;
      std::unique_lock lock(mutex_);
      woken_.wait(lock, [this] { return awake_; });
      awake_ = false;
    }
  }

  void Collect() {
    std::vector<JournalEvent> events;
    journal->Collect(events);
    for (JournalEvent& event : events) {
      if (auto* d = std::get_if<Durable>(&event)) {
        completions.push_back(d->lsn.value());
        durable = d->lsn;
        totals = d->retained;
        log += 'D';
        last_batch = std::move(d->batch);
      } else if (auto* page = std::get_if<Page>(&event)) {
        pages.push_back(std::move(*page));
        log += 'P';
      } else if (auto* retained = std::get_if<RetainedPage>(&event)) {
        retained_pages.push_back(std::move(*retained));
        log += 'R';
      } else {
        health.push_back(std::get<JournalHealth>(event));
        log += 'H';
      }
    }
  }

  std::unique_ptr<Journal> journal;
  std::optional<StoreError> error;
  RecordingSink found;
  Recovered recovered;
  Lsn durable;
  std::vector<std::uint64_t> completions;
  std::vector<Page> pages;
  std::vector<RetainedPage> retained_pages;
  RetainedTotals totals;  // as of the newest commit
  std::vector<JournalHealth> health;
  std::unique_ptr<Batch> last_batch;
  std::string log;  // a letter for each event: D(urable), P(age), R(etained page), H(ealth)

 private:
  void OnWake() {
    const std::lock_guard lock(mutex_);
    awake_ = true;
    woken_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable woken_;
  bool awake_ = false;
  std::uint64_t requests_ = 0;
};

inline MessagePtr MakeMessage(std::string_view topic, std::string_view payload) {
  return Message::Make({QoS::kExactlyOnce, false, 1234}, topic, {}, payload);
}

inline SessionRecord MakeSession(std::string client_id) {
  SessionRecord record;
  record.client_id = std::move(client_id);
  return record;
}

// Sequence numbers of a page, "1 2 5".
inline std::string SeqsOf(const Page& page) {
  std::string text;
  for (const PageEntry& entry : page.entries) {
    if (!text.empty()) text += ' ';
    text += std::to_string(entry.seq.value());
  }
  return text;
}

}  // namespace tallymq::storage
