// Goal: nothing that the broker tells the world is forgotten by a crash, whenever it comes. D1, D3,
// D4, D5. Method: a scenario of model clients runs over the journal in memory, whose commits are
// done by hand, in an order of events that a seed decides. It is run again and again, and at its
// first, second, third commit the broker is dropped with its journal: just before it, or just after
// it with nobody told. A new one starts on what was durable; the clients come back, in the other
// order, with what they were told, and go on until they are done. Then each message of QoS 2 must
// have come exactly once, each of QoS 1 at least once, all in order, no session and no subscription
// that was acknowledged may be lost, and none come back that was said to be gone.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model_client.h"
#include "tallymq/broker/broker.h"
#include "tallymq/mqtt/topic.h"
#include "tallymq/storage/memory_journal.h"

namespace tallymq::broker {
namespace {

using Kind = ClientPacket::Kind;

struct Scenario {
  const char* name;
  const char* spec;
  std::vector<Plan> plans;
};

void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.spec; }

Plan Subscriber(const char* id, QoS qos) {
  Plan plan;
  plan.id = id;
  plan.filter = "bill/#";
  plan.filter_qos = qos;
  return plan;
}

Plan Publisher(const char* id, QoS qos, int messages, std::size_t window) {
  Plan plan;
  plan.id = id;
  plan.topic = std::string("bill/") + id;
  plan.qos = qos;
  plan.messages = messages;
  plan.window = window;
  return plan;
}

Plan Both(Plan subscriber, const Plan& publisher) {
  subscriber.topic = publisher.topic;
  subscriber.qos = publisher.qos;
  subscriber.messages = publisher.messages;
  subscriber.window = publisher.window;
  return subscriber;
}

// It had `filter` once, in a session that it dropped, or in this one until it unsubscribed.
Plan Former(const char* id, const char* dropped_session, const char* unsubscribed) {
  Plan plan;
  plan.id = id;
  plan.earlier_filter = dropped_session;
  plan.dropped_filter = unsubscribed;
  return plan;
}

constexpr QoS kOne = QoS::kAtLeastOnce;
constexpr QoS kTwo = QoS::kExactlyOnce;

const Scenario kScenarios[] = {
    {"Qos2",
     "D1 [MQTT3-4.3.3-1] [MQTT3-4.3.3-2]",
     {Subscriber("s", kTwo), Publisher("p", kTwo, 6, 1)}},
    {"Qos2Window",
     "D1 [MQTT3-4.3.3-1] [MQTT3-4.3.3-2] [MQTT3-4.6.0-6]",
     {Subscriber("s", kTwo), Publisher("p", kTwo, 9, 3)}},
    {"Qos1",
     "D1 [MQTT3-4.3.2-1] [MQTT3-4.3.2-2] [MQTT3-4.6.0-6]",
     {Subscriber("s", kOne), Publisher("p", kOne, 8, 2)}},
    // An onward PUBLISH that leaves too early lets the other publisher's message take its number.
    {"TwoPublishers",
     "D1 D3 [MQTT3-2.3.1-4]",
     {Subscriber("s", kTwo), Publisher("p", kTwo, 4, 2), Publisher("q", kTwo, 4, 2)}},
    {"MixedQos",
     "D1 D3 [MQTT3-3.8.4-6]",
     {Subscriber("s", kTwo), Publisher("p", kTwo, 4, 2), Publisher("q", kOne, 4, 2)}},
    {"SeveralOwners",
     "D4 [MQTT3-4.5.0-1]",
     {Subscriber("s", kTwo), Subscriber("t", kOne), Subscriber("u", kTwo),
      Publisher("p", kTwo, 4, 2)}},
    {"BothDirections",
     "D1 D5",
     {Both(Subscriber("s", kTwo), Publisher("s", kTwo, 4, 2)),
      Both(Subscriber("t", kTwo), Publisher("t", kTwo, 4, 1))}},
    {"DroppedSession",
     "D1 D5 [MQTT3-3.1.2-6]",
     {Subscriber("s", kTwo), Former("f", "bill/#", ""), Publisher("p", kTwo, 3, 1)}},
    {"Unsubscribed",
     "D1 [MQTT3-3.10.4-2]",
     {Subscriber("s", kTwo), Former("f", "", "bill/#"), Publisher("p", kTwo, 3, 1)}},
};

// Which of the things that can happen next does: all of them in turn, or as the seed says.
class Chance {
 public:
  explicit Chance(std::uint32_t seed) : state_(seed * 2654435761u + 1) {}
  std::size_t Below(std::size_t bound) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>(state_ >> 33) % bound;
  }

 private:
  std::uint64_t state_;
};

class History {
 public:
  enum class At { kBeforeCommit, kAfterCommit };

  History(const Scenario& scenario, std::uint32_t seed)
      : chance_(seed), lazy_commits_(seed == 0), disk_(storage::MakeMemoryDisk()) {
    for (const Plan& plan : scenario.plans) clients_.emplace_back(plan);
    order_.resize(clients_.size());
    for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = i;
    connections_.resize(clients_.size());
    StartBroker();
  }

  // Runs until `commits` more batches are durable and another would be, or to the end. Returns true
  // if it came so far.
  bool RunToCommit(std::size_t commits) {
    for (int step = 0; step < kStepsMax && fault_.empty(); ++step) {
      Turn();
      const bool can_commit = journal_->pending_batches() > 0;
      const std::vector<std::size_t> able = Able();
      // Seed 0 commits when nobody can do anything else: the largest batches, the most at stake.
      const std::size_t choices = able.size() + (can_commit ? 1 : 0);
      if (choices == 0 && journal_->pending_reads() == 0) {
        if (!Lazy()) return false;
        continue;
      }
      const bool commit =
          can_commit && (able.empty() || (!lazy_commits_ && chance_.Below(choices) == 0));
      if (commit && commits-- == 0) return true;
      if (commit) {
        journal_->CommitNext();
      } else if (!able.empty()) {
        Act(able[lazy_commits_ ? 0 : chance_.Below(able.size())]);
      } else {
        journal_->AnswerNextRead();
      }
      while (commit && journal_->AnswerNextRead()) {
      }
    }
    if (fault_.empty()) fault_ = "it never comes to an end";
    return false;
  }

  void Crash(At at) {
    if (at == At::kAfterCommit) journal_->CommitNext();
    broker_.reset();
    journal_.reset();  // without `Close`: what was not durable is gone
    for (ModelClient& client : clients_) client.OnLost();
    std::ranges::reverse(order_);
    std::ranges::fill(connections_, ConnId{});
    pending_.clear();
    StartBroker();
  }

  // What is wrong, or nothing.
  [[nodiscard]] std::string Verdict() const {
    if (!fault_.empty()) return fault_;
    for (const ModelClient& client : clients_) {
      if (!client.finished()) return client.plan().id + " cannot finish";
    }
    for (const ModelClient& to : clients_) {
      for (const ModelClient& from : clients_) {
        const std::string fault = CheckDelivery(from, to);
        if (!fault.empty()) return to.plan().id + ": " + fault;
      }
    }
    return {};
  }

 private:
  static constexpr int kStepsMax = 20'000;

  void StartBroker() {
    journal_ = std::make_unique<storage::MemoryJournal>(
        disk_, storage::MemoryJournal::Completion::kManual);
    broker_ = std::make_unique<Broker>(Limits{}, *journal_);
    if (!broker_->Start(Tick{now_ms_, now_ms_})) fault_ = "the broker does not start";
  }

  // One turn of the loop, after something happened.
  void Turn() {
    broker_->Collect();
    broker_->EndTurn();
    while (!broker_->effects().empty()) {
      for (Effect& effect : std::exchange(broker_->effects(), {})) CarryOut(effect);
      broker_->EndTurn();
    }
  }

  void CarryOut(const Effect& effect) {
    if (const auto* send = std::get_if<Send>(&effect)) {
      broker_->Apply(Writable{send->conn});
      const auto it = std::ranges::find(connections_, send->conn);
      if (it == connections_.end()) return;  // of a connection that was taken over
      ModelClient& client = clients_[static_cast<std::size_t>(it - connections_.begin())];
      const std::string fault = client.On(send->packet);
      if (!fault.empty()) fault_ = client.plan().id + " got " + fault;
    } else if (const auto* close = std::get_if<Close>(&effect)) {
      if (std::ranges::count(connections_, close->conn) > 0) fault_ = "a client was closed";
    } else if (const auto* stop = std::get_if<Stop>(&effect)) {
      fault_ = "the broker stops: " + stop->reason;
    }
  }

  // The clients that have something to send; what they would send is kept.
  std::vector<std::size_t> Able() {
    const bool may_publish = std::ranges::all_of(clients_, &ModelClient::subscribed);
    std::vector<std::size_t> able;
    for (const std::size_t i : order_) {
      if (!pending_.contains(i)) {
        if (auto packet = clients_[i].Next(may_publish)) pending_.emplace(i, std::move(*packet));
      }
      if (pending_.contains(i)) able.push_back(i);
    }
    return able;
  }

  void Act(std::size_t i) {
    const ClientPacket packet = std::move(pending_.extract(i).mapped());
    if (packet.kind == Kind::kConnect) {
      connections_[i] = ConnId{++last_conn_};
      broker_->Apply(Connected{connections_[i], "in process", last_conn_});
    }
    broker_->Apply(Received{connections_[i], ToMqtt(packet, clients_[i].plan().id)});
  }

  static mqtt::Packet ToMqtt(const ClientPacket& packet, const std::string& client_id) {
    switch (packet.kind) {
      case Kind::kConnect: {
        mqtt::Connect connect;
        connect.clean_start = packet.clean;
        connect.client_id = client_id;
        return connect;
      }
      case Kind::kSubscribe: {
        mqtt::SubscriptionRequest request;
        request.filter = *mqtt::TopicFilter::Parse(packet.topic);
        request.qos = packet.qos;
        return mqtt::Subscribe{packet.id, {}, {request}};
      }
      case Kind::kUnsubscribe:
        return mqtt::Unsubscribe{packet.id, {}, {*mqtt::TopicFilter::Parse(packet.topic)}};
      case Kind::kPublish: {
        mqtt::Publish publish;
        publish.dup = packet.dup;
        publish.qos = packet.qos;
        publish.topic = *mqtt::TopicName::Parse(packet.topic);
        publish.packet_id = packet.id;
        publish.payload = packet.payload;
        return publish;
      }
      case Kind::kPuback:
        return mqtt::Puback{packet.id, {}, {}};
      case Kind::kPubrec:
        return mqtt::Pubrec{packet.id, {}, {}};
      case Kind::kPubrel:
        return mqtt::Pubrel{packet.id, {}, {}};
      case Kind::kPubcomp:
        return mqtt::Pubcomp{packet.id, {}, {}};
    }
    return mqtt::Pingreq{};
  }

  // Lets what is not urgent become due. Returns false if there is nothing of that kind.
  bool Lazy() {
    now_ms_ += Limits{}.lazy_ms + 1;
    broker_->Apply(Tick{now_ms_, now_ms_});
    Turn();
    return journal_->pending_batches() > 0;
  }

  static std::string CheckDelivery(const ModelClient& from, const ModelClient& to) {
    const Plan& sent = from.plan();
    std::vector<int> got;
    for (const std::string& payload : to.delivered()) {
      if (payload.starts_with(sent.id + " ")) {
        got.push_back(std::stoi(payload.substr(sent.id.size() + 1)));
      }
    }
    if (to.plan().filter.empty()) return got.empty() ? "" : "got what it did not subscribe to";
    const bool once = sent.qos == kTwo && to.plan().filter_qos == kTwo;
    int next = 1;
    for (const int message : got) {
      if (message == next) {
        ++next;
      } else if (message > next) {
        return sent.id + " " + std::to_string(next) + " is lost, or late";
      } else if (once) {
        return sent.id + " " + std::to_string(message) + " came again";
      }
    }
    if (next <= sent.messages) return sent.id + " " + std::to_string(next) + " is lost";
    return {};
  }

  Chance chance_;
  const bool lazy_commits_;
  std::shared_ptr<storage::MemoryDisk> disk_;
  std::unique_ptr<storage::MemoryJournal> journal_;
  std::unique_ptr<Broker> broker_;
  std::vector<ModelClient> clients_;
  std::vector<std::size_t> order_;               // in which clients act, seed 0
  std::vector<ConnId> connections_;              // by client
  std::map<std::size_t, ClientPacket> pending_;  // by client
  std::uint64_t last_conn_ = 0;
  std::uint64_t now_ms_ = 1'000'000;
  std::string fault_;
};

class GatingTest : public testing::TestWithParam<Scenario> {};

constexpr std::uint32_t kSeeds = 8;
constexpr std::uint32_t kSeedsOfPairs = 2;

void CrashAtEachCommit(const Scenario& scenario, History::At at) {
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    std::size_t commits = 0;
    for (;; ++commits) {
      History history(scenario, seed);
      const bool crashed = history.RunToCommit(commits);
      if (crashed) {
        history.Crash(at);
        history.RunToCommit(SIZE_MAX);
      }
      ASSERT_EQ(history.Verdict(), "") << "seed " << seed << ", crash at commit " << commits;
      if (!crashed) break;
    }
    EXPECT_GT(commits, 5u) << "the scenario commits so seldom that it shows nothing";
  }
}

// D1: nothing was told that rests on a batch which is not durable.
TEST_P(GatingTest, ACrashBeforeAnyCommitForgetsNothingThatWasTold) {
  CrashAtEachCommit(GetParam(), History::At::kBeforeCommit);
}

// D4, D5: what is durable and was not told is told, or found to be done already.
TEST_P(GatingTest, ACrashAfterAnyCommitRepeatsNothing) {
  CrashAtEachCommit(GetParam(), History::At::kAfterCommit);
}

// D1, D5: the same, when the broker that came back is dropped as well.
TEST_P(GatingTest, TwoCrashesForgetNothingThatWasTold) {
  for (std::uint32_t seed = 0; seed < kSeedsOfPairs; ++seed) {
    bool first_crashed = true;
    for (std::size_t first = 0; first_crashed; ++first) {
      bool second_crashed = true;
      for (std::size_t second = 0; second_crashed; second += 3) {
        History history(GetParam(), seed);
        first_crashed = history.RunToCommit(first);
        if (!first_crashed) break;
        history.Crash(History::At::kAfterCommit);
        second_crashed = history.RunToCommit(second);
        if (second_crashed) {
          history.Crash(History::At::kBeforeCommit);
          history.RunToCommit(SIZE_MAX);
        }
        ASSERT_EQ(history.Verdict(), "")
            << "seed " << seed << ", crashes at commits " << first << " and " << second;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Scenarios, GatingTest, testing::ValuesIn(kScenarios),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace tallymq::broker
