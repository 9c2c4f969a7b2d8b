// crashtest-paho: a program with one client of Paho C (MQTTAsync) whose session lies in files. It
// does what the lines on its standard input say, and tells what happened on its standard output;
// see paho_event.h. A program for each client, as in the world: what goes wrong with the memory of
// one harms no other.
//
//   connect
//   disconnect
//   subscribe FILTER...            with QoS 2
//   publish QOS TOPIC PAYLOAD
//   end                            as a program ends that has nothing open
//
// It ends by itself when a PUBLISH could not be written. Paho C 1.3.12 then frees the payload,
// keeps the message, and sends whatever lies there by then when it connects again
// (eclipse-paho/paho.mqtt.c issue 1592); the file still has the payload. For a message restored
// from a file there is no failure callback, so it is the trace that tells. Paho holds its lock
// then: no other callback is under way.

#include <MQTTAsync.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

// Messages that may wait for the window, in Paho's queue. Never reached.
constexpr int kBufferedMax = 10'000;
constexpr int kConnectTimeout_s = 5;
constexpr int kKeepAlive_s = 60;

// Writes a line, whole. Called by all threads.
void Tell(std::string line) {
  static std::mutex mutex;
  for (char& c : line) {
    if (c < ' ' || c > '~') c = '?';
  }
  line.push_back('\n');
  const std::lock_guard lock(mutex);
  for (std::string_view rest = line; !rest.empty();) {
    const ::ssize_t size = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (size <= 0) ::_exit(0);  // the run is over
    rest.remove_prefix(static_cast<std::size_t>(size));
  }
}

void TellNumber(const char* what, int number) { Tell(what + (" " + std::to_string(number))); }

void OnTrace(enum MQTTASYNC_TRACE_LEVELS level, char* line) {
  if (level != MQTTASYNC_TRACE_PROTOCOL) return;
  const std::string text = line;
  Tell("trace " + text);
  const std::size_t head = text.find(" payload len(");
  if (head != std::string::npos && text.find(" -> PUBLISH ") < head && text.find(" rc -1") < head) {
    Tell("send-failed");
    ::_exit(0);
  }
}

void OnLost(void* /*context*/, char* /*cause*/) { Tell("lost"); }

void OnDelivered(void* /*context*/, MQTTAsync_token token) { TellNumber("delivered", token); }

int OnMessage(void* /*context*/, char* topic, int /*size*/, MQTTAsync_message* message) {
  std::ostringstream line;
  line << "message " << message->msgid << ' ' << message->qos << ' ' << message->dup << ' '
       << message->retained << ' ' << topic << ' '
       << std::string_view(static_cast<const char*>(message->payload),
                           static_cast<std::size_t>(message->payloadlen));
  Tell(line.str());
  MQTTAsync_freeMessage(&message);
  MQTTAsync_free(topic);
  return 1;
}

struct Options {
  std::string client_id;
  std::string port;
  std::string folder;
  int version = MQTTVERSION_3_1_1;
  int window = 32;
};

class Client {
 public:
  explicit Client(Options options) : options_(std::move(options)) {
    MQTTAsync_setTraceCallback(OnTrace);
    MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer;
    create.sendWhileDisconnected = 1;
    create.allowDisconnectedSendAtAnyTime = 1;
    create.maxBufferedMessages = kBufferedMax;
    const std::string uri = "tcp://127.0.0.1:" + options_.port;
    Check("create", MQTTAsync_createWithOptions(&handle_, uri.c_str(), options_.client_id.c_str(),
                                                MQTTCLIENT_PERSISTENCE_DEFAULT,
                                                options_.folder.data(), &create));
    MQTTAsync_setTraceLevel(MQTTASYNC_TRACE_PROTOCOL);  // `create` has reset it
    Check("callbacks", MQTTAsync_setCallbacks(handle_, nullptr, OnLost, OnMessage, OnDelivered));
  }
  ~Client() { MQTTAsync_destroy(&handle_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void Connect() {
    MQTTAsync_connectOptions connect = MQTTAsync_connectOptions_initializer;
    connect.cleansession = 0;
    connect.keepAliveInterval = kKeepAlive_s;
    connect.connectTimeout = kConnectTimeout_s;
    connect.maxInflight = options_.window;
    connect.MQTTVersion = options_.version;
    connect.onSuccess = [](void*, MQTTAsync_successData* data) {
      TellNumber("connected", data->alt.connect.sessionPresent);
    };
    connect.onFailure = [](void*, MQTTAsync_failureData*) { Tell("connect-failed"); };
    // Refused while it still has to end the last one.
    if (MQTTAsync_connect(handle_, &connect) != MQTTASYNC_SUCCESS) Tell("connect-failed");
  }

  void Disconnect() {
    MQTTAsync_disconnectOptions disconnect = MQTTAsync_disconnectOptions_initializer;
    disconnect.onSuccess = [](void*, MQTTAsync_successData*) { Tell("disconnected"); };
    disconnect.onFailure = [](void*, MQTTAsync_failureData*) { Tell("disconnected"); };
    // Refused when the connection is lost already, which is told.
    MQTTAsync_disconnect(handle_, &disconnect);
  }

  void Subscribe(std::vector<std::string> filters) {
    std::vector<char*> pointers;
    for (std::string& filter : filters) pointers.push_back(filter.data());
    const std::vector<int> qos(filters.size(), 2);
    MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
    // Paho gives one QoS, or an array of several.
    response.onSuccess = [](void* context, MQTTAsync_successData* data) {
      TellNumber("subscribed", context == nullptr ? data->alt.qos : data->alt.qosList[0]);
    };
    response.onFailure = [](void*, MQTTAsync_failureData*) { Tell("subscribe-failed"); };
    response.context = filters.size() == 1 ? nullptr : this;
    Check("subscribe", MQTTAsync_subscribeMany(handle_, static_cast<int>(filters.size()),
                                               pointers.data(), qos.data(), &response));
  }

  void Publish(int qos, const std::string& topic, const std::string& payload) {
    Check("send", MQTTAsync_send(handle_, topic.c_str(), static_cast<int>(payload.size()),
                                 payload.data(), qos, 0, nullptr));
    Tell("taken");
  }

 private:
  static void Check(const char* what, int result) {
    if (result == MQTTASYNC_SUCCESS) return;
    Tell(std::string("refused ") + what + " " + std::to_string(result));
  }

  Options options_;
  MQTTAsync handle_ = nullptr;
};

void Serve(Client& client) {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command;
    words >> command;
    if (command == "connect") {
      client.Connect();
    } else if (command == "disconnect") {
      client.Disconnect();
    } else if (command == "subscribe") {
      std::vector<std::string> filters;
      for (std::string filter; words >> filter;) filters.push_back(filter);
      client.Subscribe(std::move(filters));
    } else if (command == "publish") {
      int qos = 0;
      std::string topic;
      words >> qos >> topic;
      words.get();  // the blank
      std::string payload;
      std::getline(words, payload);
      client.Publish(qos, topic, payload);
    } else if (command == "end") {
      return;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fputs("Usage: crashtest-paho CLIENT-ID PORT FOLDER 3.1|3.1.1 WINDOW\n", stderr);
    return 2;
  }
  Client client(
      {.client_id = argv[1],
       .port = argv[2],
       .folder = argv[3],
       .version = std::string_view(argv[4]) == "3.1" ? MQTTVERSION_3_1 : MQTTVERSION_3_1_1,
       .window = std::atoi(argv[5])});
  Serve(client);
  return 0;
}
