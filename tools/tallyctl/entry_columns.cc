// See entry_columns.h.

#include "entry_columns.h"

#include <string>

#include "exchange.h"
#include "message_columns.h"

namespace tallymq::tallyctl {
namespace {

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

}  // namespace

std::vector<Column> EntryColumns(bool payload) {
  using Fit = Column::Fit;
  std::vector<Column> columns = {
      {"ENTRY", Fit::kRight, NumberIn("seq")},
      {"PACKET ID", Fit::kRight, NumberIn("packet_id")},
      {"QOS", Fit::kRight, NumberIn("qos")},
      {"STATE", Fit::kLeft, StateCell},
      {"BYTES", Fit::kRight, NumberIn("payload_bytes")},
      TopicColumn(),
  };
  if (payload) columns.push_back(PayloadColumn());
  return columns;
}

}  // namespace tallymq::tallyctl
