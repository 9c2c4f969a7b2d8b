#include "sender.h"

#include <algorithm>
#include <utility>

#include "connection.h"
#include "session.h"
#include "tallymq/base/assert.h"
#include "tallymq/base/mutant.h"
#include "tallymq/mqtt/codec.h"

namespace tallymq::broker {

using storage::EntryHeader;
using storage::MessagePtr;
using storage::Seq;

namespace {

// Bound of the exchanges that await PUBCOMP, those of earlier connections included, and so of the
// state record. [design 9.4]
constexpr std::uint64_t kAwaitingMax = 4096;
constexpr std::uint64_t kTailStride = 1024;

std::uint64_t MarkStride(const Limits& limits) {
  return std::max<std::uint64_t>(64, 2ull * limits.inflight_max);
}

Seq Next(Seq seq) { return Seq{seq.value() + 1}; }

// Bytes of its PUBLISH to a 5.0 client, without an alias.
std::size_t PublishBytes(const EntryHeader& header, const storage::Message& message) {
  std::vector<std::uint32_t> ids;
  for (std::size_t i = 0; i < header.subscriptions.size(); ++i) {
    ids.push_back(header.subscriptions[i]);
  }
  return mqtt::PublishSize({.qos = header.qos,
                            .topic = mqtt::TopicName::Known(message.topic()),
                            .packet_id = PacketId{1},
                            .properties = message.properties(),
                            .payload = message.payload()},
                           mqtt::Version::k50,
                           {.message_expiry_s = message.expiry_s(), .subscription_ids = ids});
}

}  // namespace

void ReserveAhead(Session& session, Commit& commit, const Limits& limits) {
  if (session.filters.empty()) return;
  storage::StateRecord& state = session.state;
  const std::uint64_t stride = MarkStride(limits);
  if (session.sender && state.send_mark.value() < session.sent.value() + stride / 2) {
    state.send_mark = Seq{session.sent.value() + stride};
    session.position = commit.lsn();
  }
  if (state.reserved_tail.value() < session.next_seq.value() + kTailStride / 2) {
    state.reserved_tail = Seq{session.next_seq.value() + kTailStride};
  }
}

Seq TakeSeq(Session& session, Commit& commit) {
  const Seq seq = session.next_seq;
  session.next_seq = Next(seq);
  if (session.persistent() && seq >= session.state.reserved_tail) {
    session.state.reserved_tail = Seq{seq.value() + kTailStride};
    commit.GateState(session);
  }
  return seq;
}

Sender::Sender(Session& session, Connection& connection, Context& context)
    : session_(session),
      connection_(connection),
      context_(context),
      cursor_(session.state.head),
      resumed_(session.state.awaiting_pubcomp),
      awaiting_(session.state.awaiting_pubcomp.Count()),
      known_end_(session.state.head),
      disk_after_(session.last_append),
      near_tail_(session.next_seq.value() - session.state.head.value() <=
                 context.limits.window_entries),
      resumed_sent_(session.sent),
      identifiers_(context.limits.packet_identifiers) {}

// ---- Packet identifiers. [design 3]

PacketId Sender::IdentifierOf(Seq seq) const {
  const std::uint64_t shift = Mutant("identifier-per-process") ? session_.record.start - 1 : 0;
  return PacketId{static_cast<std::uint16_t>(1 + (seq.value() - 1 + shift) % identifiers_)};
}

std::uint64_t Sender::NewestWith(PacketId id, Seq last) const {
  const std::uint64_t residue = id.value() - 1u;
  if (residue >= identifiers_ || last.value() < residue + 1) return 0;
  return last.value() - (last.value() - 1 - residue) % identifiers_;
}

std::uint64_t Sender::OldestWith(PacketId id, std::uint64_t first) const {
  const std::uint64_t residue = id.value() - 1u;
  if (residue >= identifiers_) return UINT64_MAX;
  return first + (residue + identifiers_ - (first - 1) % identifiers_) % identifiers_;
}

Sender::~Sender() {
  while (!window_.empty()) PopWindow();
  DropFresh();
  if (postponed_) std::erase(context_.postponed, &session_);
}

void Sender::Resume() {
  for (const auto& range : resumed_.ranges()) {
    for (std::uint64_t i = range.first; i <= range.last; ++i) {
      const std::uint64_t seq = Mutant("pubrel-any-order") ? range.first + range.last - i : i;
      connection_.Send(mqtt::Pubrel{.packet_id = IdentifierOf(Seq{seq})}, Lsn{});
    }
  }
  Pump();
}

// ---- The window.

bool Sender::keeps_up() const { return known_end_ == tail(); }

bool Sender::WindowHasRoom() const {
  if (Mutant("window-unbounded")) return true;
  return window_.empty() || (window_.size() < context_.limits.window_entries &&
                             window_bytes_ < context_.limits.window_bytes &&
                             context_.counters.buffered_bytes < context_.limits.buffers_bytes);
}

void Sender::PushWindow(Entry entry) {
  window_bytes_ += entry.message->footprint();
  context_.counters.buffered_bytes += entry.message->footprint();
  window_.push_back(std::move(entry));
}

void Sender::PopWindow() {
  const std::size_t footprint = window_.front().message->footprint();
  window_bytes_ -= footprint;
  context_.counters.buffered_bytes -= footprint;
  window_.pop_front();
}

void Sender::DropFresh() {
  if (!fresh_) return;
  for (std::size_t i = 0; i < fresh_->entries.size(); ++i) {
    context_.counters.buffered_bytes -= fresh_->entries[i].message->footprint();
  }
  fresh_.reset();
}

void Sender::Enqueue(Seq seq, const EntryHeader& header, MessagePtr message, Lsn lsn) {
  if (known_end_ == seq || Mutant("queue-jumping")) {
    if (WindowHasRoom()) {
      known_end_ = Next(seq);
      PushWindow(Entry{seq, header, std::move(message), lsn});
    } else {
      near_tail_ = false;  // It falls behind; what is missing here is read from disk later.
      disk_after_ = lsn;
    }
  } else if (fresh_ && barrier() == nullptr) {
    const std::size_t footprint = message->footprint();
    if (fresh_->entries.size() < context_.limits.window_entries &&
        context_.counters.buffered_bytes < context_.limits.buffers_bytes) {
      context_.counters.buffered_bytes += footprint;
      fresh_->entries.push_back(Entry{seq, header, std::move(message), lsn});
    } else {
      DropFresh();
      near_tail_ = false;
    }
  }
}

void Sender::EnqueueVolatile(const EntryHeader& header, MessagePtr message, Lsn lsn) {
  const std::size_t footprint = message->footprint();
  const bool some = !window_.empty() || held_;
  if (some && window_bytes_ + held_bytes() + footprint > context_.limits.clean_queue_bytes &&
      !Mutant("clean-queue-unbounded")) {
    ++context_.counters.dropped_clean;
  } else if (!session_.retained.empty()) {
    Hold(Entry{Seq{0}, header, std::move(message), lsn});
  } else {
    const Seq seq = TakeSeq(session_, context_.commit);
    known_end_ = Next(seq);
    PushWindow(Entry{seq, header, std::move(message), lsn});
  }
}

void Sender::SendQos0(const EntryHeader& header, MessagePtr message, Lsn rests_on) {
  if (TooLarge(header, *message)) {
    ++context_.counters.dropped_too_large;
    return;
  }
  if (!session_.retained.empty() && held_bytes() < context_.limits.output_bytes) {
    Hold(Entry{Seq{0}, header, std::move(message), rests_on});
    return;
  }
  const bool sent = session_.retained.empty() &&
                    connection_.SendUnordered(
                        MakePublish(header, std::move(message), PacketId{0}, false), rests_on);
  if (!sent) ++context_.counters.dropped_qos0;
}

OutPublish Sender::MakePublish(const EntryHeader& header, MessagePtr message, PacketId id,
                               bool dup) const {
  return OutPublish{.message = std::move(message),
                    .packet_id = id,
                    .qos = header.qos,
                    .dup = dup,
                    .retain = header.retain,
                    .subscriptions = header.subscriptions};
}

bool Sender::TooLarge(const EntryHeader& header, const storage::Message& message) const {
  const Terms& terms = connection_.terms;
  // All that need be known of most messages.
  if (terms.HasRoomFor(message.size(), header.subscriptions.size())) return false;
  return PublishBytes(header, message) > terms.packet_bytes_max;
}

// ---- Reading from disk.

void Sender::ReadMore() {
  if (keeps_up() || request_.value() != 0 || postponed_ || !session_.persistent()) return;
  const Limits& limits = context_.limits;
  if (window_.size() > limits.window_entries / 2 || window_bytes_ > limits.window_bytes / 2) return;
  if (!window_.empty() && context_.counters.buffered_bytes >= limits.buffers_bytes) return;
  if (near_tail_ && !fresh_ && barrier() == nullptr) {
    fresh_.reset(new Fresh{session_.next_seq, session_.last_append, {}});
  }
  // What is missing may be in a batch that no read sees yet.
  if (fresh_ && !context_.commit.IsDurable(fresh_->after)) return Postpone(fresh_->after);
  if (barrier() != nullptr && !context_.commit.IsDurable(disk_after_)) return Postpone(disk_after_);
  // A read would pass over retained messages that it does not see to what came live, and is
  // durable.
  if (!context_.commit.IsDurable(session_.last_retained)) return Postpone(session_.last_retained);
  request_ = storage::RequestNumber{++context_.last_request};
  storage::PageLimits page;
  page.entries = std::max<std::uint32_t>(1, limits.window_entries / 2);
  if (Mutant("page-unbounded")) page.entries = 1'000'000;
  page.bytes = static_cast<std::uint32_t>(std::max<std::size_t>(1, limits.window_bytes / 2));
  context_.reads.push_back(ReadQueue{session_.number, known_end_, page, request_});
  ++context_.counters.pages_read;
}

void Sender::Postpone(Lsn until) {
  if (until == context_.commit.lsn()) context_.commit.Urge();
  if (postponed_) return;
  postponed_ = true;
  context_.postponed.push_back(&session_);
}

void Sender::RetryRead() {
  postponed_ = false;
  ReadMore();
  ReadMoreRetained();
}

void Sender::OnPage(storage::Page& page) {
  if (page.request != request_) return;
  request_ = storage::RequestNumber{0};
  const bool collecting = fresh_ != nullptr;
  const RetainedDelivery* const wall = barrier();
  bool complete = page.complete;
  bool joined = collecting && page.complete && page.as_of >= fresh_->after;
  for (storage::PageEntry& entry : page.entries) {
    if (entry.seq < known_end_) continue;
    if (wall != nullptr && entry.seq >= wall->record.scan->end) {
      complete = true;  // as far as it may go now
      break;
    }
    if (collecting && entry.seq >= fresh_->from) {
      joined = true;
      break;
    }
    known_end_ = Next(entry.seq);
    if (session_.state.finished.Contains(entry.seq.value())) continue;
    PushWindow(Entry{entry.seq, entry.header, std::move(entry.message), Lsn{0}});
  }
  near_tail_ = complete && wall == nullptr;
  if (joined) {
    for (std::size_t i = 0; i < fresh_->entries.size(); ++i) {
      Entry& entry = fresh_->entries[i];
      context_.counters.buffered_bytes -= entry.message->footprint();
      PushWindow(std::move(entry));
    }
    fresh_.reset();
    known_end_ = tail();
  } else if (complete && !collecting &&
             page.as_of >= (wall != nullptr ? disk_after_ : session_.last_append)) {
    known_end_ = tail();
  }
  Pump();
}

// ---- Sending.

void Sender::Pump() {
  const Limits& limits = context_.limits;
  storage::StateRecord& state = session_.state;
  while (!window_.empty()) {
    Entry& entry = window_.front();
    const Seq seq = entry.seq;
    if (seq < cursor_ || (!state.finished.empty() && state.finished.Contains(seq.value()))) {
      // Answered on this connection before it was sent again, or dropped.
      cursor_ = std::max(cursor_, Next(seq));
      PopWindow();
      continue;
    }
    if (PassOver()) continue;
    // Spec: [MQTT-3.3.4-9], [MQTT-4.9.0-2].
    std::uint32_t inflight_max =
        std::min<std::uint32_t>(limits.inflight_max, connection_.terms.receive_max);
    if (Mutant("inflight-unbounded")) inflight_max = 4096;
    if (quota_used_ >= inflight_max || awaiting_ >= kAwaitingMax || connection_.congested()) {
      break;
    }
    const std::optional<Lsn> identifier_gate = IdentifierGate(seq);
    if (!identifier_gate) break;
    if (session_.persistent() && seq > state.send_mark) {
      state.send_mark = Seq{seq.value() - 1 + MarkStride(limits)};
      session_.position = context_.commit.GateState(session_);
    }
    Lsn rests_on = std::max({entry.lsn, session_.position, *identifier_gate});
    if (Mutant("publish-early")) rests_on = std::max(session_.position, *identifier_gate);
    if (Mutant("mark-early")) rests_on = std::max(entry.lsn, *identifier_gate);
    if (Mutant("identifier-early")) rests_on = std::max(entry.lsn, session_.position);
    OutPublish publish =
        MakePublish(entry.header, entry.message, IdentifierOf(seq), seq <= resumed_sent_);
    in_flight_.push_back(InFlight{seq, entry.header.qos, false});
    ++quota_used_;
    if (session_.persistent() && seq > session_.sent) {
      session_.NoLongerWaits(seq, entry.message->size());
    }
    session_.sent = std::max(session_.sent, seq);
    cursor_ = Next(seq);
    PopWindow();
    connection_.Send(std::move(publish), rests_on);
  }
  // Numbers between the last entry and the known end are gaps.
  if (window_.empty() && cursor_ < known_end_) cursor_ = known_end_;
  SettleHead();
  ReadMore();
  ReadMoreRetained();
}

bool Sender::PassOver() {
  const Entry& entry = window_.front();
  const Seq seq = entry.seq;
  const bool unsent = seq > session_.sent;
  const bool expired = unsent && entry.message->expired(context_.broker_ms());
  if (!expired && !TooLarge(entry.header, *entry.message)) return false;
  ++(expired ? context_.counters.dropped_expired : context_.counters.dropped_too_large);
  storage::StateRecord& state = session_.state;
  // The client may have the PUBLISH of a connection on which it took larger packets: it is
  // released.
  const bool release = !unsent && entry.header.qos == QoS::kExactlyOnce;
  state.finished.Insert(seq.value());
  Lsn rests_on{0};
  if (session_.persistent()) {
    if (unsent) session_.NoLongerWaits(seq, entry.message->size());
    // The number of every later PUBLISH tells the client that this one is gone.
    rests_on = session_.position = context_.commit.GateState(session_);
  }
  if (release) {
    resumed_.Insert(seq.value());
    if (state.awaiting_pubcomp.Insert(seq.value())) ++awaiting_;
    connection_.Send(mqtt::Pubrel{.packet_id = IdentifierOf(seq)}, rests_on);
  }
  cursor_ = Next(seq);
  PopWindow();
  return true;
}

void Sender::SettleHead() {
  while (!in_flight_.empty() && in_flight_.front().ended) in_flight_.pop_front();
  storage::StateRecord& state = session_.state;
  state.head = in_flight_.empty() ? cursor_ : in_flight_.front().seq;
  if (!state.finished.empty()) {
    state.finished.EraseBelow(state.head.value());
    // A range goes as a whole: of a long one the disk has forgotten entries, and what is left of it
    // must not count as unfinished again.
    if (!state.finished.empty() && state.finished.ranges().front().first == state.head.value()) {
      state.head = cursor_ = Seq{state.finished.ranges().front().last + 1};
      state.finished.EraseBelow(state.head.value());
    }
  }
  // Exchanges that ended behind one that does not: their places are taken out now and then.
  if (in_flight_.size() >= 2 * std::size_t{context_.limits.inflight_max} + 64) {
    for (std::size_t i = in_flight_.size(); i > 0; --i) {
      const InFlight flight = in_flight_.front();
      in_flight_.pop_front();
      if (!flight.ended) in_flight_.push_back(flight);
    }
  }
}

std::optional<Lsn> Sender::IdentifierGate(Seq seq) {
  if (Mutant("identifier-ignored")) return Lsn{0};
  const std::uint64_t s = seq.value();
  storage::StateRecord& state = session_.state;
  const auto clear_of = [this, s](Seq floor) { return s < floor.value() + identifiers_; };
  if (!session_.persistent()) {
    if (clear_of(state.floor())) return Lsn{0};
  } else {
    const bool recorded = context_.commit.IsDurable(session_.recorded_at);
    if (clear_of(session_.durable_floor)) return Lsn{0};
    if (clear_of(session_.recorded_floor)) return recorded ? Lsn{0} : session_.recorded_at;
    if (clear_of(state.floor())) return context_.commit.GateState(session_);
    if (Mutant("identifier-free-at-pubrec") && clear_of(state.head)) return Lsn{0};
  }
  // Far behind the floor: the few exchanges that have not ended are compared.
  for (std::size_t i = 0; i < in_flight_.size(); ++i) {
    if (Mutant("one-use-back") && s - in_flight_[i].seq.value() > identifiers_) continue;
    if (!in_flight_[i].ended && (s - in_flight_[i].seq.value()) % identifiers_ == 0) return {};
  }
  if (FindAwaiting(IdentifierOf(seq))) return {};
  return session_.persistent() ? context_.commit.GateState(session_) : Lsn{0};
}

// ---- What the client answers.

Sender::InFlight* Sender::FindInFlight(PacketId id) {
  if (in_flight_.empty()) return nullptr;
  const Seq newest{NewestWith(id, Seq{cursor_.value() - 1})};
  std::size_t low = 0;
  std::size_t high = in_flight_.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (in_flight_[middle].seq < newest) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low < in_flight_.size() && in_flight_[low].seq == newest) {
    return in_flight_[low].ended ? nullptr : &in_flight_[low];
  }
  for (std::size_t i = 0; i < in_flight_.size(); ++i) {
    if (IdentifierOf(in_flight_[i].seq) == id && !in_flight_[i].ended) return &in_flight_[i];
  }
  return nullptr;
}

std::optional<Seq> Sender::FindSentBefore(PacketId id) const {
  const std::uint64_t seq = OldestWith(id, cursor_.value());
  if (seq > resumed_sent_.value() || session_.state.finished.Contains(seq)) return {};
  return Seq{seq};
}

std::optional<Seq> Sender::FindAwaiting(PacketId id) const {
  const RangeSet<std::uint64_t>& awaiting = session_.state.awaiting_pubcomp;
  if (awaiting.empty()) return {};
  const std::uint64_t newest = NewestWith(id, session_.sent);
  if (newest != 0 && awaiting.Contains(newest)) return Seq{newest};
  for (const auto& range : awaiting.ranges()) {
    const std::uint64_t seq = OldestWith(id, range.first);
    if (seq <= range.last) return Seq{seq};
  }
  return {};
}

void Sender::StateChanged() {
  if (session_.persistent()) context_.commit.DeferState(session_, context_.now_ms);
}

void Sender::EndFlight(Seq seq, InFlight* flight) {
  if (flight != nullptr) flight->ended = true;
  if (seq != session_.state.head || flight == nullptr) session_.state.finished.Insert(seq.value());
  SettleHead();
}

void Sender::EndExchange(PacketId id, InFlight* flight) {
  if (flight != nullptr) {
    --quota_used_;
    EndFlight(flight->seq, flight);
  } else if (const std::optional<Seq> before = FindSentBefore(id)) {
    EndFlight(*before, nullptr);
  } else {
    return;
  }
  StateChanged();
  Pump();
}

bool Sender::OnPuback(PacketId id) {
  InFlight* flight = FindInFlight(id);
  if (flight != nullptr && flight->qos != QoS::kAtLeastOnce) return false;
  EndExchange(id, flight);
  return true;
}

bool Sender::OnPubrec(PacketId id, bool failed) {
  InFlight* flight = FindInFlight(id);
  if (flight != nullptr && flight->qos != QoS::kExactlyOnce) return false;
  if (failed) {
    EndExchange(id, flight);
    return true;
  }
  std::optional<Seq> received;
  bool known = true;
  if (flight != nullptr) {
    received = flight->seq;
  } else if (!FindAwaiting(id)) {
    received = FindSentBefore(id);
    if (received) resumed_.Insert(received->value());
    known = received.has_value();
  }
  Lsn rests_on{0};  // Repeated, or of an identifier not known: what it rests on has left before.
  if (received) {
    if (session_.state.awaiting_pubcomp.Insert(received->value())) ++awaiting_;
    EndFlight(*received, flight);
    if (session_.persistent()) rests_on = context_.commit.GateState(session_);
  }
  if (Mutant("pubrel-early")) rests_on = Lsn{0};
  connection_.Send(mqtt::Pubrel{.packet_id = id, .reason = connection_.IdentifierReason(known)},
                   rests_on);
  return true;
}

void Sender::OnPubcomp(PacketId id) {
  const std::optional<Seq> seq = FindAwaiting(id);
  if (!seq) return;
  session_.state.awaiting_pubcomp.Erase(seq->value());
  --awaiting_;
  if (!resumed_.Erase(seq->value())) --quota_used_;
  StateChanged();
  Pump();
}

}  // namespace tallymq::broker
