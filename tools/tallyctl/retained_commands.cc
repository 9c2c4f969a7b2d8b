// See retained_commands.h.

#include "retained_commands.h"

#include <fmt/format.h>

#include <optional>

#include "message_columns.h"
#include "message_json.h"
#include "record_list.h"
#include "retained_pages.h"
#include "session_json.h"
#include "store_error.h"
#include "text.h"

namespace tallymq::tallyctl {
namespace {

Json RetainedJson(const storage::RetainedEntry& entry, const storage::Times& times, bool payload) {
  Json object;
  object["number"] = entry.set.value();
  AddTime(object, "published_at", entry.message->published_ms(), times);
  object["qos"] = static_cast<int>(entry.message->qos());
  AddBody(object, *entry.message, payload);
  return object;
}

std::string TimeText(const Json& retained) {
  return ReadableTime(retained["published_at_ms"].get<std::uint64_t>());
}

std::vector<Column> RetainedColumns(bool payload) {
  using Fit = Column::Fit;
  std::vector<Column> columns = {
      TopicColumn(),
      {"QOS", Fit::kRight, NumberIn("qos")},
      {"BYTES", Fit::kRight, NumberIn("payload_bytes")},
      {"PUBLISHED AT", Fit::kLeft, [](const Json& r) { return Cell{TimeText(r)}; }},
  };
  if (payload) columns.push_back(PayloadColumn());
  return columns;
}

// For people, one message.
void Print(const Json& retained, Output& output) {
  const auto line = [&](std::string_view label, std::string_view text) {
    output.out << Painted(output, fmt::format("{:<26}", label), Colour::kBold) << text << '\n';
  };
  line("topic", Printable(retained["topic"].get<std::string>()));
  line("QoS", std::to_string(retained["qos"].get<int>()));
  line("published at", TimeText(retained));
  if (!retained["expiry_s"].is_null()) {
    line("expires", fmt::format("{} s after that", retained["expiry_s"].get<std::uint64_t>()));
  }
  for (const Json& property : retained["properties"]) {
    const Json& value = property["value"];
    std::string text = value.is_string() ? Printable(value.get<std::string>()) : value.dump();
    if (property.contains("encoding")) text = "base64:" + text;
    if (property.contains("name")) {
      text = Printable(property["name"].get<std::string>()) + ": " + text;
    }
    line(property["property"].get<std::string>(), text);
  }
  line("bytes", WithThousands(retained["payload_bytes"].get<std::uint64_t>()));
  line("payload", PayloadCell(retained).text);
}

// Counts as a `RecordList` would list: one record of `count` and `payload_bytes`.
void PrintCount(std::uint64_t count, std::uint64_t payload_bytes, Output& output) {
  const Json counts = {{"count", count}, {"payload_bytes", payload_bytes}};
  switch (output.format) {
    case Format::kTable:
      output.out << fmt::format("{}, {} of payload\n",
                                Counted(count, "retained message", "retained messages"),
                                ByteSize(payload_bytes));
      break;
    case Format::kJson:
      output.out << Pretty(counts, 0) << '\n';
      break;
    case Format::kJsonLines:
      output.out << Compact(counts) << '\n';
      break;
  }
}

}  // namespace

ExitCode RetainedLs(storage::StoreReader& store, const RetainedLsOptions& options, Output& output) {
  const auto meta = store.Meta();
  if (!meta) return Fail(output.err, meta.error());
  const auto list = options.count
                        ? nullptr
                        : MakeRecordList(output, "retained", RetainedColumns(options.payload));
  std::uint64_t count = 0;
  std::uint64_t payload_bytes = 0;
  const auto walked =
      WalkRetained(store, options.filter, options.all, [&](const storage::RetainedEntry& entry) {
        ++count;
        payload_bytes += entry.message->payload().size();
        if (list != nullptr) list->Add(RetainedJson(entry, meta->times, options.payload));
        return static_cast<bool>(output.out);  // nobody reads on
      });
  if (list != nullptr) list->End({{"count", count}, {"payload_bytes", payload_bytes}});
  if (!walked) return Fail(output.err, walked.error());
  if (list == nullptr) {
    PrintCount(count, payload_bytes, output);
  } else if (output.format == Format::kTable && count == 0) {
    output.out << "There is no retained message that the filter matches.\n";
  }
  return ExitCode::kOk;
}

ExitCode RetainedGet(storage::StoreReader& store, const RetainedGetOptions& options,
                     Output& output) {
  const auto meta = store.Meta();
  if (!meta) return Fail(output.err, meta.error());
  std::optional<storage::RetainedEntry> found;
  // A topic is a filter that matches itself alone.
  const auto walked =
      WalkRetained(store, options.topic, false, [&](const storage::RetainedEntry& entry) {
        found = entry;
        return false;
      });
  if (!walked) return Fail(output.err, walked.error());
  if (!found) {
    output.err << "tallyctl: the store has no retained message of topic \""
               << Printable(options.topic)
               << "\"; `tallyctl retained ls --all` lists those that it has\n";
    return ExitCode::kFinding;
  }
  if (options.raw) {
    output.out << found->message->payload();
    return ExitCode::kOk;
  }
  const Json retained = RetainedJson(*found, meta->times, true);
  switch (output.format) {
    case Format::kTable:
      Print(retained, output);
      break;
    case Format::kJson:
      output.out << Pretty(retained, 0) << '\n';
      break;
    case Format::kJsonLines:
      output.out << Compact(retained) << '\n';
      break;
  }
  return ExitCode::kOk;
}

}  // namespace tallymq::tallyctl
