// Goal: Paho C's synchronous client, as 3.1 and 3.1.1, works against the broker, also over a kill
// -9. Method: a client keeps its session state in its object (that of `--client paho` in files is
// the crash test's) and connects again to the broker's new port.

#include <MQTTClient.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <tuple>
#include <vector>

#include "tallymqd_process.h"

namespace tallymq {
namespace {

constexpr unsigned long kLimitMs = 30'000;

struct Message {
  std::string topic;
  std::string payload;
  int qos = 0;
  bool dup = false;
};

class Client {
 public:
  explicit Client(const char* id) {
    EXPECT_EQ(
        MQTTClient_create(&client_, "tcp://127.0.0.1:1", id, MQTTCLIENT_PERSISTENCE_NONE, nullptr),
        MQTTCLIENT_SUCCESS);
  }
  ~Client() { MQTTClient_destroy(&client_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void Connect(std::uint16_t port, int version) {
    std::string uri = "tcp://127.0.0.1:" + std::to_string(port);
    char* uris[] = {uri.data()};
    MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
    options.cleansession = 0;
    options.reliable = 0;
    options.MQTTVersion = version;
    options.serverURIcount = 1;
    options.serverURIs = uris;
    ASSERT_EQ(MQTTClient_connect(client_, &options), MQTTCLIENT_SUCCESS);
    EXPECT_EQ(options.returned.MQTTVersion, version);
  }
  void Disconnect() { MQTTClient_disconnect(client_, 1000); }
  // It has noticed that the broker is gone.
  void AwaitLoss() {
    while (MQTTClient_isConnected(client_) != 0) MQTTClient_yield();
  }

  void Subscribe(const char* filter, int qos) {
    ASSERT_EQ(MQTTClient_subscribe(client_, filter, qos), MQTTCLIENT_SUCCESS);
  }
  MQTTClient_deliveryToken Publish(const char* topic, const std::string& payload, int qos) {
    MQTTClient_deliveryToken token = 0;
    EXPECT_EQ(MQTTClient_publish(client_, topic, static_cast<int>(payload.size()), payload.data(),
                                 qos, 0, &token),
              MQTTCLIENT_SUCCESS);
    return token;
  }
  void AwaitCompletion(MQTTClient_deliveryToken token) {
    EXPECT_EQ(MQTTClient_waitForCompletion(client_, token, kLimitMs), MQTTCLIENT_SUCCESS);
  }
  Message Receive() {
    char* topic = nullptr;
    int topic_size = 0;
    MQTTClient_message* message = nullptr;
    EXPECT_EQ(MQTTClient_receive(client_, &topic, &topic_size, &message, kLimitMs),
              MQTTCLIENT_SUCCESS);
    if (message == nullptr) return {};
    Message received{topic,
                     std::string(static_cast<const char*>(message->payload),
                                 static_cast<std::size_t>(message->payloadlen)),
                     message->qos, message->dup != 0};
    MQTTClient_freeMessage(&message);
    MQTTClient_free(topic);
    return received;
  }

 private:
  MQTTClient client_ = nullptr;
};

struct Row {
  int version;
  int qos;
};
void PrintTo(const Row& row, std::ostream* out) {
  *out << (row.version == MQTTVERSION_3_1 ? "3.1" : "3.1.1") << " QoS " << row.qos;
}
std::string NameOf(const testing::TestParamInfo<Row>& row) {
  return std::string(row.param.version == MQTTVERSION_3_1 ? "Version31" : "Version311") + "Qos" +
         std::to_string(row.param.qos);
}

// QoS 1 may repeat what was under way.
std::vector<std::string> FirstOfEach(const std::vector<std::string>& payloads) {
  std::vector<std::string> firsts;
  for (const std::string& payload : payloads) {
    if (std::ranges::count(firsts, payload) == 0) firsts.push_back(payload);
  }
  return firsts;
}

class PahoCSync : public testing::TestWithParam<Row> {
 protected:
  void SetUp() override { ASSERT_TRUE(broker_.Start()) << broker_.log(); }
  void TearDown() override { EXPECT_EQ(broker_.End(SIGTERM), 0) << broker_.log(); }
  void KillAndStart() {
    broker_.End(SIGKILL);
    ASSERT_TRUE(broker_.Start()) << broker_.log();
  }

  test::TallymqdProcess broker_;
};

class PahoCSyncDurable : public PahoCSync {};

// [MQTT3-4.3.1-1] [MQTT3-4.3.2-1] [MQTT3-4.3.3-1] [MQTT3-4.6.0-6] [MQTT3-7.0.0-2]
TEST_P(PahoCSync, Exchanges) {
  const auto [version, qos] = GetParam();
  Client subscriber("sub");
  subscriber.Connect(broker_.port(), version);
  subscriber.Subscribe("bill/+", qos);
  Client publisher("pub");
  publisher.Connect(broker_.port(), version);
  for (int i = 0; i < 20; ++i) {
    publisher.AwaitCompletion(publisher.Publish("bill/1", std::to_string(i), qos));
    const Message message = subscriber.Receive();
    EXPECT_EQ(message.topic, "bill/1");
    EXPECT_EQ(message.payload, std::to_string(i));
    EXPECT_EQ(message.qos, qos);
    EXPECT_FALSE(message.dup);
  }
  publisher.Disconnect();
  subscriber.Disconnect();
}

// D1 D5 [MQTT3-3.1.2-5]
TEST_P(PahoCSyncDurable, FetchesAfterAKill) {
  const auto [version, qos] = GetParam();
  Client subscriber("sub");
  subscriber.Connect(broker_.port(), version);
  subscriber.Subscribe("bill/#", qos);
  subscriber.Disconnect();
  KillAndStart();
  Client publisher("pub");
  publisher.Connect(broker_.port(), version);
  for (int i = 0; i < 20; ++i) {
    publisher.AwaitCompletion(publisher.Publish("bill/1", std::to_string(i), qos));
  }
  publisher.Disconnect();
  KillAndStart();
  subscriber.Connect(broker_.port(), version);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(subscriber.Receive().payload, std::to_string(i));
  subscriber.Disconnect();
}

// D1 D5 [MQTT3-4.4.0-1]
TEST_P(PahoCSyncDurable, GoesOnWithWhatWasUnderWayWhenKilled) {
  const auto [version, qos] = GetParam();
  Client subscriber("sub");
  subscriber.Connect(broker_.port(), version);
  subscriber.Subscribe("bill/#", qos);
  subscriber.Disconnect();
  Client publisher("pub");
  publisher.Connect(broker_.port(), version);
  std::vector<MQTTClient_deliveryToken> tokens;
  for (int i = 0; i < 10; ++i)
    tokens.push_back(publisher.Publish("bill/1", std::to_string(i), qos));
  KillAndStart();
  publisher.AwaitLoss();
  publisher.Connect(broker_.port(), version);
  for (const MQTTClient_deliveryToken token : tokens) publisher.AwaitCompletion(token);
  publisher.AwaitCompletion(publisher.Publish("bill/1", "marker", qos));
  publisher.Disconnect();

  subscriber.Connect(broker_.port(), version);
  std::vector<std::string> received;
  do {
    received.push_back(subscriber.Receive().payload);
  } while (received.back() != "marker" && !received.back().empty());
  subscriber.Disconnect();
  if (qos == 1) received = FirstOfEach(received);
  const std::vector<std::string> expected{"0", "1", "2", "3", "4",     "5",
                                          "6", "7", "8", "9", "marker"};
  EXPECT_EQ(received, expected);
}

constexpr Row kAll[] = {{MQTTVERSION_3_1, 0},   {MQTTVERSION_3_1, 1},   {MQTTVERSION_3_1, 2},
                        {MQTTVERSION_3_1_1, 0}, {MQTTVERSION_3_1_1, 1}, {MQTTVERSION_3_1_1, 2}};
constexpr Row kDurable[] = {
    {MQTTVERSION_3_1, 1}, {MQTTVERSION_3_1, 2}, {MQTTVERSION_3_1_1, 1}, {MQTTVERSION_3_1_1, 2}};

INSTANTIATE_TEST_SUITE_P(EveryQos, PahoCSync, testing::ValuesIn(kAll), NameOf);
INSTANTIATE_TEST_SUITE_P(Qos1And2, PahoCSyncDurable, testing::ValuesIn(kDurable), NameOf);

}  // namespace
}  // namespace tallymq
