#include "report.h"

#include <fmt/format.h>

#include <algorithm>

namespace tallymq::sim {
namespace {

double Share(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(std::max<std::uint64_t>(whole, 1));
}

}  // namespace

void Tally::Add(const Figures& figures) {
  ++seeds;
  clients += figures.clients;
  packets += figures.packets;
  crashes += figures.crashes;
  open_exchanges += figures.open_exchanges;
  for (std::size_t i = 0; i < kFaultCount; ++i) {
    faults[i] += figures.faults[i];
    fired[i] += figures.faults[i] > 0 ? 1 : 0;
  }
}

void Tally::Add(const Tally& other) {
  seeds += other.seeds;
  clients += other.clients;
  packets += other.packets;
  crashes += other.crashes;
  open_exchanges += other.open_exchanges;
  for (std::size_t i = 0; i < kFaultCount; ++i) {
    faults[i] += other.faults[i];
    fired[i] += other.fired[i];
  }
}

std::string Print(const Tally& tally, double seconds) {
  std::string text = fmt::format("{:<50}{:>12}\n", "seeds", tally.seeds);
  if (seconds > 0) {
    const double minute = static_cast<double>(tally.seeds) * 60 / seconds;
    text += fmt::format("{:<50}{:>12.0f}\n", "seeds a minute", minute);
  }
  const auto line = [&](const char* name, std::uint64_t sum, double average, const char* of) {
    text += fmt::format("{:<50}{:>12}   {:.1f} {}\n", name, sum, average, of);
  };
  line("clients", tally.clients, Share(tally.clients, tally.seeds), "a seed");
  line("packets", tally.packets, Share(tally.packets, tally.seeds), "a seed");
  line("crashes", tally.crashes, Share(tally.crashes, tally.seeds), "a seed");
  line("QoS 2 exchanges open at a crash", tally.open_exchanges,
       Share(tally.open_exchanges, tally.crashes), "a crash");
  text += "\nfaults\n";
  for (std::size_t i = 0; i < kFaultCount; ++i) {
    text += fmt::format("  {:<48}{:>12}   in {:.1f} % of the seeds\n", NameOf(Fault(i)),
                        tally.faults[i], 100 * Share(tally.fired[i], tally.seeds));
  }
  return text;
}

std::string Missing(const Tally& tally) {
  std::string missing;
  for (std::size_t i = 0; i < kFaultCount; ++i) {
    if (tally.fired[i] * 100 < tally.seeds) {
      missing += fmt::format("{}{}", missing.empty() ? "" : ", ", NameOf(Fault(i)));
    }
  }
  return missing;
}

}  // namespace tallymq::sim
