#include "report.h"

#include <fmt/format.h>

#include <algorithm>

namespace tallymq::crash {

namespace {

double Share(const RunReport& report, std::size_t state) {
  return report.kills == 0 ? 0 : 100.0 * report.kills_in_state[state] / report.kills;
}

bool StatesMet(const RunReport& report, int qos) {
  const HandshakeSet wanted = HandshakesOf(qos);
  for (std::size_t i = 0; i < kHandshakes; ++i) {
    if (wanted.test(i) && Share(report, i) < kStateShareMin) return false;
  }
  return true;
}

bool AllHappened(const RunReport& report) {
  return std::all_of(report.tallies.begin(), report.tallies.end(),
                     [](const Tally& tally) { return tally.enough(); });
}

}  // namespace

bool Passed(const RunReport& report, int qos) {
  return report.faults.none() && report.disagreed == 0 && report.kills > 0 &&
         report.acknowledged > 0 && StatesMet(report, qos) &&
         report.in_flight_mean() >= kInFlightMin && AllHappened(report);
}

std::string Print(const RunReport& report, int qos) {
  std::string text =
      fmt::format("{:<46}{:>6}{:>7}\n", "state of an exchange at the kill", "kills", "share");
  const HandshakeSet wanted = HandshakesOf(qos);
  for (std::size_t i = 0; i < kHandshakes; ++i) {
    if (!wanted.test(i)) continue;
    const double share = Share(report, i);
    text += fmt::format("{:<46}{:>6}{:>6.0f}%{}\n", Describe(static_cast<Handshake>(i)),
                        report.kills_in_state[i], share, share < kStateShareMin ? "  too few" : "");
  }
  text +=
      fmt::format("\n{} kills in {:.0f} s, {} connections, {:.0f} messages in flight at a kill{}\n",
                  report.kills, report.seconds, report.connections, report.in_flight_mean(),
                  report.in_flight_mean() < kInFlightMin ? " (too few)" : "");
  text += fmt::format(
      "{} messages published, {} delivered, {} repeated as QoS 1 and lost answers allow\n\n",
      report.published, report.delivered, report.repetitions);
  for (const Tally& tally : report.tallies) {
    text += fmt::format("{:<46}{:>7}{}\n", tally.what, tally.count,
                        tally.enough() ? "" : fmt::format("  too few, at least {}", tally.least));
  }
  if (!report.tallies.empty()) text += "\n";
  for (const std::string& note : report.notes) text += note + "\n";
  if (!report.notes.empty()) text += "\n";
  for (const std::string& sentence : report.faults.sentences) text += sentence + "\n";
  if (!report.faults.sentences.empty()) text += "\n";
  text += fmt::format(
      "messages acknowledged {}\nlost {}\nduplicated {}\nreordered {}\ntallyctl disagreed {}\n",
      report.acknowledged, report.faults.lost, report.faults.duplicated, report.faults.reordered,
      report.disagreed);
  if (report.faults.by_client > 0) {
    text += fmt::format("reordered by the publishers themselves {}\n", report.faults.by_client);
  }
  if (report.faults.other > 0) text += fmt::format("other faults {}\n", report.faults.other);
  text += Passed(report, qos) ? "passed\n" : "FAILED\n";
  return text;
}

}  // namespace tallymq::crash
