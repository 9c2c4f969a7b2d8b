// The store that the tests look into, and a tallyctl that looks.
//
// anna: MQTT 3.1.1, offline, every state of the handshake in both directions. bert: MQTT 3.1, was
// connected when the broker ended, nothing open. A third with a client identifier that would do
// harm to a terminal. Four retained messages, one of them of a topic that begins with "$".

#pragma once

#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "command_line.h"
#include "fake_store.h"

namespace tallymq::tallyctl {

inline FakeStore ExampleStore() {
  using storage::Seq;
  using storage::SessionNumber;
  FakeStore store;
  store.info = {.path = "data",
                .format_version = 1,
                .uuid = "0b5c3f0e-8f1d-4c36-9d5e-1c6f2a7b8d90",
                .incarnation = 1,
                .recovered = {.last = Lsn{4711},
                              .times = {.broker_ms = 5'000'000, .wall_ms = 1'764'490'504'250},
                              .start = 2,
                              .next_session = SessionNumber{65'537},
                              .next_message = storage::MessageNumber{65'537},
                              .retained = {.count = 4, .bytes = 2'345}},
                .mark = Lsn{4711},
                .sessions = 3,
                .dead_sessions = 1,
                .subscriptions = 3,
                .bytes_on_disk = 12'345'678};

  storage::StoredSession anna;
  anna.number = SessionNumber{7};
  anna.record.client_id = "anna";
  anna.record.user_name = "a.meier";
  anna.record.start = 2;
  anna.record.epoch = 3;
  anna.record.disconnected_ms = 4'940'000;  // a minute before the newest commit
  anna.subscriptions = {{"bill/#", {.qos = QoS::kExactlyOnce}},
                        {"news/+/today", {.qos = QoS::kAtLeastOnce}}};
  anna.subscriptions[0].record.no_local = true;
  anna.subscriptions[0].record.identifier = 7;
  anna.subscriptions[1].record.scan = {.before = storage::MessageNumber{65'000},
                                       .next = Seq{70'000},
                                       .end = Seq{4'295'037'296},
                                       .after = "news/y/today"};
  anna.state.head = Seq{65'537};
  anna.state.reserved_tail = Seq{66'561};
  anna.state.send_mark = Seq{65'540};
  anna.state.finished.Insert(65'538);
  anna.state.awaiting_pubcomp.Insert(65'530);
  anna.state.awaiting_pubcomp.Insert(65'538);
  anna.state.inbound.InsertRange(9, 12);
  anna.state.inbound.Insert(3);
  store.sessions.push_back(anna);
  store.Append(7, 65'530, QoS::kExactlyOnce, "bill/0", "body of a finished entry");
  store.Append(7, 65'531, QoS::kAtLeastOnce, "news/w/today", "finished");
  store.Append(7, 65'537, QoS::kExactlyOnce, "bill/1", "one coffee");
  store.Append(7, 65'538, QoS::kExactlyOnce, "bill/2", "two coffees");
  store.Append(7, 65'539, QoS::kAtLeastOnce, "news/x/today", std::string_view("\x00\xff", 2));
  store.Append(7, 65'541, QoS::kExactlyOnce, "bill/4", "four\ncöffees");
  store.Append(7, 65'543, QoS::kAtLeastOnce, "news/y/today", "");

  storage::StoredSession bert;
  bert.number = SessionNumber{8};
  bert.record.client_id = "bert";
  bert.record.protocol = 3;
  bert.record.connected = true;
  bert.record.start = 2;
  bert.record.epoch = 1;
  bert.subscriptions = {{"#", {.qos = QoS::kAtMostOnce}}};
  bert.will = {.delay_s = 0,
               .message = storage::Message::Make({.qos = QoS::kExactlyOnce, .retain = true},
                                                 "state/bert", "", "gone")};
  store.sessions.push_back(bert);

  // Was connected under the first start; when that connection ended, nobody wrote down.
  storage::StoredSession odd;
  odd.number = SessionNumber{9};
  odd.record.client_id = "\x1b[2J";
  odd.record.connected = true;
  odd.record.start = 1;
  store.sessions.push_back(odd);

  store.Retain(31, QoS::kAtMostOnce, "$SYS/version", "1");
  store.Retain(
      40, QoS::kExactlyOnce, "news/x/today", "sunny", 3600,
      std::string_view("\x01\x01\x03\x00\x04text\x09\x00\x01\xff\x26\x00\x01k\x00\x01v", 20));
  store.Retain(38, QoS::kAtLeastOnce, "news/y/today", std::string_view("\x00\xff", 2));
  store.Retain(39, QoS::kAtLeastOnce, "state/anna", "here\nand there");
  return store;
}

// What a run of tallyctl left behind.
struct Ran {
  int code = -1;
  std::string out;
  std::string err;
};

// How the terminal of a run looks. Without `columns` the output is no terminal.
struct Screen {
  std::size_t columns = 0;
  bool no_colour = false;
  bool err_is_terminal = false;
  // What a person types when asked for a password, line by line, or what comes through a pipe.
  std::vector<std::string> typed{};
  std::string piped{};
};

// Runs tallyctl with `arguments` on a copy of `store`.
inline Ran RunOn(const FakeStore& store, std::vector<std::string> arguments, Screen screen = {}) {
  using Opened = Result<std::unique_ptr<storage::StoreReader>, storage::StoreError>;
  std::ostringstream out;
  std::ostringstream err;
  std::istringstream in(screen.piped);
  std::vector<std::string>& typed = screen.typed;
  const auto ask = [&](std::string_view prompt) -> std::optional<std::string> {
    err << prompt;
    if (typed.empty()) return std::nullopt;
    std::string line = typed.front();
    typed.erase(typed.begin());
    return line;
  };
  const Environment environment{
      .out = out,
      .err = err,
      .open = [&](const std::string&) -> Opened {
        if (store.unopenable) return Unexpected{*store.unopenable};
        return std::unique_ptr<storage::StoreReader>(std::make_unique<FakeStore>(store));
      },
      .out_is_terminal = screen.columns > 0,
      .err_is_terminal = screen.err_is_terminal,
      .columns = screen.columns,
      .no_colour = screen.no_colour,
      .passwords = {ask, &in},
  };
  // The folder has to exist; the fake does not look into it.
  arguments.insert(arguments.begin(), {"--store", "."});
  const ExitCode code = Run(std::move(arguments), environment);
  return {static_cast<int>(code), out.str(), err.str()};
}

}  // namespace tallymq::tallyctl
