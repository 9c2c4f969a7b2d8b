// See entry_columns.h.

#include "entry_columns.h"

#include <string>

#include "exchange.h"
#include "text.h"

namespace tallymq::tallyctl {
namespace {

auto NumberIn(const char* name) {
  return [name](const Json& entry) {
    if (!entry.contains(name)) return Cell{"-"};
    return Cell{std::to_string(entry[name].get<std::uint64_t>())};
  };
}

Cell StateCell(const Json& entry) {
  for (const Exchange exchange :
       {Exchange::kWaiting, Exchange::kAwaitingPuback, Exchange::kAwaitingPubrec,
        Exchange::kAwaitingPubcomp, Exchange::kFinished}) {
    if (entry["state"] == NameOf(exchange)) {
      return {std::string(WordsFor(exchange)), ColourOf(exchange)};
    }
  }
  return {"?"};
}

Cell TopicCell(const Json& entry) {
  if (!entry.contains("topic")) return {"-"};
  return {Printable(entry["topic"].get<std::string>())};
}

Cell PayloadCell(const Json& entry) {
  if (!entry.contains("payload")) return {"-"};
  const auto payload = entry["payload"].get<std::string>();
  if (entry["payload_encoding"] == "base64") return {"base64:" + payload};
  return {Printable(payload)};
}

}  // namespace

std::vector<Column> EntryColumns(bool payload) {
  using Fit = Column::Fit;
  std::vector<Column> columns = {
      {"ENTRY", Fit::kRight, NumberIn("seq")},
      {"PACKET ID", Fit::kRight, NumberIn("packet_id")},
      {"QOS", Fit::kRight, NumberIn("qos")},
      {"STATE", Fit::kLeft, StateCell},
      {"BYTES", Fit::kRight, NumberIn("payload_bytes")},
      {"TOPIC", Fit::kShorten, TopicCell},
  };
  if (payload) columns.push_back({"PAYLOAD", Fit::kShorten, PayloadCell});
  return columns;
}

}  // namespace tallymq::tallyctl
