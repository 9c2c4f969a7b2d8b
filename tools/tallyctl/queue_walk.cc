// See queue_walk.h.

#include "queue_walk.h"

#include <fmt/format.h>

namespace tallymq::tallyctl {

Result<Void, storage::StoreError> WalkQueue(
    storage::StoreReader& store, storage::SessionNumber queue, storage::Seq from,
    const std::function<bool(const storage::PageEntry&)>& visit) {
  while (true) {
    const auto page = store.ReadQueue(queue, from, storage::PageLimits{});
    if (!page) return Unexpected{page.error()};
    for (const storage::PageEntry& entry : page->entries) {
      if (!visit(entry)) return Void{};
      from = storage::Seq{entry.seq.value() + 1};
    }
    if (page->corrupt) {
      return Unexpected{storage::StoreError{
          storage::StoreErrorKind::kCorrupt,
          fmt::format("the queue of session number {} cannot be read from entry {} on: it is "
                      "damaged; `tallyctl store verify` lists what is wrong",
                      queue.value(), from.value())}};
    }
    if (page->complete || page->entries.empty()) return Void{};
  }
}

}  // namespace tallymq::tallyctl
