#include "tallymq/broker/broker.h"

#include <utility>

#include "core.h"
#include "tallymq/base/assert.h"

namespace tallymq::broker {

Broker::Broker(const Limits& limits, storage::Journal& journal)
    : journal_(journal), core_(std::make_unique<Core>(limits, effects_)) {}

Broker::~Broker() = default;

Result<storage::Recovered, storage::StoreError> Broker::Start(const Tick& now) {
  auto recovered = journal_.Recover(*core_);
  if (recovered) core_->Start(*recovered, now);
  return recovered;
}

void Broker::Apply(const Event& event) {
  std::visit(
      [this](const auto& concrete) {
        if constexpr (requires { core_->Apply(concrete); }) core_->Apply(concrete);
      },
      event);
  Read();
}

void Broker::Collect() {
  journal_.Collect(journal_events_);
  for (storage::JournalEvent& event : journal_events_) {
    std::visit([this](auto& concrete) { core_->Apply(std::move(concrete)); }, event);
  }
  journal_events_.clear();
  core_->ReleaseSome();
  Read();
}

bool Broker::busy() const { return !core_->context().releasing.empty(); }

void Broker::Read() {
  for (const ReadQueue& read : core_->context().reads) {
    journal_.ReadQueue(read.queue, read.from, read.limits, read.request);
  }
  core_->context().reads.clear();
  for (ReadRetained& read : core_->context().retained_reads) {
    journal_.ReadRetained(std::move(read.query), read.request);
  }
  core_->context().retained_reads.clear();
}

void Broker::EndTurn() {
  if (!core_->batch_due()) return;
  const Lsn expected = core_->context().commit.lsn();
  const Lsn lsn = journal_.Submit(core_->CloseBatch());
  TALLYMQ_ASSERT(lsn == expected);
}

std::uint64_t Broker::next_tick_ms() const { return core_->next_tick_ms(); }

const Counters& Broker::counters() const { return core_->context().counters; }

bool Broker::commit_pending() const {
  const Commit& commit = core_->context().commit;
  return commit.in_flight() || commit.urgent();
}

}  // namespace tallymq::broker
