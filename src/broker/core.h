// The broker core: a function of its events.
//
// Sessions, subscriptions, routing and the state machines of QoS 1 and 2. Reads no clock, starts no
// thread, touches no file and uses no randomness but what an event brings; no decision iterates a
// hash map. The same events give the same effects and the same batches, with either compiler.
//
// What must survive goes into the open batch (`Commit`); what the world shall see goes through
// `Connection::Send` with the position that it rests on. There is no other way out.
// Contract: D1 to D5, D7, D8.

#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "connection.h"
#include "context.h"
#include "session.h"
#include "subscription_tree.h"
#include "tallymq/broker/events.h"
#include "tallymq/storage/journal.h"

namespace tallymq::broker {

class Core final : public storage::RecoverySink {
 public:
  Core(const Limits& limits, std::vector<Effect>& effects);
  ~Core() override;

  // ---- Recovery, before the first event.
  void OnSession(storage::SessionNumber number, const storage::SessionRecord& record) override;
  void OnDeadSession(storage::SessionNumber number) override;
  void OnWill(storage::SessionNumber number, std::uint32_t delay_s,
              storage::MessagePtr message) override;
  void OnSubscription(storage::SessionNumber number, std::string_view filter,
                      const storage::SubscriptionRecord& record) override;
  void OnState(storage::SessionNumber number, const storage::StateRecord& record) override;
  void Start(const storage::Recovered& recovered, const Tick& now);

  // ---- Events.
  void Apply(const Connected& event);
  void Apply(const Received& event);
  void Apply(const Malformed& event);
  void Apply(const Closed& event);
  void Apply(const Writable& event);
  void Apply(const AuthReply& event);
  void Apply(const Tick& event);
  void Apply(const Shutdown& event);
  void Apply(storage::Durable&& event);
  void Apply(storage::Page&& event);
  void Apply(storage::RetainedPage&& event);
  void Apply(storage::JournalHealth&& event);

  // Hands out what the durable batches have freed, for a bounded number of connections.
  void ReleaseSome();

  // True if the open batch is to be submitted now.
  [[nodiscard]] bool batch_due() const;
  std::unique_ptr<storage::Batch> CloseBatch();

  [[nodiscard]] std::uint64_t next_tick_ms() const;
  Context& context() { return context_; }
  [[nodiscard]] const Context& context() const { return context_; }

 private:
  struct ClientIdHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
    std::size_t operator()(const std::unique_ptr<Session>& session) const {
      return (*this)(std::string_view(session->client_id));
    }
  };
  struct ClientIdEqual {
    using is_transparent = void;
    static std::string_view Text(const std::unique_ptr<Session>& s) { return s->client_id; }
    static std::string_view Text(std::string_view s) { return s; }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return Text(a) == Text(b);
    }
  };
  using SessionSet =
      boost::unordered_flat_set<std::unique_ptr<Session>, ClientIdHash, ClientIdEqual>;

  // A time at which a connection's patience may have ended. Not moved with each packet: when it
  // comes, the connection is asked, and a new one is set.
  struct Deadline {
    std::uint64_t at_ms;
    ConnId conn;
    friend auto operator<=>(const Deadline&, const Deadline&) = default;
  };

  // A message on its way to all who want it. Its views outlive the call that it is given to.
  struct Publication {
    QoS qos;
    bool retain;
    std::optional<std::uint32_t> expiry_s;
    mqtt::TopicName topic;
    mqtt::Properties properties;  // those that go to every recipient unchanged
    std::string_view payload;
  };

  // How a publish goes to one of those who want it. [design 9.3]
  struct Recipient {
    Session* session;
    storage::EntryHeader header;  // here QoS 0, too
    [[nodiscard]] bool stored() const {
      return header.qos != QoS::kAtMostOnce && session->persistent();
    }
  };

  // When a session without a connection ends, or its will is due, in broker time. Not taken back
  // when that changes: when it comes, the session is asked.
  struct Due {
    std::uint64_t at_ms;
    storage::SessionNumber session;
    friend auto operator<=>(const Due&, const Due&) = default;
  };

  // How a connection ends.
  enum class Farewell : std::uint8_t { kLost, kDisconnect };

  // A page of a queue that the core itself asked for.
  struct QueueRead {
    storage::SessionNumber session;
    storage::Seq from;
    bool drops;  // to drop the oldest entries; otherwise to count
  };

  // ---- Packets, one function a type.
  void On(Connection& connection, const mqtt::Connect& packet);
  void On(Connection& connection, const mqtt::Publish& packet);
  void On(Connection& connection, const mqtt::Puback& packet);
  void On(Connection& connection, const mqtt::Pubrec& packet);
  void On(Connection& connection, const mqtt::Pubrel& packet);
  void On(Connection& connection, const mqtt::Pubcomp& packet);
  void On(Connection& connection, const mqtt::Subscribe& packet);
  void On(Connection& connection, const mqtt::Unsubscribe& packet);
  void On(Connection& connection, const mqtt::Pingreq& packet);
  void On(Connection& connection, const mqtt::Disconnect& packet);
  void On(Connection& connection, const mqtt::Auth& packet);

  // ---- core_auth.cc: who a client is.
  // Keeps the CONNECT until that is known.
  void BeginLogin(Connection& connection, const mqtt::Connect& packet);
  void Ask(Connection& connection, AuthQuestion question);
  [[nodiscard]] bool MayComeBeforeConnack(const Connection& connection,
                                          const mqtt::Packet& packet) const;
  // The peer broke a rule; between CONNECT and CONNACK it is told with a CONNACK.
  void BreakOff(Connection& connection, std::string_view clause, std::string_view what);
  // The answer, at CONNECT and later.
  void GoOn(Connection& connection, const AuthAnswer& answer);
  void Welcome(Connection& connection, const AuthAnswer& answer);
  void TurnAway(Connection& connection, mqtt::ReasonCode reason, std::string_view why);

  // ---- core_connect.cc: the lives of connections and sessions.
  static std::unique_ptr<const std::string> NameOrNull(std::string_view name) {
    return name.empty() ? nullptr : std::make_unique<const std::string>(name);
  }
  Session* FindSession(std::string_view client_id);
  Session& AddSession(std::unique_ptr<Session> session);
  void NumberSession(Session& session);
  // Ends the session: its subscriptions, its queue, its name. It has no connection.
  void EndSession(Session& session);
  // Takes the connection off its session, which ends with it unless it outlives it. Its will is
  // published, at once or when it is due, or with DISCONNECT forgotten.
  void Unbind(Connection& connection, Farewell farewell);
  // The broker ends a connection: what it has not sent dies.
  void CloseConnection(Connection& connection, Farewell farewell = Farewell::kLost);
  // The same, and a 5.0 client is told why.
  void Dismiss(Connection& connection, mqtt::ReasonCode reason, std::string_view why);
  // The peer broke a rule.
  void Violation(Connection& connection, std::string_view clause, std::string_view what,
                 mqtt::ReasonCode reason = mqtt::ReasonCode::kProtocolError);
  // Answers CONNECT with an error, in the words of the client's version, and closes.
  void Refuse(Connection& connection, mqtt::ReasonCode reason, std::string_view clause,
              std::string_view why);
  void Watch(Connection& connection, std::uint32_t patience_ms);
  void Note(Notice::Level level, const Connection& connection, std::string text,
            std::string_view clause = {});
  [[nodiscard]] storage::Times times() const;

  // ---- core_lifetime.cc: what outlives connections, and for how long.
  // Publishes the session's will and forgets it, in one batch. Requires that there is one.
  void PublishWill(Session& session);
  // When the session ends by itself, and when its will is due: never while it is connected. Broker
  // time, ms.
  static constexpr std::uint64_t kNever = UINT64_MAX;
  // The session expiry interval that says so.
  static constexpr std::uint32_t kNoExpiry = 0xFFFFFFFF;
  [[nodiscard]] std::uint64_t ExpiresAt(const Session& session) const;
  [[nodiscard]] std::uint64_t WillDueAt(const Session& session) const;
  void WatchDues(Session& session);
  void ForgetWill(Session& session);
  void ExpireSession(Session& session);
  // What the last process left behind is dealt with a few sessions at a time.
  void SettleOrphans();
  void SettleDues();
  void ReapDead();
  // Writes the clocks when they have moved against each other, and now and then. Contract: D9.
  void RecordClocks();
  [[nodiscard]] std::uint64_t ClocksDueMs() const;  // on the monotonic clock

  // The client is who it says: all that CONNECT brings about. `auth`: properties of its CONNACK.
  void Accept(Connection& connection, const mqtt::Connect& packet, std::string_view auth);

  // What CONNECT asks for, as far as it is granted.
  struct Refusal {
    mqtt::ReasonCode reason;
    std::string_view clause;
    std::string_view why;
  };
  [[nodiscard]] std::optional<Refusal> JudgeConnect(const mqtt::Connect& packet) const;
  [[nodiscard]] std::uint32_t SessionExpiryOf(const mqtt::Connect& packet) const;
  void KeepWill(Session& session, const mqtt::Will& will);
  // `assigned`: the client identifier that the broker made, or empty.
  [[nodiscard]] std::string ConnackProperties(const mqtt::Connect& packet,
                                              std::string_view assigned, std::uint16_t keep_alive_s,
                                              std::string_view auth) const;

  // ---- core_publish.cc: a message comes in.
  // The topic of the packet, by its alias where it has one. Returns false, having closed the
  // connection, if the alias is not good. Spec: [MQTT-3.3.2-7] to [MQTT-3.3.2-12].
  bool ResolveAlias(Connection& connection, const mqtt::Publish& packet, mqtt::TopicName& topic);
  // Why it is not taken, or nothing.
  [[nodiscard]] std::optional<mqtt::ReasonCode> JudgePublish(const Publication& publication,
                                                             const mqtt::Publish& packet) const;
  // PUBACK or PUBREC; nothing for QoS 0.
  void Answer(Connection& connection, const mqtt::Publish& packet, mqtt::ReasonCode reason,
              Lsn rests_on);
  // Gives the message to all `recipients_`, and sets or clears the retained one; returns the
  // position that an answer to its publisher rests on, 0 if nothing was written. `gated`: something
  // else that the publish rests on goes with the open batch.
  Lsn Route(const Publication& publication, bool gated);
  // True if a publish to all recipients would write more than a batch may hold.
  [[nodiscard]] bool TooWide(const Publication& publication) const;
  void Retain(const storage::MessagePtr& message);
  storage::MessageNumber TakeMessageNumber();
  // Matches, each session once. [design 9.3]
  void CollectRecipients(const Publication& publication, const Session* publisher);
  void PauseIfBehind(Connection& connection);

  // ---- core_limits.cc
  // Takes the recipients away whose queues do not get the message, or returns false: the whole
  // publish is refused. `must`: it is not refused.
  bool Admit(const Publication& publication, bool must);
  void RefusePublish(Connection& connection, const mqtt::Publish& packet);
  // An entry was appended.
  void CountWaiting(Session& session, std::size_t bytes);
  [[nodiscard]] bool limits_queues() const;
  [[nodiscard]] bool OverLimit(const Session& session, std::uint64_t messages,
                               std::uint64_t bytes) const;
  [[nodiscard]] bool TopicAllowed(std::string_view text) const;
  void DropOldest(Session& session);
  void CountNextQueue();
  void ReadOwn(Session& session, storage::Seq from, bool drops);
  void OnOwnPage(const QueueRead& read, const storage::Page& page);
  void OnCountPage(Session& session, const storage::Page& page);
  void OnDropPage(Session& session, storage::Seq from, const storage::Page& page);

  // ---- core_subscribe.cc
  // Returns what SUBACK says of it: the QoS granted, or a failure.
  mqtt::ReasonCode Subscribe(Session& session, const mqtt::SubscriptionRequest& request,
                             std::uint32_t identifier);
  // Begins the delivery of the retained messages that a new subscription matches. [design 9.7]
  void BeginRetained(Session& session, std::string_view filter,
                     storage::SubscriptionRecord& record);
  // A delivery that is under way goes on, to the subscription as it is now.
  static void GoOnRetained(Session& session, std::string_view filter,
                           storage::SubscriptionRecord& record);
  // Returns false if there was no such subscription.
  bool Unsubscribe(Session& session, const mqtt::TopicFilter& filter);

  Context context_;
  boost::unordered_flat_map<ConnId, std::unique_ptr<Connection>> connections_;
  std::vector<ConnId> order_of_connections_;  // scratch of `Shutdown` and of a doubtful journal
  std::uint32_t clients_ = 0;                 // connections with a session
  SessionSet sessions_;                       // by client identifier
  boost::unordered_flat_map<storage::SessionNumber, Session*> by_number_;
  SubscriptionTree tree_;
  std::vector<storage::SessionNumber> dead_;  // ended, to be reaped
  // Client identifiers whose persistent session ended, until that is durable, and the batch that
  // says so: before, no CONNACK may say that there is none. Contract: D1.
  boost::unordered_flat_map<std::string, Lsn, ClientIdHash, ClientIdEqual> ended_;
  std::vector<Session*> found_sessions_;  // by recovery, in order of their numbers, until `Start`
  // Found by recovery: their wills are due, or they end with the process that they were connected
  // to. In descending order.
  std::vector<storage::SessionNumber> orphans_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> dues_;

  storage::SessionNumber next_session_{1};
  storage::SessionNumber reserved_sessions_{1};
  storage::MessageNumber next_message_{1};
  storage::MessageNumber reserved_messages_{1};
  std::uint32_t start_ = 1;  // number of this start

  boost::unordered_flat_map<storage::RequestNumber, QueueRead> own_reads_;
  std::vector<storage::SessionNumber> uncounted_;  // queues to be counted, in descending order

  std::uint64_t retains_pending_ = 0;  // retained messages set in batches that are not durable

  // ---- Routing, used anew for each publish.
  std::uint64_t publish_number_ = 0;
  std::vector<Subscriber> found_;
  std::vector<Recipient> recipients_;
  std::vector<storage::Owner> owners_;
  std::string scratch_;  // for properties

  std::priority_queue<Deadline, std::vector<Deadline>, std::greater<>> deadlines_;
  std::vector<ConnId> paused_;

  std::uint64_t wall_ms_ = 0;
  storage::Times recorded_;  // of the newest batch closed
  std::uint64_t last_auth_request_ = 0;
  bool stopped_ = false;  // D7: the journal is in doubt
};

}  // namespace tallymq::broker
