// Goal: bytes on real sockets become the right events and effects become the right bytes, within
// bounds. Method: a network on loopback, port 0, driven by hand turn by turn; the sink notes events
// as words. The peers are in the same thread; nothing waits but `Poll`.

#include "tallymq/net/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "peer.h"
#include "tallymq/mqtt/codec.h"

namespace tallymq::net {
namespace {

using testing::ElementsAre;

std::string Connect(std::string_view client_id) {
  mqtt::Connect connect;
  connect.client_id = client_id;
  std::string bytes;
  mqtt::Encode(connect, mqtt::Version::k311, bytes);
  return bytes;
}

std::string Publish(std::string_view topic, std::string_view payload) {
  mqtt::Publish publish;
  publish.topic = *mqtt::TopicName::Parse(topic);
  publish.payload = payload;
  std::string bytes;
  mqtt::Encode(publish, mqtt::Version::k311, bytes);
  return bytes;
}

broker::Send SendPublish(ConnId conn, std::string_view topic, std::string_view payload) {
  broker::OutPublish publish;
  publish.message = storage::Message::Make({}, topic, "", payload);
  return {conn, mqtt::Version::k311, publish};
}

// Notes each event as a word, without the connection: connected, CONNECT a, PUBLISH t 3, PINGREQ,
// malformed, closed, writable.
class NotingSink : public EventSink {
 public:
  void OnEvent(const broker::Event& event) override {
    if (const auto* connected = std::get_if<broker::Connected>(&event)) {
      Note(connected->conn, "connected");
      peer = connected->peer;
      nonces.push_back(connected->nonce);
    } else if (const auto* received = std::get_if<broker::Received>(&event)) {
      Note(received->conn, Word(received->packet));
    } else if (const auto* malformed = std::get_if<broker::Malformed>(&event)) {
      error = malformed->error;
      Note(malformed->conn, "malformed");
    } else if (const auto* closed = std::get_if<broker::Closed>(&event)) {
      Note(closed->conn, "closed");
    } else if (const auto* writable = std::get_if<broker::Writable>(&event)) {
      Note(writable->conn, "writable");
    }
  }

  std::vector<std::string> words;
  std::map<std::string, int> counts;  // of words
  std::vector<ConnId> conns;          // of connected
  std::vector<std::uint64_t> nonces;
  std::string peer;
  std::string payload;  // of the last PUBLISH
  mqtt::DecodeError error;
  std::function<void(ConnId, const std::string&)> react;

 private:
  std::string Word(const mqtt::Packet& packet) {
    if (const auto* connect = std::get_if<mqtt::Connect>(&packet)) {
      return "CONNECT " + std::string{connect->client_id};
    }
    if (const auto* publish = std::get_if<mqtt::Publish>(&packet)) {
      payload = publish->payload;
      return "PUBLISH " + std::string{publish->topic.text()} + " " +
             std::to_string(publish->payload.size());
    }
    return std::holds_alternative<mqtt::Pingreq>(packet) ? "PINGREQ" : "other";
  }

  void Note(ConnId conn, const std::string& word) {
    if (word == "connected") conns.push_back(conn);
    words.push_back(word);
    ++counts[word];
    if (react) react(conn, word);
  }
};

class NetworkTest : public testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    Start({});
  }

  void Start(const Options& options) {
    network_ = std::make_unique<Network>(options, sink_);
    address_ = network_->Listen(*Address::Parse("127.0.0.1:0")).value();
  }

  // Runs turns until `done`; fails the test if it is not after some seconds.
  void Until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!done()) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << "waited in vain";
      Turn();
    }
  }
  void Turn() {
    network_->Poll(10);
    network_->Flush();
  }

  Peer ConnectedPeer() {
    const std::size_t before = sink_.conns.size();
    Peer peer{address_};
    Until([&] { return sink_.conns.size() > before; });
    return peer;
  }

  NotingSink sink_;
  std::unique_ptr<Network> network_;
  Address address_ = *Address::Parse("127.0.0.1:0");
};

TEST_F(NetworkTest, TellsOfAConnectionItsPacketsAndItsEnd) {
  Peer peer = ConnectedPeer();
  peer.Send(Connect("a") + Publish("t", "abc"));
  Until([&] { return sink_.counts["PUBLISH t 3"] == 1; });
  peer.Close();
  Until([&] { return sink_.counts["closed"] == 1; });
  EXPECT_THAT(sink_.words, ElementsAre("connected", "CONNECT a", "PUBLISH t 3", "closed"));
  EXPECT_EQ(sink_.peer.rfind("127.0.0.1:", 0), 0u) << sink_.peer;
  EXPECT_EQ(network_->connections(), 0u);
}

TEST_F(NetworkTest, ListensOnIpv6) {
  address_ = network_->Listen(*Address::Parse("[::1]:0")).value();
  Peer peer = ConnectedPeer();
  EXPECT_EQ(sink_.peer.rfind("[::1]:", 0), 0u) << sink_.peer;
}

TEST_F(NetworkTest, SaysWhyItCannotListen) {
  const auto second = network_->Listen(address_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), "cannot listen on " + address_.ToString() + ": Address already in use");
}

// Spec: [MQTT3-7.1.1-1], an ordered stream of bytes says nothing of packets.
TEST_F(NetworkTest, PacketsMayBeSplitAtEveryByte) {
  const std::string large(200, 'x');
  const std::string stream = Connect("a") + Publish("t", large) + Publish("u", "") + "\xC0" +
                             std::string(1, '\0') + Publish("v", "1");
  for (std::size_t split = 1; split < stream.size(); ++split) {
    Peer peer = ConnectedPeer();
    sink_.words.clear();
    sink_.counts.clear();
    peer.Send(stream.substr(0, split));
    const std::uint64_t before = network_->counters().bytes_in;
    Until([&] { return network_->counters().bytes_in == before + split; });
    peer.Send(stream.substr(split));
    Until([&] { return sink_.counts["PUBLISH v 1"] == 1; });
    EXPECT_THAT(sink_.words,
                ElementsAre("CONNECT a", "PUBLISH t 200", "PUBLISH u 0", "PINGREQ", "PUBLISH v 1"))
        << split;
  }
}

TEST_F(NetworkTest, PacketsMayComeByteByByte) {
  const std::string stream = Connect("a") + Publish("t", std::string(200, 'x'));
  Peer peer = ConnectedPeer();
  for (std::size_t i = 0; i < stream.size(); ++i) {
    peer.Send(stream.substr(i, 1));
    Until([&] { return network_->counters().bytes_in == i + 1; });
  }
  EXPECT_THAT(sink_.words, ElementsAre("connected", "CONNECT a", "PUBLISH t 200"));
}

TEST_F(NetworkTest, PacketsMayBeLargerThanTheReadBuffer) {
  std::string large;
  for (int i = 0; large.size() < 3'000'000; ++i) large += std::to_string(i);
  const std::string stream = Connect("a") + Publish("t", large) + Publish("u", "1");
  Peer peer = ConnectedPeer();
  std::size_t sent = 0;
  Until([&] {
    if (sent < stream.size()) sent += peer.Send(std::string_view{stream}.substr(sent));
    return sink_.counts["PUBLISH u 1"] == 1;
  });
  EXPECT_EQ(sink_.counts["PUBLISH t " + std::to_string(large.size())], 1);
}

TEST_F(NetworkTest, BytesOfALargePacketArriveUnchanged) {
  std::string large;
  for (int i = 0; large.size() < 500'000; ++i) large += std::to_string(i);
  const std::string stream = Connect("a") + Publish("t", large);
  Peer peer = ConnectedPeer();
  std::size_t sent = 0;
  Until([&] {
    if (sent < stream.size()) sent += peer.Send(std::string_view{stream}.substr(sent, 10'007));
    return sink_.counts["PUBLISH t " + std::to_string(large.size())] == 1;
  });
  EXPECT_TRUE(sink_.payload == large);
}

TEST_F(NetworkTest, BytesThatAreNoPacketAreToldOnceAndNothingAfterThem) {
  Peer peer = ConnectedPeer();
  peer.Send(Connect("a") + std::string("\xF0\x00", 2) + Publish("t", "1"));
  Until([&] { return sink_.counts["malformed"] == 1; });
  peer.Send(Publish("t", "1"));
  Turn();
  Turn();
  EXPECT_THAT(sink_.words, ElementsAre("connected", "CONNECT a", "malformed"));
  EXPECT_FALSE(sink_.error.what.empty());
  // The sink may still say why.
  network_->Perform(broker::Send{sink_.conns[0], mqtt::Version::k311, mqtt::Pingresp{}});
  network_->Perform(broker::Close{sink_.conns[0]});
  std::string answer;
  Until([&] {
    peer.Receive(answer);
    return peer.eof();
  });
  EXPECT_EQ(answer, std::string("\xD0\x00", 2));
}

TEST_F(NetworkTest, PacketsBeyondTheLimitAreRefusedByTheirHeader) {
  Start({.packet_bytes_max = 1000});
  Peer peer = ConnectedPeer();
  peer.Send(Connect("a") + Publish("t", std::string(1000, 'x')).substr(0, 3));
  Until([&] { return sink_.counts["malformed"] == 1; });
  EXPECT_EQ(sink_.error.reason, mqtt::ReasonCode::kPacketTooLarge);
}

TEST_F(NetworkTest, PauseTakesEffectInTheMiddleOfAChunk) {
  sink_.react = [&](ConnId conn, const std::string& word) {
    if (word == "PUBLISH t 1") network_->Perform(broker::PauseReading{conn});
  };
  Peer peer = ConnectedPeer();
  const std::string half = Publish("w", "4444");
  peer.Send(Connect("a") + Publish("t", "1") + Publish("u", "22") + Publish("v", "333") +
            half.substr(0, 4));
  Until([&] { return sink_.counts["PUBLISH t 1"] == 1; });
  peer.Send(half.substr(4));
  for (int i = 0; i < 3; ++i) Turn();
  EXPECT_THAT(sink_.words, ElementsAre("connected", "CONNECT a", "PUBLISH t 1"));

  network_->Perform(broker::ResumeReading{sink_.conns[0]});
  Until([&] { return sink_.counts["PUBLISH w 4"] == 1; });
  EXPECT_THAT(sink_.words, ElementsAre("connected", "CONNECT a", "PUBLISH t 1", "PUBLISH u 2",
                                       "PUBLISH v 3", "PUBLISH w 4"));
}

TEST_F(NetworkTest, PauseKeepsWhatCameBehindAPacketThatCameInParts) {
  sink_.react = [&](ConnId conn, const std::string& word) {
    if (word == "PUBLISH t 1") network_->Perform(broker::PauseReading{conn});
  };
  Peer peer = ConnectedPeer();
  const std::string stream = Connect("a") + Publish("t", "1") + Publish("u", "22");
  const std::size_t split = stream.size() - Publish("u", "22").size() - 2;
  peer.Send(stream.substr(0, split));
  Until([&] { return network_->counters().bytes_in == split; });
  peer.Send(stream.substr(split));
  Until([&] { return sink_.counts["PUBLISH t 1"] == 1; });
  EXPECT_THAT(sink_.words, ElementsAre("connected", "CONNECT a", "PUBLISH t 1"));
  // Nothing more comes from the peer: what is left is there already.
  network_->Perform(broker::ResumeReading{sink_.conns[0]});
  network_->Poll(Network::kForever);
  EXPECT_EQ(sink_.counts["PUBLISH u 2"], 1);
}

TEST_F(NetworkTest, PausedConnectionsTakeNothingFromTheKernel) {
  Peer peer = ConnectedPeer();
  network_->Perform(broker::PauseReading{sink_.conns[0]});
  peer.Send(Connect("a"));
  for (int i = 0; i < 3; ++i) Turn();
  EXPECT_EQ(network_->counters().bytes_in, 0u);
  network_->Perform(broker::ResumeReading{sink_.conns[0]});
  Until([&] { return sink_.counts["CONNECT a"] == 1; });
}

TEST_F(NetworkTest, NothingComesAfterClose) {
  sink_.react = [&](ConnId conn, const std::string& word) {
    if (word == "PUBLISH t 1") network_->Perform(broker::Close{conn});
  };
  Peer peer = ConnectedPeer();
  peer.Send(Connect("a") + Publish("t", "1") + Publish("u", "22"));
  std::string ignored;
  Until([&] {
    peer.Receive(ignored);
    return peer.eof();
  });
  peer.Close();
  Until([&] { return !network_->output_pending(); });
  EXPECT_THAT(sink_.words, ElementsAre("connected", "CONNECT a", "PUBLISH t 1"));
}

TEST_F(NetworkTest, WhatIsSentInATurnLeavesInOneWriteInOrder) {
  Peer peer = ConnectedPeer();
  const ConnId conn = sink_.conns[0];
  const std::string large(5000, 'x');
  network_->Perform(broker::Send{conn, mqtt::Version::k311, mqtt::Puback{PacketId{7}, {}, {}}});
  network_->Perform(SendPublish(conn, "t", "small"));
  network_->Perform(SendPublish(conn, "u", large));
  network_->Perform(SendPublish(conn, "v", ""));
  network_->Flush();
  std::string bytes;
  peer.Receive(bytes);
  EXPECT_EQ(bytes, std::string("\x40\x02\x00\x07", 4) + Publish("t", "small") +
                       Publish("u", large) + Publish("v", ""));
  EXPECT_EQ(sink_.counts["writable"], 1);
}

TEST_F(NetworkTest, APeerThatDoesNotReadMakesNobodyWaitAndIsToldOfLater) {
  Peer slow = ConnectedPeer();
  Peer other = ConnectedPeer();
  const std::string payload(16u << 20, 'x');
  network_->Perform(SendPublish(sink_.conns[0], "t", payload));
  network_->Perform(SendPublish(sink_.conns[1], "t", "1"));
  for (int i = 0; i < 3; ++i) Turn();
  EXPECT_EQ(sink_.counts["writable"], 1);  // of the other one
  EXPECT_TRUE(network_->output_pending());
  std::string bytes;
  other.Receive(bytes);
  EXPECT_EQ(bytes, Publish("t", "1"));

  // More is taken while it is blocked, and comes behind.
  network_->Perform(SendPublish(sink_.conns[0], "u", "2"));
  bytes.clear();
  Until([&] {
    slow.Receive(bytes);
    return sink_.counts["writable"] == 2;
  });
  slow.Receive(bytes);
  EXPECT_TRUE(bytes == Publish("t", payload) + Publish("u", "2"));
  EXPECT_FALSE(network_->output_pending());
}

TEST_F(NetworkTest, WhatTheSinkSendsWhenToldWritableLeavesInTheNextTurn) {
  int left = 5;
  sink_.react = [&](ConnId conn, const std::string& word) {
    if (word == "writable" && left-- > 0) network_->Perform(SendPublish(conn, "t", "1"));
  };
  Peer peer = ConnectedPeer();
  network_->Perform(SendPublish(sink_.conns[0], "t", "1"));
  std::string bytes;
  Until([&] {
    peer.Receive(bytes);
    return bytes.size() == 6 * Publish("t", "1").size();
  });
}

// Else the output of one that keeps up could reach the core's bound within a turn, and be dropped.
TEST_F(NetworkTest, OutputIsWrittenBeforeEveryonesInputIsRead) {
  Peer reader = ConnectedPeer();
  const std::string packet = Publish("t", std::string(1000, 'x'));
  std::string chunk;
  while (chunk.size() < 60'000) chunk += packet;
  std::vector<Peer> writers;
  for (int i = 0; i < 40; ++i) writers.push_back(ConnectedPeer());
  for (Peer& writer : writers) ASSERT_EQ(writer.Send(chunk), chunk.size());
  std::size_t unwritten = 0;
  std::size_t most = 0;
  sink_.react = [&](ConnId, const std::string& word) {
    if (word != "PUBLISH t 1000") return;
    network_->Perform(SendPublish(sink_.conns[0], "t", sink_.payload));
    unwritten += packet.size();
    most = std::max(most, unwritten);
  };
  std::string bytes;
  Until([&] {
    unwritten = 0;  // a turn has ended
    reader.Receive(bytes);
    return bytes.size() == 40 * chunk.size();
  });
  EXPECT_LT(most, 400'000u);
}

// A socket closed over unread input sends a reset, which can destroy what was sent last.
TEST_F(NetworkTest, CloseDeliversTheLastBytesThoughInputIsUnread) {
  Peer peer = ConnectedPeer();
  const std::string rest(100'000, 'x');
  peer.Send(Connect("a"));
  Until([&] { return sink_.counts["CONNECT a"] == 1; });
  peer.Send(rest);
  const auto refused = broker::OutConnack{false, mqtt::ReasonCode::kNotAuthorized, {}};
  network_->Perform(broker::Send{sink_.conns[0], mqtt::Version::k311, refused});
  network_->Perform(broker::Close{sink_.conns[0]});
  network_->Flush();
  peer.Send(rest);
  std::string bytes;
  Until([&] {
    peer.Receive(bytes);
    return peer.eof() || peer.reset();
  });
  EXPECT_FALSE(peer.reset());
  EXPECT_EQ(bytes, std::string("\x20\x02\x00\x05", 4));
  peer.Close();
  Until([&] { return !network_->output_pending(); });
  EXPECT_EQ(sink_.counts["closed"], 0);
}

TEST_F(NetworkTest, APeerThatNeverClosesIsWaitedForNotForEver) {
  Start({.linger_ms = 20});
  Peer peer = ConnectedPeer();
  network_->Perform(broker::Close{sink_.conns[0]});
  network_->Flush();
  EXPECT_TRUE(network_->output_pending());
  Until([&] { return !network_->output_pending(); });
}

TEST_F(NetworkTest, EffectsOnAConnectionThatIsGoneDoNothing) {
  Peer first = ConnectedPeer();
  const ConnId old = sink_.conns[0];
  first.Close();
  Until([&] { return sink_.counts["closed"] == 1; });
  Turn();
  Peer second = ConnectedPeer();  // has the old one's descriptor
  ASSERT_NE(sink_.conns[1], old);
  network_->Perform(SendPublish(old, "t", "1"));
  network_->Perform(broker::PauseReading{old});
  network_->Perform(broker::Close{old});
  network_->Perform(broker::Close{ConnId{}});
  network_->Flush();
  second.Send(Connect("b"));
  Until([&] { return sink_.counts["CONNECT b"] == 1; });
  std::string bytes;
  second.Receive(bytes);
  EXPECT_EQ(bytes, "");
}

TEST_F(NetworkTest, IdentifiersAndNoncesAreUnique) {
  for (int i = 0; i < 100; ++i) Peer{ConnectedPeer()}.Close();
  EXPECT_EQ(std::set(sink_.conns.begin(), sink_.conns.end()).size(), 100u);
  EXPECT_EQ(std::set(sink_.nonces.begin(), sink_.nonces.end()).size(), 100u);
}

TEST_F(NetworkTest, ServesManyConnections) {
  std::vector<Peer> peers;
  for (int i = 0; i < 500; ++i) peers.emplace_back(address_);
  Until([&] { return sink_.conns.size() == 500; });
  for (Peer& peer : peers) peer.Send(Connect("a"));
  Until([&] { return sink_.counts["CONNECT a"] == 500; });
  EXPECT_EQ(network_->connections(), 500u);
}

TEST_F(NetworkTest, ConnectionsBeyondTheMaximumAreClosedAndCounted) {
  Start({.connections_max = 2});
  Peer first = ConnectedPeer();
  Peer second = ConnectedPeer();
  Peer third{address_};
  std::string ignored;
  Until([&] {
    third.Receive(ignored);
    return third.eof();
  });
  EXPECT_EQ(network_->counters().refused, 1u);
  EXPECT_EQ(network_->connections(), 2u);
  first.Close();
  Until([&] { return sink_.counts["closed"] == 1; });
  Turn();
  Peer fourth = ConnectedPeer();
}

// The process's limit of open files, lowered so that `left` more can be opened.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t left) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest_free = dup(STDERR_FILENO);
    close(lowest_free);
    const rlimit few{static_cast<rlim_t>(lowest_free) + left, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(NetworkTest, WithoutDescriptorsConnectionsAreClosedAndCountedAndItGoesOn) {
  std::vector<Peer> peers;
  for (int i = 0; i < 10; ++i) peers.emplace_back(address_);
  {
    const FewDescriptors few{3};
    Until([&] { return network_->counters().refused == 7; });
    EXPECT_EQ(sink_.conns.size(), 3u);
    // The others are served as before.
    peers[0].Send(Connect("a"));
    Until([&] { return sink_.counts["CONNECT a"] == 1; });
  }
  Peer late = ConnectedPeer();
  EXPECT_EQ(network_->connections(), 4u);
}

TEST_F(NetworkTest, StoppedInputStillLetsOutputFlow) {
  Peer peer = ConnectedPeer();
  network_->StopInput();
  peer.Send(Connect("a"));
  network_->Perform(SendPublish(sink_.conns[0], "t", "1"));
  for (int i = 0; i < 3; ++i) Turn();
  std::string bytes;
  peer.Receive(bytes);
  EXPECT_EQ(bytes, Publish("t", "1"));
  EXPECT_EQ(sink_.counts["CONNECT a"], 0);
}

TEST_F(NetworkTest, WakeEndsAWaitAndWatchedDescriptorsAreToldOf) {
  for (int i = 0; i < 100; ++i) {
    std::thread other{[&] { network_->Wake(); }};
    network_->Poll(Network::kForever);
    other.join();
  }
  int pipe_fds[2];
  ASSERT_EQ(pipe(pipe_fds), 0);
  int told = 0;
  network_->Watch(pipe_fds[0], [&] {
    char byte;
    EXPECT_EQ(read(pipe_fds[0], &byte, 1), 1);
    ++told;
  });
  ASSERT_EQ(write(pipe_fds[1], "x", 1), 1);
  network_->Poll(Network::kForever);
  EXPECT_EQ(told, 1);
  network_.reset();
  close(pipe_fds[0]);
  close(pipe_fds[1]);
}

}  // namespace
}  // namespace tallymq::net
