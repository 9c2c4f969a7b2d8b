#include "work.h"

#include <memory>
#include <utility>
#include <vector>

#include "tallymq/storage/memory_journal.h"

namespace tallymq::storage {
namespace {

const EntryHeader kQos2{QoS::kExactlyOnce, false};
constexpr std::uint64_t kSessions = 4;

class MemoryWorld : public World {
 public:
  Result<std::unique_ptr<Journal>, StoreError> Open(Wake wake) override {
    return std::unique_ptr<Journal>(std::make_unique<MemoryJournal>(
        disk_, MemoryJournal::Completion::kAutomatic, std::move(wake)));
  }

 private:
  std::shared_ptr<MemoryDisk> disk_ = MakeMemoryDisk();
};

}  // namespace

void FillBatch(std::uint64_t i, Batch& batch) {
  batch.set_times({i * 10, i * 10});
  std::vector<Owner> owners;
  for (std::uint64_t s = 1; s <= kSessions; ++s) {
    const SessionNumber session{s};
    if (i == 1) batch.PutSession(session, MakeSession("client-" + std::to_string(s)));
    if (s == 2 && i >= 20) {
      if (i == 20) batch.EraseSession(session, "client-2");
      if (i == 25) batch.ReapSession(session);
      continue;
    }
    batch.PutSubscription(session, "filter/" + std::to_string(i % 7), {});
    batch.Append(session, Seq{2 * i - 1}, kQos2, MakeMessage("own", std::string(700 + i, 'o')));
    owners.push_back({session, Seq{2 * i}});
    StateRecord state;
    state.head = Seq{i > 3 ? 2 * (i - 3) : 1};
    state.reserved_tail = Seq{2 * i + 100};
    batch.PutState(session, state);
  }
  batch.PutMessage(MessageNumber{i}, owners, MakeMessage("all", std::string(500, 'a')));
  for (const Owner& owner : owners) {
    batch.AppendReference(owner.session, owner.seq, kQos2, MessageNumber{i});
  }
  batch.Reserve(SessionNumber{100}, MessageNumber{i + 1});
}

std::string Describe(Driver& driver) {
  std::string text = "commit " + std::to_string(driver.recovered.last.value()) + " at " +
                     std::to_string(driver.recovered.times.broker_ms) + ", next message " +
                     std::to_string(driver.recovered.next_message.value()) + "\n";
  for (const std::uint64_t dead : driver.found.dead) text += "dead " + std::to_string(dead) + "\n";
  for (const auto& [session, filter, record] : driver.found.subscriptions) {
    text += std::to_string(session) + " subscribes to " + filter + "\n";
  }
  for (const auto& [session, state] : driver.found.states) {
    text += std::to_string(session) + " from " + std::to_string(state.head.value()) + " to " +
            std::to_string(state.reserved_tail.value()) + ":";
    const Page page = driver.Read(session, state.head.value(), {1000, 1u << 30});
    if (page.corrupt || !page.complete) text += " CORRUPT";
    for (const PageEntry& entry : page.entries) {
      text += " " + std::to_string(entry.seq.value()) + "(" +
              std::to_string(entry.message->payload().size()) + ")";
    }
    text += "\n";
  }
  return text;
}

std::string Expected(std::uint64_t last) {
  MemoryWorld world;
  {
    Driver driver(world);
    for (std::uint64_t i = 1; i <= last; ++i) {
      driver.Commit([i](Batch& batch) { FillBatch(i, batch); });
    }
  }
  Driver driver(world);
  return Describe(driver);
}

}  // namespace tallymq::storage
