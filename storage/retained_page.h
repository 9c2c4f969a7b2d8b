// Pages of retained messages from their records: what journals and the store reader do alike.

#pragma once

#include <cstdint>
#include <string>

#include "format.h"
#include "retained_walk.h"
#include "tallymq/storage/journal.h"

namespace tallymq::storage {

// Keys that one page looks at, matching or not: a filter that matches little must not hold the
// reader up.
inline constexpr std::uint32_t kRetainedKeysPerPage = 4096;

// Fills `page` from `rows`, which has
//   Seek(key)   to the first key not below `key`
//   valid(), key(), value(), Next()
template <typename Rows>
void FillRetainedPage(Rows& rows, const RetainedQuery& query, RetainedPage& page) {
  const RetainedWalk walk(query.filter, query.dollar_topics);
  std::string last;
  if (query.after.empty()) {
    rows.Seek(walk.Begin());
  } else {
    last = MakeRetainedKey(query.after);
    last.push_back('\0');  // the first key behind it
    rows.Seek(last);
    last.pop_back();
  }
  std::size_t bytes = 0;
  for (std::uint32_t seen = 0; rows.valid(); ++seen) {
    const auto step = walk.Examine(rows.key());
    if (step.verdict == RetainedWalk::Verdict::kEnd) {
      page.complete = true;
      break;
    }
    const bool full = page.entries.size() >= query.limits.entries || bytes >= query.limits.bytes;
    if (seen == kRetainedKeysPerPage || (full && !page.entries.empty())) break;
    last.assign(rows.key());
    if (step.verdict == RetainedWalk::Verdict::kSeek) {
      rows.Seek(step.target);
      continue;
    }
    if (step.verdict == RetainedWalk::Verdict::kMatch) {
      const auto view = DecodeRetained(rows.value());
      if (!view) {
        page.corrupt = true;
        break;
      }
      page.entries.push_back(
          RetainedEntry{view->set, Message::Make(view->header, TopicOfRetainedKey(rows.key()),
                                                 view->properties, view->payload)});
      bytes += page.entries.back().message->footprint();
    }
    rows.Next();
  }
  if (!rows.valid()) page.complete = true;
  page.after = TopicOfRetainedKey(last);
}

}  // namespace tallymq::storage
