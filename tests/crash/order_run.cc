#include "order_run.h"

#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "peer.h"
#include "poller.h"
#include "program.h"

namespace tallymq::crash {

using std::chrono::milliseconds;

namespace {

// Longer than the broker keeps what is lazy, so that it has nothing left to write.
constexpr milliseconds kIdle{250};
constexpr milliseconds kPatience{20'000};

// A peer that does what it is told and remembers what came of it.
class Talker : public Peer {
 public:
  Talker(Poller& poller, std::string client_id, std::uint16_t port)
      : Peer(poller, {.client_id = std::move(client_id), .port = port, .client = {}, .stay_ms = 0},
             Random(1)) {
    Settle();
  }

  client::Client& core() { return client(); }
  void Send() { Flush(); }

  std::uint64_t done = 0;      // PUBACK, PUBCOMP, SUBACK, UNSUBACK
  std::uint64_t received = 0;  // whole exchanges

 protected:
  void OnEvent(const client::Event& event, bool) override {
    if (std::holds_alternative<client::Acknowledged>(event) ||
        std::holds_alternative<client::Subscribed>(event) ||
        std::holds_alternative<client::Unsubscribed>(event)) {
      ++done;
    }
    const auto* message = std::get_if<client::Message>(&event);
    if ((message != nullptr && message->qos == QoS::kAtLeastOnce) ||
        std::holds_alternative<client::Released>(event)) {
      ++received;
    }
  }
};

class OrderRun {
 public:
  explicit OrderRun(const OrderOptions& options)
      : options_(options),
        port_(FreePort()),
        publisher_(poller_, "order-publisher", port_),
        subscriber_(poller_, "order-subscriber", port_),
        trace_(options.folder + "/trace") {}

  OrderReport Run() {
    const std::string store = options_.folder + "/store";
    Program broker({"/usr/bin/strace", "-D", "-f", "-yy", "-xx", "-s", "1000000", "-o", trace_,
                    "-e", std::string(kTracedCalls), options_.broker, "--listen",
                    fmt::format("127.0.0.1:{}", port_), "--store", store},
                   options_.folder + "/tallymqd.log", options_.environment);
    broker_ = &broker;
    Connect(subscriber_);
    Connect(publisher_);
    Request(subscriber_, [](client::Client& core) {
      const mqtt::SubscriptionRequest request{.filter = *mqtt::TopicFilter::Parse("order/#"),
                                              .qos = QoS::kExactlyOnce};
      return core.Subscribe({&request, 1}, {}).has_value();
    });
    for (std::uint32_t i = 0; i < options_.rounds; ++i) Round(i);
    broker.Stop(SIGTERM);
    return CheckOrder(ParseTrace(ReadTrace(broker.pid())), store);
  }

 private:
  void Round(std::uint32_t number) {
    for (const QoS qos : {QoS::kAtLeastOnce, QoS::kExactlyOnce}) {
      const std::string payload = fmt::format("message {} {}", number, static_cast<int>(qos));
      const std::uint64_t before = subscriber_.received;
      Request(publisher_, [&](client::Client& core) {
        return core.Publish(*mqtt::TopicName::Parse("order/1"), payload, qos, false, {})
            .has_value();
      });
      Await([&] { return subscriber_.received > before; });
    }
    const std::string filter = fmt::format("other/{}", number);
    Request(subscriber_, [&](client::Client& core) {
      const mqtt::SubscriptionRequest request{.filter = *mqtt::TopicFilter::Parse(filter),
                                              .qos = QoS::kExactlyOnce};
      return core.Subscribe({&request, 1}, {}).has_value();
    });
    Request(subscriber_, [&](client::Client& core) {
      const mqtt::TopicFilter parsed = *mqtt::TopicFilter::Parse(filter);
      return core.Unsubscribe({&parsed, 1}, {}).has_value();
    });
    if (number % 2 == 1) {
      subscriber_.BrokerDied();
      Connect(subscriber_);
    }
  }

  void Connect(Talker& talker) {
    Await([&] { return talker.core().connected(); });
  }

  // Lets the broker come to rest, calls, and waits for the answer.
  void Request(Talker& talker, const std::function<bool(client::Client&)>& call) {
    Turn(kIdle, [] { return false; });
    const std::uint64_t before = talker.done;
    if (!call(talker.core())) throw std::runtime_error("a request was refused by the client");
    talker.Send();
    Await([&] { return talker.done > before; });
  }

  bool Turn(milliseconds limit, const std::function<bool()>& done) {
    for (const Moment end = Clock::now() + limit; Clock::now() < end;) {
      poller_.Wait(milliseconds(1));
      publisher_.Tick(Clock::now());
      subscriber_.Tick(Clock::now());
      if (done()) return true;
      if (broker_->Ended()) {
        throw std::runtime_error("the broker ended by itself; see " + options_.folder +
                                 "/tallymqd.log");
      }
    }
    return false;
  }

  void Await(const std::function<bool()>& done) {
    if (!Turn(kPatience, done)) {
      throw std::runtime_error("no answer from the broker; see " + options_.folder);
    }
  }

  // The tracer outlives the broker by a moment: waits for its last line.
  std::string ReadTrace(::pid_t pid) {
    const std::string last = fmt::format("\n{:<5} +++ exited", pid);
    for (const Moment end = Clock::now() + kPatience; Clock::now() < end;) {
      std::ifstream file(trace_);
      std::ostringstream text;
      text << file.rdbuf();
      if (text.str().find(last) != std::string::npos) return text.str();
      std::this_thread::sleep_for(milliseconds(20));
    }
    throw std::runtime_error("strace did not end its trace " + trace_);
  }

  const OrderOptions options_;
  const std::uint16_t port_;
  Poller poller_;
  Talker publisher_;
  Talker subscriber_;
  const std::string trace_;
  Program* broker_ = nullptr;
};

}  // namespace

OrderReport RunOrder(const OrderOptions& options) { return OrderRun(options).Run(); }

}  // namespace tallymq::crash
