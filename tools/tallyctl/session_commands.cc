// See session_commands.h.

#include "session_commands.h"

#include <fmt/format.h>

#include <limits>
#include <memory>
#include <optional>

#include "record_list.h"
#include "session_json.h"
#include "session_text.h"
#include "store_error.h"
#include "text.h"

namespace tallymq::tallyctl {
namespace {

using storage::StoredSession;
using storage::StoreError;

constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

Cell Number(const Json& value) { return {std::to_string(value.get<std::uint64_t>())}; }

std::vector<Column> LsColumns(bool count) {
  using Fit = Column::Fit;
  std::vector<Column> columns = {
      {"CLIENT ID", Fit::kShorten,
       [](const Json& s) { return Cell{Printable(s["client_id"].get<std::string>())}; }},
      {"LAST SEEN", Fit::kLeft,
       [](const Json& s) {
         if (s["connected"].get<bool>()) return Cell{"connected", Colour::kGreen};
         return Cell{OfflineSince(s).value_or("unknown")};
       }},
      {"MQTT", Fit::kLeft, [](const Json& s) { return Cell{ProtocolText(s)}; }},
      {"SUBS", Fit::kRight, [](const Json& s) { return Number(s["subscription_count"]); }},
  };
  if (count) {
    columns.push_back({"IN FLIGHT", Fit::kRight, [](const Json& s) {
                         return Cell{std::to_string(InFlight(s["outgoing"]))};
                       }});
    columns.push_back(
        {"WAITING", Fit::kRight, [](const Json& s) { return Number(s["outgoing"]["waiting"]); }});
  }
  columns.push_back({"AWAIT PUBREL", Fit::kRight,
                     [](const Json& s) { return Number(s["incoming"]["awaiting_pubrel"]); }});
  return columns;
}

}  // namespace

ExitCode SessionLs(storage::StoreReader& store, const SessionLsOptions& options, Output& output) {
  const auto meta = store.Meta();
  if (!meta) return Fail(output.err, meta.error());
  const auto list = MakeRecordList(output, "sessions", LsColumns(options.count));
  std::optional<StoreError> failed;
  std::uint64_t sessions = 0;
  const auto read = store.ReadSessions([&](const StoredSession& session) {
    Json summary = SessionSummary(session, *meta);
    if (options.count) {
      const QueueDetail detail{.waiting_max = kAll, .in_flight = false};
      const auto added = AddQueue(store, session, detail, summary);
      if (!added) {
        failed = added.error();
        return false;
      }
    }
    list->Add(summary);
    ++sessions;
    return true;
  });
  list->End(Json::object());
  if (failed) return Fail(output.err, *failed);
  if (!read) return Fail(output.err, read.error());
  if (output.format == Format::kTable && sessions == 0) {
    output.out << "The store has no sessions.\n";
  }
  return ExitCode::kOk;
}

ExitCode SessionShow(storage::StoreReader& store, const SessionShowOptions& options,
                     Output& output) {
  const auto meta = store.Meta();
  if (!meta) return Fail(output.err, meta.error());
  const std::unique_ptr<RecordList> list = output.format == Format::kTable
                                               ? MakeSessionText(output)
                                               : MakeRecordList(output, "sessions", {});
  const QueueDetail detail{.waiting_max = options.count ? kAll : kWaitingMax,
                           .in_flight = true,
                           .payload = options.payload};
  std::optional<StoreError> failed;
  const auto show = [&](const StoredSession& session) {
    Json all = SessionSummary(session, *meta);
    const auto added = AddQueue(store, session, detail, all);
    if (!added) {
      failed = added.error();
      return false;
    }
    AddLists(session, options.payload, all);
    list->Add(all);
    return true;
  };

  std::vector<std::string> missing;
  if (options.all) {
    const auto read = store.ReadSessions(show);
    if (!read) failed = read.error();
  } else {
    for (const std::string& client_id : options.client_ids) {
      const auto found = store.FindSession(client_id);
      if (!found) failed = found.error();
      if (found && !*found) missing.push_back(client_id);
      if (found && *found) show(**found);
      if (failed) break;
    }
  }
  list->End(Json::object());
  if (failed) return Fail(output.err, *failed);
  for (const std::string& client_id : missing) FailUnknownSession(output.err, client_id);
  return missing.empty() ? ExitCode::kOk : ExitCode::kFinding;
}

}  // namespace tallymq::tallyctl
