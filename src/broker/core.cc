#include "core.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "tallymq/base/assert.h"
#include "tallymq/base/mutant.h"

namespace tallymq::broker {

using storage::SessionNumber;

Core::Core(const Limits& limits, std::vector<Effect>& effects) : context_(limits, effects) {}

Core::~Core() = default;

// ---- Recovery.

void Core::OnSession(SessionNumber number, const storage::SessionRecord& record) {
  auto session = std::make_unique<Session>();
  session->number = number;
  session->client_id = record.client_id;
  session->queue_stored = record.expiry_s != 0;
  session->record = {NameOrNull(record.user_name),
                     record.protocol,
                     record.connected,
                     record.expiry_s,
                     record.start,
                     record.disconnected_ms,
                     record.epoch};
  found_sessions_.push_back(&AddSession(std::move(session)));
}

void Core::OnDeadSession(SessionNumber number) { dead_.push_back(number); }

void Core::OnWill(SessionNumber number, std::uint32_t delay_s, storage::MessagePtr message) {
  const auto it = by_number_.find(number);
  if (it == by_number_.end() || Mutant("forget-will")) return;
  it->second->will = std::make_unique<Will>(Will{std::move(message), delay_s});
}

void Core::OnSubscription(SessionNumber number, std::string_view text,
                          const storage::SubscriptionRecord& record) {
  const auto it = by_number_.find(number);
  if (it == by_number_.end()) return;  // of a session that is dead and not yet reaped
  if (Mutant("forget-subscription") && text.ends_with('#')) return;
  const auto filter = mqtt::TopicFilter::Parse(text);
  TALLYMQ_ASSERT(filter.has_value());      // It was checked before it was written.
  it->second->filters.emplace_back(text);  // they come in order
  if (record.scan) {
    it->second->retained.push_back(RetainedDelivery{std::string(text), record, Lsn{0}});
  }
  tree_.Set(*filter,
            Subscriber{it->second, record.qos, record.no_local, record.retain_as_published,
                       record.identifier},
            false);
  ++context_.counters.subscriptions;
}

void Core::OnState(SessionNumber number, const storage::StateRecord& record) {
  const auto it = by_number_.find(number);
  if (it == by_number_.end()) return;
  Session& session = *it->second;
  session.state = record;
  session.next_seq = record.reserved_tail;
  // Entries of this process begin at the reserved tail: none of them has been sent.
  session.sent = std::min(record.send_mark, storage::Seq{record.reserved_tail.value() - 1});
  if (Mutant("forget-inbound")) session.state.inbound.Clear();
  if (Mutant("forget-received")) session.state.awaiting_pubcomp.Clear();
  if (Mutant("forget-mark")) session.sent = storage::Seq{0};
  session.recorded_floor = session.durable_floor = record.floor();
  session.old_end = record.reserved_tail;
  session.counted_to = std::max(record.head, storage::Seq{session.sent.value() + 1});
  if (Mutant("queue-not-counted")) session.counted_to = session.old_end;
  if (limits_queues()) uncounted_.push_back(number);
}

void Core::Start(const storage::Recovered& recovered, const Tick& now) {
  context_.commit.Start(recovered.last);
  start_ = recovered.start;
  next_session_ = reserved_sessions_ = recovered.next_session;
  next_message_ = reserved_messages_ = recovered.next_message;
  std::uint64_t away_ms = recovered.fresh || now.wall_ms < recovered.times.wall_ms
                              ? 0
                              : now.wall_ms - recovered.times.wall_ms;
  if (Mutant("no-downtime")) away_ms = 0;
  if (Mutant("negative-downtime")) away_ms = now.wall_ms - recovered.times.wall_ms;
  context_.broker_base_ms =
      recovered.times.broker_ms + away_ms - now.monotonic_ms;  // may wrap; so does the sum
  context_.now_ms = now.monotonic_ms;
  wall_ms_ = now.wall_ms;
  recorded_ = recovered.fresh ? times() : recovered.times;
  context_.retained = recovered.retained;
  for (Session* session : found_sessions_) {
    std::sort(session->retained.begin(), session->retained.end(), [](const auto& a, const auto& b) {
      return a.record.scan->next < b.record.scan->next;
    });
    SessionFacts& record = session->record;
    if (record.connected) {
      // It lost its connection at the first start after the one that it connected under. (D9)
      const auto& starts = recovered.start_times;
      const auto next = std::upper_bound(
          starts.begin(), starts.end(), record.start,
          [](std::uint32_t start, const auto& time) { return start < time.first; });
      record.connected = false;
      record.disconnected_ms = next != starts.end() ? next->second : times().broker_ms;
    }
    if (Mutant("expiry-stands-still")) record.disconnected_ms += away_ms;
    if (Mutant("expiry-anew")) record.disconnected_ms = times().broker_ms;
    if (!session->outlives() || WillDueAt(*session) <= times().broker_ms) {
      orphans_.push_back(session->number);
    }
    if (session->outlives()) WatchDues(*session);
  }
  found_sessions_ = {};
  std::reverse(uncounted_.begin(), uncounted_.end());
  CountNextQueue();
  std::reverse(orphans_.begin(), orphans_.end());
}

storage::Times Core::times() const {
  if (Mutant("wall-time")) return {wall_ms_, wall_ms_};
  return {context_.broker_ms(), wall_ms_};
}

// ---- Events that are not packets.

void Core::Apply(const Connected& event) {
  auto connection = std::make_unique<Connection>(event.conn, event.peer, event.nonce, context_);
  Connection& added = *connection;
  const bool fresh = connections_.emplace(event.conn, std::move(connection)).second;
  TALLYMQ_ASSERT(fresh);
  ++context_.counters.connections;
  Watch(added, context_.limits.connect_timeout_ms);
  if (stopped_) CloseConnection(added);
}

void Core::Apply(const Received& event) {
  const auto it = connections_.find(event.conn);
  if (it == connections_.end() || stopped_) return;
  Connection& connection = *it->second;
  if (connection.session == nullptr && !MayComeBeforeConnack(connection, event.packet)) {
    if (connection.login != nullptr) {
      BreakOff(connection, "MQTT-3.1.2-30", "something else than AUTH or DISCONNECT came");
    } else {
      Violation(connection, "MQTT3-3.1.0-1", "a packet came before CONNECT");
    }
    return;
  }
  // Who is not accepted yet has the time for CONNECT and no more.
  if (connection.session != nullptr) connection.last_packet_ms = context_.now_ms;
  std::visit(
      [this, &connection](const auto& packet) {
        if constexpr (requires { On(connection, packet); }) {
          On(connection, packet);
        } else {
          // The decoder lets nothing through that only a server sends.
          Violation(connection, {}, "a packet came that only a server sends");
        }
      },
      event.packet);
}

void Core::Apply(const Malformed& event) {
  const auto it = connections_.find(event.conn);
  if (it == connections_.end()) return;
  Connection& connection = *it->second;
  ++context_.counters.malformed;
  const bool told = event.error.version == mqtt::Version::k50 ||
                    event.error.reason == mqtt::ReasonCode::kUnsupportedProtocolVersion;
  if (connection.session == nullptr && told) {  // it is a CONNECT
    connection.version = event.error.version;
    connection.terms.problem_information = true;
    Refuse(connection, event.error.reason, event.error.clause, event.error.what);
    return;
  }
  Note(Notice::Level::kWarning, connection,
       "closed: " + std::string(event.error.what) + " (byte " + std::to_string(event.error.offset) +
           " of the packet)",
       event.error.clause);
  Dismiss(connection, event.error.reason, event.error.what);
}

void Core::Apply(const Closed& event) {
  const auto it = connections_.find(event.conn);
  if (it == connections_.end()) return;
  Connection& connection = *it->second;
  if (connection.session != nullptr) {
    Note(Notice::Level::kInfo, connection, "lost the connection");
  }
  Unbind(connection, Farewell::kLost);
  connections_.erase(it);
  --context_.counters.connections;
}

void Core::Apply(const Writable& event) {
  const auto it = connections_.find(event.conn);
  if (it == connections_.end()) return;
  Connection& connection = *it->second;
  connection.OnWritable();
  if (connection.session != nullptr) connection.session->sender->Pump();
}

void Core::Apply(const Tick& event) {
  TALLYMQ_ASSERT(event.monotonic_ms >= context_.now_ms);
  context_.now_ms = event.monotonic_ms;
  wall_ms_ = event.wall_ms;
  while (!deadlines_.empty() && deadlines_.top().at_ms <= context_.now_ms) {
    const ConnId conn = deadlines_.top().conn;
    deadlines_.pop();
    const auto it = connections_.find(conn);
    if (it == connections_.end()) continue;
    Connection& connection = *it->second;
    if (connection.refused_until_ms != 0 && connection.refused_until_ms <= context_.now_ms) {
      Note(Notice::Level::kInfo, connection, "closed: a publish of it was refused");
      CloseConnection(connection);
      continue;
    }
    if (connection.patience_ms == 0) continue;
    // Silence that the broker itself causes does not count. [design 4]
    if (connection.paused) connection.last_packet_ms = context_.now_ms;
    const std::uint64_t end_ms = connection.last_packet_ms + connection.patience_ms;
    if (end_ms > context_.now_ms) {
      deadlines_.push(Deadline{end_ms, conn});
    } else if (connection.session == nullptr) {
      Note(Notice::Level::kInfo, connection,
           connection.login == nullptr ? "closed: no CONNECT came in time"
                                       : "closed: it was not authenticated in time");
      CloseConnection(connection);
    } else {
      // Spec: [MQTT3-3.1.2-24], [MQTT-3.1.2-22].
      ++context_.counters.keep_alive_timeouts;
      Note(Notice::Level::kInfo, connection, "closed: silent for 1.5 times its keep alive",
           "MQTT3-3.1.2-24");
      Dismiss(connection, mqtt::ReasonCode::kKeepAliveTimeout, "silent for too long");
    }
  }
  if (context_.commit.lazy_due_ms() <= context_.now_ms) context_.commit.UrgeLazy();
  SettleOrphans();
  SettleDues();
  ReapDead();
  RecordClocks();
}

void Core::Apply(const Shutdown&) {
  order_of_connections_.clear();
  for (const auto& [conn, connection] : connections_) order_of_connections_.push_back(conn);
  std::sort(order_of_connections_.begin(), order_of_connections_.end());
  for (const ConnId conn : order_of_connections_) {
    Dismiss(*connections_.at(conn), mqtt::ReasonCode::kServerShuttingDown, "the broker stops");
  }
  context_.commit.UrgeLazy();
}

void Core::Apply(storage::Durable&& event) {
  context_.commit.OnDurable(event.lsn, std::move(event.batch));
  boost::unordered::erase_if(ended_, [&](const auto& end) { return end.second <= event.lsn; });
  context_.retained = event.retained;
  if (context_.commit.IsDurable(context_.retained_at)) retains_pending_ = 0;
  context_.releasing.insert(context_.releasing.end(), context_.gated.begin(), context_.gated.end());
  context_.gated.clear();
  std::vector<Session*> postponed = std::move(context_.postponed);
  context_.postponed.clear();
  for (Session* session : postponed) session->sender->RetryRead();
}

void Core::ReleaseSome() {
  for (std::uint32_t i = 0; i < context_.limits.releases_per_turn && !context_.releasing.empty();
       ++i) {
    Connection* connection = context_.releasing.front();
    context_.releasing.pop_front();
    if (connection->Release()) context_.gated.push_back(connection);
  }
}

void Core::Apply(storage::Page&& event) {
  if (event.corrupt) {
    Apply(storage::JournalHealth{storage::Health::kDoubtful,
                                 "the queue of session " + std::to_string(event.queue.value()) +
                                     " cannot be read: a checksum does not hold. Stop the broker "
                                     "and run: tallyctl store verify",
                                 storage::StoreErrorKind::kCorrupt});
    return;
  }
  const auto own = own_reads_.find(event.request);
  if (own != own_reads_.end()) {
    const QueueRead read = own->second;
    own_reads_.erase(own);
    OnOwnPage(read, event);
    return;
  }
  const auto it = by_number_.find(event.queue);
  if (it != by_number_.end() && it->second->sender) it->second->sender->OnPage(event);
}

void Core::Apply(storage::RetainedPage&& event) {
  if (event.corrupt) {
    Apply(storage::JournalHealth{storage::Health::kDoubtful,
                                 "the retained messages cannot be read: a checksum does not hold. "
                                 "Stop the broker and run: tallyctl store verify",
                                 storage::StoreErrorKind::kCorrupt});
    return;
  }
  const auto reader = context_.retained_readers.find(event.request);
  if (reader == context_.retained_readers.end()) return;
  const auto it = connections_.find(reader->second);
  context_.retained_readers.erase(reader);
  if (it == connections_.end() || it->second->session == nullptr) return;
  it->second->session->sender->OnRetainedPage(event);
}

void Core::Apply(storage::JournalHealth&& event) {
  if (event.health != storage::Health::kDoubtful || stopped_) return;
  stopped_ = true;
  context_.effects.emplace_back(Stop{std::move(event.message), event.cause});
}

// ---- The open batch.

bool Core::batch_due() const {
  return context_.commit.urgent() && !context_.commit.in_flight() && !stopped_;
}

std::unique_ptr<storage::Batch> Core::CloseBatch() {
  recorded_ = times();
  std::unique_ptr<storage::Batch> batch = context_.commit.Close(recorded_);
  ++context_.counters.batches;
  context_.counters.records += batch->records();
  for (const ConnId conn : paused_) {
    const auto it = connections_.find(conn);
    if (it == connections_.end()) continue;
    it->second->paused = false;
    context_.effects.emplace_back(ResumeReading{conn});
  }
  paused_.clear();
  return batch;
}

std::uint64_t Core::next_tick_ms() const {
  std::uint64_t next = context_.commit.lazy_due_ms();
  if (!deadlines_.empty()) next = std::min(next, deadlines_.top().at_ms);
  if (!orphans_.empty()) next = context_.now_ms;
  if (!dead_.empty()) next = std::min(next, context_.now_ms + context_.limits.lazy_ms);
  if (!dues_.empty()) {
    const std::uint64_t now_ms = times().broker_ms;
    const std::uint64_t at_ms = std::max(dues_.top().at_ms, now_ms);
    next = std::min(next, context_.now_ms + (at_ms - now_ms));
  }
  return std::min(next, ClocksDueMs());
}

}  // namespace tallymq::broker
