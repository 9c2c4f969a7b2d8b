#include "report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace tallymq::load {

namespace {

constexpr double kMebibyte = 1024 * 1024;

// What the phases are judged by; nothing where it is unknown.
struct Figures {
  std::optional<double> acknowledged_per_s;
  std::optional<double> delivered_per_s;
  std::optional<double> broker_cpu_us;  // for each message
  std::optional<double> own_cpu;        // share of a core
};

std::optional<double> Ratio(double value, double by) {
  return by > 0 ? std::optional{value / by} : std::nullopt;
}

Figures FiguresOf(const Options& options, const Phase& phase) {
  Figures figures;
  if (options.qos != QoS::kAtMostOnce && phase.name != "drain") {
    figures.acknowledged_per_s =
        Ratio(static_cast<double>(phase.acknowledged), phase.acknowledged_s);
  }
  if (phase.name != "fill") {
    figures.delivered_per_s = Ratio(static_cast<double>(phase.delivered), phase.delivered_s);
  }
  if (phase.broker_cpu_s) {
    figures.broker_cpu_us = Ratio(*phase.broker_cpu_s * 1e6, static_cast<double>(phase.count()));
  }
  figures.own_cpu = Ratio(phase.own_cpu_s, phase.seconds);
  return figures;
}

std::string Cell(const std::optional<double>& value, int decimals) {
  return value ? fmt::format("{:.{}f}", *value, decimals) : "-";
}

nlohmann::json Number(const std::optional<double>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

std::string_view ShapeOf(const Options& options) {
  if (options.pairs) return "pairs";
  return options.publishers == 1 ? "fan-out" : "fan-in";
}

}  // namespace

std::string Describe(const Options& options) {
  const std::uint32_t size = std::max(options.publishers, options.subscribers);
  const std::string shape = options.pairs             ? fmt::format("{} pairs", size)
                            : options.publishers == 1 ? fmt::format("fan-out 1 to {}", size)
                                                      : fmt::format("fan-in {} to 1", size);
  return fmt::format("{}, QoS {}, {} sessions{}, {} bytes, window {}", shape,
                     static_cast<int>(options.qos), options.persistent ? "persistent" : "clean",
                     options.offline ? ", subscribers offline" : "", options.payload_bytes,
                     options.window);
}

std::string PrintTable(const Options& options, const Outcome& outcome) {
  std::string text = Describe(options) + "\n\n";
  text += fmt::format("{:<6}{:>9}{:>11}{:>15}{:>11}{:>13}{:>12}{:>9}\n", "phase", "seconds",
                      "published", "acknowledged/s", "delivered", "delivered/s", "CPU us/msg",
                      "own CPU");
  for (const Phase& phase : outcome.phases) {
    const Figures figures = FiguresOf(options, phase);
    const double own = figures.own_cpu.value_or(0) * 100;
    text += fmt::format("{:<6}{:>9.2f}{:>11}{:>15}{:>11}{:>13}{:>12}{:>8.0f}%{}{}\n", phase.name,
                        phase.seconds, phase.published, Cell(figures.acknowledged_per_s, 0),
                        phase.delivered, Cell(figures.delivered_per_s, 0),
                        Cell(figures.broker_cpu_us, 2), own,
                        phase.generator_bound() ? "  generator-bound" : "",
                        phase.cut ? fmt::format("  cut, {} exchanges open", phase.open) : "");
  }
  const Faults& faults = outcome.faults;
  text += fmt::format("\nlost {}, duplicated {}, reordered {}", faults.lost, faults.duplicated,
                      faults.reordered);
  if (faults.unexpected > 0) text += fmt::format(", unexpected {}", faults.unexpected);
  text += "\n";
  if (outcome.broker_peak_bytes > 0) {
    text += fmt::format("the broker's memory: {:.1f} MiB at its peak\n",
                        static_cast<double>(outcome.broker_peak_bytes) / kMebibyte);
  }
  if (!outcome.failure.empty()) text += "ended early: " + outcome.failure + "\n";
  return text;
}

std::string PrintJson(const Options& options, const Outcome& outcome) {
  nlohmann::ordered_json phases = nlohmann::ordered_json::array();
  for (const Phase& phase : outcome.phases) {
    const Figures figures = FiguresOf(options, phase);
    phases.push_back({{"name", phase.name},
                      {"seconds", phase.seconds},
                      {"published", phase.published},
                      {"acknowledged", phase.acknowledged},
                      {"delivered", phase.delivered},
                      {"acknowledged_s", phase.acknowledged_s},
                      {"delivered_s", phase.delivered_s},
                      {"acknowledged_per_s", Number(figures.acknowledged_per_s)},
                      {"delivered_per_s", Number(figures.delivered_per_s)},
                      {"broker_cpu_us_per_message", Number(figures.broker_cpu_us)},
                      {"broker_resident_bytes", phase.broker_resident_bytes},
                      {"own_cpu", Number(figures.own_cpu)},
                      {"generator_bound", phase.generator_bound()},
                      {"open", phase.open},
                      {"cut", phase.cut}});
  }
  const nlohmann::ordered_json result{{"shape", ShapeOf(options)},
                                      {"publishers", options.publishers},
                                      {"subscribers", options.subscribers},
                                      {"qos", static_cast<int>(options.qos)},
                                      {"persistent", options.persistent},
                                      {"offline", options.offline},
                                      {"window", options.window},
                                      {"payload_bytes", options.payload_bytes},
                                      {"phases", phases},
                                      {"lost", outcome.faults.lost},
                                      {"duplicated", outcome.faults.duplicated},
                                      {"reordered", outcome.faults.reordered},
                                      {"unexpected", outcome.faults.unexpected},
                                      {"broker_peak_bytes", outcome.broker_peak_bytes},
                                      {"failure", outcome.failure}};
  return result.dump(2) + "\n";
}

}  // namespace tallymq::load
