// What the journal's threads have to tell the loop thread.

#pragma once

#include <iterator>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tallymq/storage/journal.h"

namespace tallymq::storage {

// Events come out in the order in which they went in, and none after `JournalHealth{kDoubtful}`:
// once the fate of a write is in doubt, nothing more is acknowledged (D7). Any thread may push.
class EventQueue {
 public:
  explicit EventQueue(Wake wake) : wake_(std::move(wake)) {}

  void Push(JournalEvent event) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return;
      if (const auto* health = std::get_if<JournalHealth>(&event)) {
        closed_ = health->health == Health::kDoubtful;
      } else if (const auto* commit = std::get_if<Durable>(&event)) {
        durable_ = commit->lsn;
      }
      events_.push_back(std::move(event));
      if (events_.size() > 1) return;  // the loop has been woken for the first one
    }
    if (wake_) wake_();
  }

  // A write has failed or may have failed.
  void Doubt(const StoreError& error) {
    Push(JournalHealth{Health::kDoubtful,
                       error.message +
                           "; nothing is acknowledged any more, the next start serves what the "
                           "disk holds",
                       error.kind});
  }

  void Collect(std::vector<JournalEvent>& events) {
    const std::lock_guard lock(mutex_);
    std::move(events_.begin(), events_.end(), std::back_inserter(events));
    events_.clear();
  }

  // The newest commit that was pushed. A page that names it comes out behind it.
  [[nodiscard]] Lsn durable() const {
    const std::lock_guard lock(mutex_);
    return durable_;
  }
  // Before the first commit of this process.
  void set_durable(Lsn lsn) { durable_ = lsn; }

  // The last event is in.
  [[nodiscard]] bool closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

 private:
  const Wake wake_;
  mutable std::mutex mutex_;
  std::vector<JournalEvent> events_;
  Lsn durable_;
  bool closed_ = false;
};

}  // namespace tallymq::storage
