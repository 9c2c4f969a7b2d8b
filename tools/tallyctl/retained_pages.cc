// See retained_pages.h.

#include "retained_pages.h"

#include <fmt/format.h>

#include <utility>

namespace tallymq::tallyctl {

Result<Void, storage::StoreError> WalkRetained(
    storage::StoreReader& store, const std::string& filter, bool dollar_topics,
    const std::function<bool(const storage::RetainedEntry&)>& visit) {
  storage::RetainedQuery query;
  query.filter = filter;
  query.dollar_topics = dollar_topics;
  while (true) {
    auto page = store.ReadRetained(query);
    if (!page) return Unexpected{page.error()};
    for (const storage::RetainedEntry& entry : page->entries) {
      if (!visit(entry)) return Void{};
    }
    if (page->corrupt) {
      return Unexpected{storage::StoreError{
          storage::StoreErrorKind::kCorrupt,
          fmt::format("the retained messages cannot be read from topic \"{}\" on: the store is "
                      "damaged; `tallyctl store verify` lists what is wrong",
                      page->after)}};
    }
    // A page may hold nothing and not be the last: it looks at a bounded number of topics.
    if (page->complete) return Void{};
    query.after = std::move(page->after);
  }
}

}  // namespace tallymq::tallyctl
