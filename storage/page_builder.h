// Pages of a queue from its records: what journals and the store reader do alike.

#pragma once

#include <string_view>

#include "finished_table.h"
#include "format.h"
#include "tallymq/storage/journal.h"

namespace tallymq::storage {

// Fills a page, entry by entry, within its limits. The page gets entries in the order of `Add`.
class PageBuilder {
 public:
  PageBuilder(Page& page, PageLimits limits, const FinishedTable* finished)
      : page_(page), limits_(limits), finished_(finished) {}

  // No further entry fits.
  [[nodiscard]] bool full() const {
    return !page_.entries.empty() &&
           (page_.entries.size() >= limits_.entries || bytes_ >= limits_.bytes);
  }

  // Takes the next record of `q`. `body(number, use)` finds the stored body `number` and calls
  // `use(value)` with it, or returns false if there is none. Returns false, and marks the page as
  // corrupt, if the entry does not decode, or its body is missing although the entry is not
  // finished.
  template <typename FindBody>
  bool Add(std::string_view key, std::string_view value, FindBody&& body) {
    const auto owner = DecodeEntryKey(key);
    const auto entry = DecodeEntry(value);
    if (!owner || !entry) return Damaged();
    if (entry->number.value() == 0) {
      Push(*owner, entry->header, entry->message);
      return true;
    }
    bool decoded = true;
    const bool found = body(entry->number, [&](std::string_view stored) {
      const auto view = DecodeBody(stored);
      decoded = view.has_value();
      if (decoded) Push(*owner, entry->header, view->message);
    });
    if (found) return decoded || Damaged();
    // Compaction drops a body only after its last owner counts as finished here.
    const bool finished = finished_ != nullptr &&
                          finished_->FirstUnfinished(owner->session, owner->seq) != owner->seq;
    return finished || Damaged();
  }

 private:
  bool Damaged() {
    page_.corrupt = true;
    return false;
  }
  void Push(const Owner& owner, const EntryHeader& header, const MessageView& message) {
    page_.entries.push_back(PageEntry{owner.seq, header, message.Make()});
    bytes_ += page_.entries.back().message->footprint();
  }

  Page& page_;
  PageLimits limits_;
  const FinishedTable* finished_;
  std::size_t bytes_ = 0;
};

}  // namespace tallymq::storage
