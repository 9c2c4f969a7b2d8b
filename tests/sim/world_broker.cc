// The broker's process: its loop, as the server turns it, and its death.

#include <utility>
#include <variant>

#include "memory_meter.h"
#include "plain.h"
#include "tallymq/mqtt/codec.h"
#include "world.h"

namespace tallymq::sim {
namespace {

constexpr std::uint64_t kReadBytes = 64 * 1024;

}  // namespace

bool World::Dies() {
  if (points_to_live_ > 0 && --points_to_live_ == 0) dead_ = true;
  return dead_;
}

void World::Start() {
  // Killed while it recovers: before the start is noted on the disk, or behind.
  while (crashes_ > 0 && random_.Chance(15)) {
    Count(Fault::kCrashInRecovery);
    const bool noted = random_.Chance(50);
    WatchedJournal journal(noted ? disk_ : storage::CopyMemoryDisk(*disk_), contract_, history_);
    journal.set_recovery_dies_after(random_.Below(20));
    broker::Broker broker(shape_.limits, journal);
    (void)broker.Start(now());
    history_.Add("killed while it recovers");
  }
  dead_ = false;
  contract_.OnStart(mono_ms_, wall_ms_);
  counted_ = {};
  history_.Add("starts");
  bool started = false;
  {
    const Metered metered;
    journal_ = std::make_unique<WatchedJournal>(disk_, contract_, history_);
    broker_ = std::make_unique<broker::Broker>(shape_.limits, *journal_);
    started = broker_->Start(now()).has_value();
  }
  if (!started) contract_.Report(Rule::kD7, "the broker does not start");
  CheckViolations();
}

void World::Crash() {
  ++crashes_;
  Count(Fault::kCrash);
  points_to_live_ = 0;
  for (const Peer& peer : peers_) open_exchanges_ += peer.open_exchanges();
  if (journal_->pending_batches() > 0) {
    if (random_.Chance(50)) {
      journal_->CommitNext();
      Count(Fault::kCrashUntold);
    } else {
      Count(Fault::kCrashUnsynced);
    }
  }
  const bool power_cut = random_.Chance(30);
  if (power_cut) Count(Fault::kPowerCut);
  history_.Add(power_cut ? "power cut" : "killed");
  broker_.reset();
  journal_.reset();
  for (auto& [conn, link] : links_) {
    // What the operating system has taken still arrives, unless it dies as well.
    link.input.clear();
    link.out.clear();
    link.up.clear();
    if (power_cut) link.down.resize(random_.Below(link.down.size() + 1));
    link.up_ends = link.down_ends = true;
    link.accepted = true;  // by nobody who lives
    link.counted_on = false;
  }
  contract_.OnCrash();
  Inspect(false);
  CheckViolations();
  if (power_cut) mono_ms_ = random_.Between(0, 10'000);
  const std::uint64_t away_ms = random_.Chance(80) ? random_.Below(50) : random_.Below(100'000);
  wall_ms_ += away_ms;
  real_ms_ += away_ms;
  if (!power_cut) mono_ms_ += away_ms;
  if (random_.Chance(30)) SetClock();
  commit_waits_ = page_waits_ = stalled_steps_ = 0;
  if (!over()) Start();
}

// ---- The loop.

void World::Turn(bool all) {
  Apply(now());
  for (auto it = links_.begin(); it != links_.end() && !dead_; ++it) {
    Link& link = it->second;
    if (!link.accepted) {
      if (!all && random_.Chance(20)) continue;
      link.accepted = link.counted_on = true;
      contract_.OnOpened(link.conn, link.client);
      Apply(broker::Connected{ConnId{link.conn}, "simulated", link.conn});
      continue;
    }
    if (!link.counted_on || link.paused || (!all && random_.Chance(25))) continue;
    Read(link, all ? kReadBytes : random_.Between(1, shape_.turn_bytes_max));
  }
  if (!dead_) {
    const Metered metered;
    broker_->Collect();
  }
  const bool reads_done = journal_->pending_reads() == 0;
  if (!dead_) Perform();
  if (!dead_ && reads_done) contract_.OnReadsDone();
  EndTurn();
  if (!Dies()) Flush();
  EndTurn();
  std::erase_if(links_, [](const auto& item) {
    const Link& link = item.second;
    return link.client_gone && link.accepted && !link.counted_on;
  });
  if (dead_ && !over()) Crash();
}

void World::EndTurn() {
  if (Dies()) return;
  {
    const Metered metered;
    broker_->EndTurn();
  }
  Perform();
}

void World::Read(Link& link, std::uint64_t bytes) {
  const std::string taken = link.up.substr(0, bytes);
  link.up.erase(0, taken.size());
  link.input += taken;
  std::size_t consumed = 0;
  while (consumed < link.input.size() && link.counted_on && !link.paused && !dead_) {
    const mqtt::DecodeResult result = mqtt::Decode(std::string_view(link.input).substr(consumed),
                                                   {mqtt::Sender::kClient, link.version, 1u << 20});
    if (std::holds_alternative<mqtt::NeedMore>(result)) break;
    const auto* decoded = std::get_if<mqtt::Decoded>(&result);
    if (decoded == nullptr) {
      contract_.Report(Rule::kProtocol, "the broker cannot decode what a client sends");
      break;
    }
    const auto* connect = std::get_if<mqtt::Connect>(&decoded->packet);
    if (connect != nullptr) link.version = connect->version;
    consumed += decoded->consumed;
    Packet packet = Plain(decoded->packet);
    contract_.OnGot(link.conn, packet);
    history_.Add(link.client, link.conn, History::At::kIn, packet);
    Apply(broker::Received{ConnId{link.conn}, decoded->packet});
  }
  link.input.erase(0, consumed);
  if (!dead_ && link.counted_on && link.up_ends && link.up.empty() && !link.paused) {
    if (!link.input.empty()) Count(Fault::kCutUpward);
    link.counted_on = false;
    contract_.OnClosed(link.conn);
    history_.Add(link.client, link.conn, "is gone");
    Apply(broker::Closed{ConnId{link.conn}});
  }
}

void World::Apply(const broker::Event& event) {
  if (const auto* tick = std::get_if<broker::Tick>(&event)) {
    contract_.OnTick(tick->monotonic_ms, tick->wall_ms);
  }
  {
    const Metered metered;
    broker_->Apply(event);
  }
  Perform(std::holds_alternative<broker::Tick>(event));
  Dies();
}

void World::TellCounted() {
  const broker::Counters& counters = broker_->counters();
  const Counted counted{.wills = counters.wills_published,
                        .expired = counters.sessions_expired,
                        .refused = counters.refused_publishes,
                        .dropped_oldest = counters.dropped_oldest,
                        .dropped_newest = counters.dropped_newest,
                        .dropped_clean = counters.dropped_clean};
  const auto tell = [&](std::uint64_t Counted::*figure, const char* words) {
    const std::uint64_t more = counted.*figure - counted_.*figure;
    if (more > 0) history_.Add(std::to_string(counted.*figure) + words + " since the start");
    return more;
  };
  tell(&Counted::wills, " wills published");
  Count(Fault::kExpired, tell(&Counted::expired, " sessions ended by themselves"));
  Count(Fault::kRefused, tell(&Counted::refused, " publishes refused"));
  const std::uint64_t oldest = tell(&Counted::dropped_oldest, " oldest messages dropped");
  const std::uint64_t newest = tell(&Counted::dropped_newest, " newest messages dropped");
  const std::uint64_t clean = tell(&Counted::dropped_clean, " messages dropped in memory");
  Count(Fault::kDroppedOldest, oldest);
  Count(Fault::kDroppedNewest, newest);
  Count(Fault::kDroppedClean, clean);
  delivery_.OnDropped(oldest + newest + clean);
  counted_ = counted;
  contract_.OnCounted(counted);
}

void World::Perform(bool tick) {
  std::vector<broker::Effect> effects = std::exchange(broker_->effects(), {});
  // As time passes connections are closed, one after the other: the will of each is published
  // before. Those that a crash left come after all of them.
  const auto tell_next = [&](std::size_t from) {
    for (std::size_t i = from; tick && i < effects.size(); ++i) {
      const auto* close = std::get_if<broker::Close>(&effects[i]);
      if (close != nullptr) return contract_.OnSilent(close->conn.value());
    }
    TellCounted();
  };
  tell_next(0);
  for (std::size_t i = 0; i < effects.size(); ++i) {
    if (Dies()) return;
    Perform(effects[i]);
    if (tick && std::holds_alternative<broker::Close>(effects[i])) tell_next(i + 1);
  }
  contract_.OnMemory(MeteredBytes());
  contract_.OnSettled(broker_->counters().dropped_qos0, broker_->busy());
  CheckViolations();
}

void World::Perform(const broker::Effect& effect) {
  if (const auto* send = std::get_if<broker::Send>(&effect)) {
    Packet packet = Plain(send->packet);
    const auto it = links_.find(send->conn.value());
    const std::size_t before = it != links_.end() ? it->second.out.size() : 0;
    if (it != links_.end()) {
      broker::Encode(*send, it->second.out);
      packet.bytes = it->second.out.size() - before;
    }
    contract_.OnSaid(send->conn.value(), packet);
    history_.Add(it != links_.end() ? it->second.client : -1, send->conn.value(), History::At::kOut,
                 packet);
  } else if (const auto* close = std::get_if<broker::Close>(&effect)) {
    contract_.OnHangup(close->conn.value());
    const auto it = links_.find(close->conn.value());
    if (it == links_.end()) return;
    Link& link = it->second;
    history_.Add(link.client, link.conn, "is closed by the broker");
    link.counted_on = false;
    link.down += link.out.substr(0, shape_.kernel_bytes);
    link.out.clear();
    link.down_ends = true;
  } else if (const auto* pause = std::get_if<broker::PauseReading>(&effect)) {
    const auto it = links_.find(pause->conn.value());
    if (it == links_.end()) return;
    Count(Fault::kPausedReading);
    it->second.paused = true;
    contract_.OnPaused(pause->conn.value(), true);
  } else if (const auto* resume = std::get_if<broker::ResumeReading>(&effect)) {
    const auto it = links_.find(resume->conn.value());
    if (it == links_.end()) return;
    it->second.paused = false;
    contract_.OnPaused(resume->conn.value(), false);
  } else if (const auto* stop = std::get_if<broker::Stop>(&effect)) {
    contract_.Report(Rule::kD7, "the broker stops: " + stop->reason);
  } else if (const auto* notice = std::get_if<broker::Notice>(&effect)) {
    const bool refused = contract_.refused(notice->conn.value());
    if (notice->level >= broker::Notice::Level::kWarning && !refused) {
      contract_.Report(Rule::kProtocol, notice->client_id + " " + notice->text);
    }
  }
}

void World::Flush() {
  for (auto it = links_.begin(); it != links_.end() && !dead_; ++it) {
    Link& link = it->second;
    if (link.out.empty()) continue;
    const std::uint64_t taken = calm_ ? kReadBytes : shape_.kernel_bytes;
    const std::size_t room = link.down.size() < taken ? taken - link.down.size() : 0;
    link.down.append(link.out, 0, room);
    link.out.erase(0, room);
    if (!link.out.empty()) {
      Count(Fault::kSlowReader);
    } else if (link.counted_on) {
      contract_.OnWritable(link.conn);
      Apply(broker::Writable{ConnId{link.conn}});
    }
  }
}

}  // namespace tallymq::sim
