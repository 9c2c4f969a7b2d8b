// See store_commands.h.

#include "store_commands.h"

#include <fmt/format.h>

#include <string>

#include "progress_bar.h"
#include "record_list.h"
#include "session_json.h"
#include "store_error.h"
#include "text.h"

namespace tallymq::tallyctl {
namespace {

Json InfoJson(const storage::StoreInfo& info) {
  const storage::Recovered& recovered = info.recovered;
  Json object;
  object["path"] = info.path;
  object["format_version"] = info.format_version;
  object["uuid"] = info.uuid;
  object["incarnation"] = info.incarnation;
  object["bytes_on_disk"] = info.bytes_on_disk;
  object["start"] = recovered.start;
  object["clean_shutdown"] = recovered.clean_shutdown;
  object["last_commit"] = recovered.last.value();
  AddTime(object, "last_commit_at", recovered.times.broker_ms, recovered.times);
  object["commit_mark"] = info.mark.value();
  object["sessions"] = info.sessions;
  object["dead_sessions"] = info.dead_sessions;
  object["subscriptions"] = info.subscriptions;
  object["retained_messages"] = recovered.retained.count;
  object["retained_bytes"] = recovered.retained.bytes;
  object["next_session"] = recovered.next_session.value();
  object["next_message"] = recovered.next_message.value();
  return object;
}

void PrintInfo(const storage::StoreInfo& info, Output& output) {
  const storage::Recovered& recovered = info.recovered;
  const auto line = [&](std::string_view label, std::string_view text) {
    output.out << Painted(output, fmt::format("{:<15}", label), Colour::kBold) << text << '\n';
  };
  line("store", Printable(info.path));
  line("identity", fmt::format("{}, incarnation {}, format {}", Printable(info.uuid),
                               info.incarnation, info.format_version));
  line("size on disk", ByteSize(info.bytes_on_disk));
  line("broker",
       fmt::format(
           "started {}, then {}",
           recovered.start == 1 ? std::string("once") : fmt::format("{} times", recovered.start),
           recovered.clean_shutdown ? "stopped cleanly" : "ended without a stop"));
  line("newest commit",
       fmt::format("{} at {}", recovered.last.value(), ReadableTime(recovered.times.wall_ms)));
  line("commit mark",
       fmt::format("{} (the store must hold at least this commit)", info.mark.value()));
  line("sessions",
       info.dead_sessions == 0
           ? WithThousands(info.sessions)
           : fmt::format("{}, and {} that ended and whose records are not removed yet",
                         WithThousands(info.sessions), WithThousands(info.dead_sessions)));
  line("subscriptions", WithThousands(info.subscriptions));
  line("retained",
       recovered.retained.count == 0
           ? std::string("no messages")
           : fmt::format("{}, {}", Counted(recovered.retained.count, "message", "messages"),
                         ByteSize(recovered.retained.bytes)));
}

}  // namespace

ExitCode StoreInfo(storage::StoreReader& store, Output& output) {
  const auto info = store.Info();
  if (!info) return Fail(output.err, info.error());
  switch (output.format) {
    case Format::kTable:
      PrintInfo(*info, output);
      break;
    case Format::kJson:
      output.out << Pretty(InfoJson(*info), 0) << '\n';
      break;
    case Format::kJsonLines:
      output.out << Compact(InfoJson(*info)) << '\n';
      break;
  }
  if (info->mark <= info->recovered.last) return ExitCode::kOk;
  // D7: acknowledged data is gone. A start of the broker is refused.
  output.err << fmt::format(
      "tallyctl: the store lacks {} that it acknowledged; restore a backup "
      "(`tallyctl store verify` says what else is wrong)\n",
      Counted(info->mark.value() - info->recovered.last.value(), "commit", "commits"));
  return ExitCode::kFinding;
}

ExitCode StoreVerify(storage::StoreReader& store, Output& output) {
  const auto list = MakeRecordList(
      output, "findings",
      {{"WHERE", Column::Fit::kLeft,
        [](const Json& f) {
          return Cell{Printable(f["where"].get<std::string>()), Colour::kRed};
        }},
       {"WHAT IS WRONG", Column::Fit::kLeft,
        [](const Json& f) { return Cell{Printable(f["what"].get<std::string>())}; }}});
  ProgressBar bar(output.err, output.progress);
  std::uint64_t findings = 0;
  const auto verified = store.Verify(
      [&](const storage::Finding& finding) {
        bar.Clear();
        list->Add({{"where", finding.where}, {"what", finding.what}});
        ++findings;
      },
      [&](double share) { bar.Set(share); });
  bar.Clear();
  Json rest = {{"finding_count", findings}, {"complete", verified.has_value()}};
  if (verified) rest["records_checked"] = *verified;
  list->End(rest);
  if (output.format == Format::kJsonLines) output.out << Compact(rest) << '\n';
  if (!verified) return Fail(output.err, verified.error());
  if (output.format == Format::kTable) {
    const std::string checked = Counted(*verified, "record", "records");
    output.out << (findings == 0 ? fmt::format("{} checked, nothing is wrong.\n", checked)
                                 : fmt::format("{} checked, {}.\n", checked,
                                               Counted(findings, "finding", "findings")));
  }
  return findings == 0 ? ExitCode::kOk : ExitCode::kFinding;
}

}  // namespace tallymq::tallyctl
