// See session_text.h.

#include "session_text.h"

#include <fmt/format.h>

#include <vector>

#include "entry_columns.h"
#include "message_columns.h"
#include "table.h"
#include "text.h"

namespace tallymq::tallyctl {
namespace {

std::uint64_t Unsigned(const Json& value) { return value.get<std::uint64_t>(); }

std::string Quoted(const Json& text) {
  return fmt::format("\"{}\"", Printable(text.get<std::string>()));
}

// "3, 9-12" from ascending numbers.
std::string Ranges(const Json& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t last = i;
    while (last + 1 < numbers.size() &&
           Unsigned(numbers[last + 1]) == Unsigned(numbers[last]) + 1) {
      ++last;
    }
    if (!text.empty()) text += ", ";
    text += std::to_string(Unsigned(numbers[i]));
    if (last > i) text += fmt::format("-{}", Unsigned(numbers[last]));
    i = last + 1;
  }
  return text;
}

std::string ConnectionText(const Json& session) {
  if (session["connected"].get<bool>()) return "connected when the broker ended";
  const std::optional<std::string> since = OfflineSince(session);
  return since ? fmt::format("offline since {}", *since)
               : "offline; its connection ended with an earlier start of the broker";
}

// How far the retained messages that a SUBSCRIBE asked for have been queued.
Cell DeliveryCell(const Json& subscription) {
  const Json& delivery = subscription["retained_delivery"];
  if (delivery.is_null()) return {"-"};
  if (delivery["last_topic"].is_null()) return {"to be queued", Colour::kYellow};
  return {fmt::format("queued up to {}", Quoted(delivery["last_topic"])), Colour::kYellow};
}

// What 5.0 adds to a subscription: "no local, id 7".
Cell OptionsCell(const Json& subscription) {
  std::string text;
  const auto add = [&text](std::string_view word) {
    if (!text.empty()) text += ", ";
    text += word;
  };
  if (subscription["no_local"].get<bool>()) add("no local");
  if (subscription["retain_as_published"].get<bool>()) add("retain as published");
  const std::uint64_t handling = Unsigned(subscription["retain_handling"]);
  if (handling != 0) add(fmt::format("retain handling {}", handling));
  const Json& id = subscription["subscription_id"];
  if (!id.is_null()) add(fmt::format("id {}", Unsigned(id)));
  return {text.empty() ? "-" : text};
}

class SessionText : public RecordList {
 public:
  explicit SessionText(Output& output) : output_(output) {}
  void Add(const Json& session) override;
  void End(const Json&) override {}

 private:
  void Line(std::string_view label, std::string_view text);
  void Heading(std::string_view text);
  void Subscriptions(const Json& subscriptions);
  void Outgoing(const Json& outgoing);
  void Incoming(const Json& incoming);
  void Will(const Json& will);

  Output& output_;
  bool first_ = true;
};

void SessionText::Add(const Json& session) {
  if (!first_) output_.out << '\n';
  first_ = false;
  output_.out << Painted(output_, "Session " + Quoted(session["client_id"]), Colour::kBold) << '\n';
  Line("state", ConnectionText(session));
  Line("protocol", fmt::format("MQTT {}", ProtocolText(session)));
  if (!session["user_name"].is_null()) Line("user name", Quoted(session["user_name"]));
  Line("expires", session["expiry_s"].is_null()
                      ? "never"
                      : fmt::format("{} s after it goes offline", Unsigned(session["expiry_s"])));
  Line("number", fmt::format("{} (epoch {}, last written by start {} of the broker)",
                             Unsigned(session["session"]), Unsigned(session["epoch"]),
                             Unsigned(session["start"])));
  Subscriptions(session["subscriptions"]);
  Outgoing(session["outgoing"]);
  Incoming(session["incoming"]);
  if (!session["will"].is_null()) Will(session["will"]);
}

void SessionText::Line(std::string_view label, std::string_view text) {
  output_.out << fmt::format("  {:<10}  {}\n", label, text);
}

void SessionText::Heading(std::string_view text) {
  output_.out << "\n  " << Painted(output_, text, Colour::kBold) << '\n';
}

void SessionText::Subscriptions(const Json& subscriptions) {
  Heading(Counted(subscriptions.size(), "subscription", "subscriptions"));
  std::vector<Column> columns = {{"QOS", Column::Fit::kRight, NumberIn("qos")},
                                 {"FILTER", Column::Fit::kShorten, [](const Json& s) {
                                    return Cell{Printable(s["filter"].get<std::string>())};
                                  }}};
  bool under_way = false;
  bool options = false;
  for (const Json& s : subscriptions) {
    under_way = under_way || !s["retained_delivery"].is_null();
    options = options || OptionsCell(s).text != "-";
  }
  if (options) columns.push_back({"OPTIONS", Column::Fit::kLeft, OptionsCell});
  if (under_way) columns.push_back({"RETAINED MESSAGES", Column::Fit::kShorten, DeliveryCell});
  Table table(output_, std::move(columns), 2);
  for (const Json& subscription : subscriptions) table.Add(subscription);
  table.End();
}

void SessionText::Outgoing(const Json& outgoing) {
  const std::uint64_t waiting = Unsigned(outgoing["waiting"]);
  const bool exact = outgoing["waiting_exact"].get<bool>();
  Heading(fmt::format("to the client: {} in flight, {}{} waiting",
                      WithThousands(InFlight(outgoing)), exact ? "" : "more than ",
                      WithThousands(waiting)));
  const std::uint64_t head = Unsigned(outgoing["head"]);
  const std::uint64_t floor = Unsigned(outgoing["floor"]);
  const std::uint64_t send_mark = Unsigned(outgoing["send_mark"]);
  Line("head", fmt::format("{} (first entry without PUBACK or PUBREC)", head));
  if (floor != head) Line("floor", fmt::format("{} (first entry not complete)", floor));
  Line("send mark", fmt::format("{} ({})", send_mark,
                                send_mark < head ? "no entry from the head on has been sent"
                                                 : "entries up to here may have been sent"));
  Line("next start",
       fmt::format("numbers entries from {} on", Unsigned(outgoing["reserved_tail"])));
  const Json& in_flight = outgoing["in_flight"];
  if (in_flight.empty()) return;
  bool payload = false;
  for (const Json& entry : in_flight) payload = payload || entry.contains("payload");
  Table table(output_, EntryColumns(payload), 2);
  for (const Json& entry : in_flight) table.Add(entry);
  table.End();
}

void SessionText::Incoming(const Json& incoming) {
  const std::uint64_t count = Unsigned(incoming["awaiting_pubrel"]);
  Heading(fmt::format(
      "from the client: {} PUBREL",
      count == 1 ? "1 QoS 2 message awaits" : Counted(count, "", "QoS 2 messages await")));
  if (count > 0) Line("packet ids", Ranges(incoming["packet_ids"]));
}

void SessionText::Will(const Json& will) {
  Heading("will, published when the connection ends without DISCONNECT");
  std::vector<Column> columns = {
      {"QOS", Column::Fit::kRight, NumberIn("qos")},
      {"RETAIN", Column::Fit::kLeft,
       [](const Json& w) { return Cell{w["retain"].get<bool>() ? "yes" : "no"}; }},
      {"DELAY", Column::Fit::kRight,
       [](const Json& w) { return Cell{fmt::format("{} s", Unsigned(w["delay_s"]))}; }},
      {"BYTES", Column::Fit::kRight, NumberIn("payload_bytes")},
      TopicColumn(),
  };
  if (will.contains("payload")) columns.push_back(PayloadColumn());
  Table table(output_, std::move(columns), 2);
  table.Add(will);
  table.End();
}

}  // namespace

std::unique_ptr<RecordList> MakeSessionText(Output& output) {
  return std::make_unique<SessionText>(output);
}

std::optional<std::string> OfflineSince(const Json& session) {
  const Json& at_ms = session["disconnected_at_ms"];
  if (at_ms.is_null()) return std::nullopt;
  return ReadableTime(Unsigned(at_ms));
}

std::string ProtocolText(const Json& session) {
  const Json& name = session["protocol"];
  if (name.is_null()) return fmt::format("level {}", Unsigned(session["protocol_level"]));
  return name.get<std::string>();
}

std::uint64_t InFlight(const Json& outgoing) {
  return Unsigned(outgoing["awaiting_puback"]) + Unsigned(outgoing["awaiting_pubrec"]) +
         Unsigned(outgoing["awaiting_pubcomp"]);
}

}  // namespace tallymq::tallyctl
