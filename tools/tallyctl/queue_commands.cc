// See queue_commands.h.

#include "queue_commands.h"

#include <fmt/format.h>

#include "entry_columns.h"
#include "exchange.h"
#include "queue_walk.h"
#include "record_list.h"
#include "session_json.h"
#include "store_error.h"
#include "text.h"

namespace tallymq::tallyctl {

ExitCode QueueLs(storage::StoreReader& store, const QueueLsOptions& options, Output& output) {
  const auto meta = store.Meta();
  if (!meta) return Fail(output.err, meta.error());
  const auto found = store.FindSession(options.client_id);
  if (!found) return Fail(output.err, found.error());
  if (!*found) return FailUnknownSession(output.err, options.client_id);
  const storage::StoredSession& session = **found;
  const storage::StateRecord& state = session.state;

  const auto list = MakeRecordList(output, "entries", EntryColumns(options.payload));
  std::uint64_t listed = 0;
  std::optional<std::uint64_t> next;  // the first entry beyond the limit
  const storage::Seq from{options.from.value_or(state.head.value())};
  const auto walked = WalkQueue(store, session.number, from, [&](const storage::PageEntry& entry) {
    const Exchange exchange = ExchangeOf(state, entry.seq, entry.header.qos);
    if (exchange == Exchange::kFinished && !options.finished) return true;
    if (options.limit > 0 && listed == options.limit) {
      next = entry.seq.value();
      return false;
    }
    list->Add(EntryJson(entry, state, meta->times, options.payload));
    ++listed;
    return true;
  });
  list->End({{"client_id", session.record.client_id},
             {"session", session.number.value()},
             {"next", next ? Json(*next) : Json(nullptr)}});
  if (!walked) return Fail(output.err, walked.error());
  if (output.format != Format::kTable) return ExitCode::kOk;
  if (listed == 0) {
    output.out << (options.from ? "No entries from there on.\n" : "The queue is empty.\n");
  } else if (next) {
    output.out << fmt::format("More follow: --from {} goes on, --limit 0 lists all.\n", *next);
  }
  return ExitCode::kOk;
}

}  // namespace tallymq::tallyctl
