// How "nothing comes" is decided without waiting, in a world that answers over a network:
//
// - Before one client acts, every other client that has sent something is *settled*: a PINGREQ of
//   the player's own is answered when the broker has taken in all that came before it. So the order
//   of lines is the order of decisions, across connections.
// - `nothing` asks for an UNSUBACK, of a filter that nobody has. Its answer waits its turn behind
//   all that the connection's queue holds (design, section 2: only QoS 0 and PINGRESP overtake) and
//   changes nothing.
//
// Rules that hold for every conversation are checked for all of them here: CONNACK comes first and
// once [MQTT3-3.2.0-1] [MQTT-3.2.0-1] [MQTT-3.2.0-2], nothing behind a DISCONNECT [MQTT-3.14.4-1],
// nothing that is larger than the client said that it takes [MQTT-3.1.2-24], QoS 0 has no
// identifier and no DUP [MQTT3-2.3.1-5] [MQTT3-3.3.1-2] [MQTT-3.3.1-2], QoS 1 and 2 have an
// identifier which is not in use [MQTT3-2.3.1-1] [MQTT3-2.3.1-4] [MQTT-2.2.1-4].

#include "player.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "packet_text.h"
#include "tallymq/mqtt/codec.h"

namespace tallymq::spec {
namespace {

using std::chrono::milliseconds;
using Words = std::vector<std::string>;

// Identifier and filter of the player's own UNSUBSCRIBE.
constexpr const char* kProbeId = "65535";
constexpr const char* kProbeFilter = "nobody/subscribes/to/this";
constexpr std::size_t kTranscriptLines = 12;
// The words that say so in a 5.0 CONNACK.
constexpr const char* kAccepted = "reason=0x00";

// What the broker tells a 5.0 client of itself, if no setting says otherwise.
const Settings kAnnounced{{"packet_max", 16'777'216},
                          {"receive_max", 1024},
                          {"shared_available", 0},
                          {"topic_alias_max", 32}};

// after=TIME within=TIME: when something must come, counted from that line.
struct Span {
  milliseconds after{0};
  milliseconds within{0};
};

// One named client: its connection, if it has one.
struct Peer {
  std::optional<Link> link;
  mqtt::Version version = mqtt::Version::k311;
  bool connected = false;     // CONNACK 0 was received
  bool disconnected = false;  // DISCONNECT was received
  bool unsettled = false;     // something was sent that the broker may not have taken in yet
  bool mid_packet = false;    // what was sent last need not end where a packet ends
  bool broker_closed = false;
  bool gone = false;  // the broker stopped: what it said before may still be expected
  std::size_t packet_max = SIZE_MAX;  // what it takes, bytes
  std::string held;                   // sent with the next packet
  std::string in;                     // received, not decoded
  std::deque<Words> inbox;            // received, not expected yet
  std::deque<bool> pings;  // PINGREQs not answered yet, oldest first: true if the player's own
  std::set<std::string> in_use;  // identifiers of the broker's messages to this client
};

class Player {
 public:
  explicit Player(World& world) : world_(world) {}

  void Run(const Conversation& conversation) {
    version_ = conversation.version;
    try {
      if (conversation.steps.front().kind != Step::Kind::kStarts) world_.Start(Settings{});
      RunSteps(conversation.steps);
      at_ = "at the end";
      for (auto& [name, peer] : peers_) {
        if (peer.link && !peer.gone && (peer.connected || !peer.inbox.empty()))
          ExpectNothing(name, peer);
      }
    } catch (const Failure& failure) {
      std::string transcript;
      for (const std::string& line : transcript_) transcript += "\n    " + line;
      FAIL() << conversation.file << ": " << at_ << "\n  " << failure.what()
             << "\n  what went before:" << transcript;
    }
  }

 private:
  void RunSteps(const std::vector<Step>& steps) {
    for (const Step& step : steps) {
      at_ = fmt::format("line {}: {}", step.line, step.text);
      RunStep(step);
    }
  }

  void RunStep(const Step& step) {
    const std::string actor = Filled({step.actor})[0];
    switch (step.kind) {
      case Step::Kind::kSend:
        return Send(actor, Filled(step.words), false);
      case Step::Kind::kHold:
        return Send(actor, Filled(step.words), true);
      case Step::Kind::kExpect:
        return Expect(actor, Filled(step.words, step.words[0] == "PUBLISH"));
      case Step::Kind::kFind:
        return Find(actor, Filled(step.words, step.words[0] == "PUBLISH"));
      case Step::Kind::kNothing:
        return ExpectNothing(actor, Acting(actor));
      case Step::Kind::kClose:
        return ExpectClose(actor, step.words);
      case Step::Kind::kCloses:
        return Close(actor);
      case Step::Kind::kStarts:
        return Start(step.words);
      case Step::Kind::kRestarts:
        return BrokerGoes(false, step.words);
      case Step::Kind::kCrashes:
        return BrokerGoes(true, step.words);
      case Step::Kind::kRepeat:
        return Repeat(step);
    }
  }

  void Repeat(const Step& step) {
    const std::string range = Filled(step.words)[0];
    const std::size_t dots = range.find("..");
    if (dots == std::string::npos) throw Failure("a range is FIRST..LAST");
    const auto last = Number(range.substr(dots + 2));
    for (auto i = Number(range.substr(0, dots)); i <= last; ++i) {
      variables_[step.actor] = std::to_string(i);
      RunSteps(step.body);
    }
    variables_.erase(step.actor);
  }

  static std::uint64_t Number(const std::string& text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
      throw Failure("'" + text + "' is no number");
    }
    return value;
  }

  void Start(const Words& words) {
    Settings settings;
    for (const std::string& word : words) {
      const std::size_t equals = word.find('=');
      if (equals == std::string::npos) throw Failure("a setting is NAME=VALUE");
      settings[word.substr(0, equals)] = Number(word.substr(equals + 1));
    }
    for (auto& [name, value] : announced_) {
      if (const auto it = settings.find(name); it != settings.end()) value = it->second;
    }
    world_.Start(settings);
  }

  // Puts the values of known names in: m{i} -> m7. Names not known yet stay, and with `binds` also
  // those that begin with _, to take another value.
  Words Filled(const Words& words, bool binds = false) const {
    Words filled;
    for (std::string word : words) {
      for (std::size_t open = word.find('{'); open != std::string::npos;
           open = word.find('{', open)) {
        const std::size_t close = word.find('}', open);
        if (close == std::string::npos) break;
        const auto it = variables_.find(word.substr(open + 1, close - open - 1));
        if (it == variables_.end() || (binds && it->first[0] == '_')) {
          open = close;
        } else {
          word.replace(open, close - open + 1, it->second);
          open += it->second.size();
        }
      }
      filled.push_back(std::move(word));
    }
    return filled;
  }

  void Note(const std::string& line) {
    transcript_.push_back(line);
    if (transcript_.size() > kTranscriptLines) transcript_.pop_front();
  }

  // The peer that acts now; what the others did has been taken in by the broker before.
  Peer& Acting(const std::string& name) {
    for (auto& [other, peer] : peers_) {
      if (other != name) Settle(other, peer);
    }
    return peers_[name];
  }

  // --- what clients do

  void Send(const std::string& name, Words words, bool hold) {
    Peer& peer = Acting(name);
    if (!peer.link || peer.gone) {
      peer = Peer{};
      peer.version = version_;
      peer.link = world_.Open();
    }
    std::size_t piece = std::string::npos;
    if (words.back().starts_with("pieces=")) {
      piece = Number(words.back().substr(7));
      if (piece == 0) throw Failure("a piece has at least one byte");
      words.pop_back();
    }
    peer.held += EncodeWords(words, name, peer.version);
    Note(fmt::format("{} {} {}", name, hold ? ">+" : ">", Printable(words)));
    peer.mid_packet = words[0] == "bytes";
    if (words[0] == "CONNECT") {
      for (const std::string& word : words) {
        if (word.starts_with("packet_max=") && word != "packet_max=0") {
          peer.packet_max = Number(word.substr(11));
        }
      }
    }
    if (words[0] == "PINGREQ") peer.pings.push_back(false);
    if (words[0] == "PUBACK" || words[0] == "PUBCOMP" || Fails(words)) {
      peer.in_use.erase(words[1]);
    }
    if (hold) return;
    const std::string bytes = std::exchange(peer.held, {});
    piece = std::min(piece, bytes.size());
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      world_.Write(*peer.link, std::string_view(bytes).substr(at, piece));
    }
    peer.unsettled = true;
  }

  void Close(const std::string& name) {
    Peer& peer = Acting(name);
    if (!peer.link) throw Failure("it has no connection");
    world_.Close(*peer.link);
    Note(name + " closes");
    peer = Peer{};
  }

  // PUBREC 1 reason=0x97
  static bool Fails(const Words& words) {
    return words[0] == "PUBREC" && words.size() > 2 && words[2] >= "reason=0x80";
  }

  // broker crashes [away=TIME]
  void BrokerGoes(bool crash, const Words& words) {
    Acting("broker");
    if (crash) peers_.clear();
    for (auto& [name, peer] : peers_) peer.gone = true;
    Note(crash ? "broker crashes" : "broker restarts");
    milliseconds away{0};
    for (const std::string& word : words) {
      if (!word.starts_with("away=")) throw Failure("a broker crashes or restarts away=TIME");
      away = Time(word.substr(5));
    }
    if (crash) {
      world_.Crash(away);
    } else {
      world_.Restart(away);
    }
  }

  // --- what clients get

  void Expect(const std::string& name, Words words) {
    Peer& peer = Acting(name);
    if (!peer.link) throw Failure("it has no connection");
    const std::optional<Span> span = TakeSpan(words);
    const Words expected = Expected(words, peer);
    if (span) Await(name, peer, *span, 0);
    Fetch(name, peer);
    if (peer.inbox.empty()) {
      throw Failure(peer.broker_closed ? "the broker closed the connection" : "nothing comes");
    }
    const Words got = std::move(peer.inbox.front());
    peer.inbox.pop_front();
    if (!Matches(expected, got)) {
      throw Failure("expected " + Printable(expected) + "\n  but got  " + Printable(got));
    }
  }

  // Takes after=TIME and within=TIME out of `words`.
  static std::optional<Span> TakeSpan(Words& words) {
    std::optional<Span> span;
    std::erase_if(words, [&span](const std::string& word) {
      const bool after = word.starts_with("after=");
      if (!after && !word.starts_with("within=")) return false;
      if (!span) span.emplace();
      (after ? span->after : span->within) = Time(word.substr(word.find('=') + 1));
      return true;
    });
    return span;
  }

  // Until there are more than `count` packets, or the connection is closed: not before and not
  // after `span`.
  void Await(const std::string& name, Peer& peer, const Span& span, std::size_t count) {
    const milliseconds limit = span.within + world_.patience();
    milliseconds took{0};
    while (peer.inbox.size() <= count && !peer.broker_closed) {
      took += world_.Await(*peer.link, limit - took);
      if (took >= limit) throw Failure(fmt::format("nothing comes in {} ms", took.count()));
      Receive(name, peer);
    }
    if (took < span.after) throw Failure(fmt::format("it comes after {} ms already", took.count()));
  }

  // The canonical words, with what the broker tells a 5.0 client in every CONNACK.
  Words Expected(Words words, const Peer& peer) const {
    Words expected = ExpectedWords(words, peer.version);
    if (expected[0] != "CONNACK" || peer.version != mqtt::Version::k50 ||
        expected[2] != kAccepted) {
      return expected;
    }
    for (const auto& [name, value] : announced_) {
      const bool written = std::ranges::any_of(
          words, [&name = name](const std::string& word) { return word.starts_with(name + '='); });
      if (!written) words.push_back(fmt::format("{}={}", name, value));
    }
    return ExpectedWords(words, peer.version);
  }

  // The first packet that is as expected, wherever it stands.
  void Find(const std::string& name, Words words) {
    Peer& peer = Acting(name);
    if (!peer.link) throw Failure("it has no connection");
    const std::optional<Span> span = TakeSpan(words);
    const Words expected = Expected(words, peer);
    for (std::size_t i = 0;; ++i) {
      if (span) Await(name, peer, *span, i);
      while (i == peer.inbox.size()) {
        if (!Receive(name, peer)) throw Failure("it does not come");
      }
      if (Matches(expected, peer.inbox[i])) {
        peer.inbox.erase(peer.inbox.begin() + static_cast<std::ptrdiff_t>(i));
        return;
      }
    }
  }

  // Compares word by word. A name in braces that is left takes the value that came.
  bool Matches(Words expected, Words got) {
    const std::size_t first = expected[0] == "PUBLISH" ? 3 : 1;  // of attributes and properties
    const auto erase = [first](Words& words, auto wanted) {
      if (words.size() > first) {
        words.erase(
            std::remove_if(words.begin() + static_cast<std::ptrdiff_t>(first), words.end(), wanted),
            words.end());
      }
    };
    const auto is_reason_string = [](const std::string& word) {
      return word.starts_with("reason_string=");
    };
    // It is for people, and compared only where a line has one.
    if (std::ranges::none_of(expected, is_reason_string)) erase(got, is_reason_string);
    erase(expected, [](const std::string& word) { return word.ends_with("=none"); });
    if (expected.size() != got.size()) return false;
    std::map<std::string, std::string> bound;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      std::string want = expected[i];
      std::string value = got[i];
      const std::size_t equals = i < first ? std::string::npos : want.find('=');
      if (equals != std::string::npos) {
        const std::size_t got_equals = value.find('=');
        if (want.substr(0, equals) != value.substr(0, got_equals)) return false;
        want = want.substr(equals + 1);
        value = value.substr(got_equals + 1);
        if (want == "any" || IsWithin(value, want)) continue;
      }
      if (want.size() > 2 && want.front() == '{' && want.back() == '}' && i > 0) {
        const auto [it, fresh] = bound.emplace(want.substr(1, want.size() - 2), value);
        if (!fresh && it->second != value) return false;
      } else if (want != value) {
        return false;
      }
    }
    for (auto& [name, value] : bound) variables_[name] = value;
    return true;
  }

  // Whether `range` is FIRST..LAST and has the number `value` in it.
  static bool IsWithin(const std::string& value, const std::string& range) {
    const std::size_t dots = range.find("..");
    return dots != std::string::npos && Number(range.substr(0, dots)) <= Number(value) &&
           Number(value) <= Number(range.substr(dots + 2));
  }

  void ExpectNothing(const std::string& name, Peer& peer) {
    for (auto& [other, other_peer] : peers_) Settle(other, other_peer);
    if (!peer.link) throw Failure("it has no connection");
    if (world_.settles_at_once()) {
      Fetch(name, peer);
    } else if (peer.connected && !peer.mid_packet && !peer.broker_closed) {
      mqtt::Version version = peer.version;
      world_.Write(*peer.link, EncodeWords({"UNSUBSCRIBE", kProbeId, kProbeFilter}, name, version));
      const Words answer = ProbeAnswer(version);
      while (peer.inbox.empty() || peer.inbox.back() != answer) {
        if (!Receive(name, peer)) break;
      }
      if (!peer.inbox.empty() && peer.inbox.back() == answer) peer.inbox.pop_back();
    }
    if (!peer.inbox.empty()) {
      throw Failure(name + ": nothing more should come, but got " + Printable(peer.inbox.front()));
    }
    if (peer.broker_closed) throw Failure("the broker closed the connection of " + name);
  }

  static Words ProbeAnswer(mqtt::Version version) {
    if (version == mqtt::Version::k50) return {"UNSUBACK", kProbeId, "0x11"};
    return {"UNSUBACK", kProbeId};
  }

  // x < close [reason=CODE] [after=TIME] [within=TIME]
  void ExpectClose(const std::string& name, Words words) {
    Peer& peer = Acting(name);
    if (!peer.link) throw Failure("it has no connection");
    if (const std::optional<Span> span = TakeSpan(words)) {
      Await(name, peer, *span, 0);
    }
    if (!words.empty()) {
      if (words.size() > 1 || !words[0].starts_with("reason=")) {
        throw Failure("close reason=CODE after=TIME within=TIME");
      }
      Expect(name, {"DISCONNECT", words[0]});
    }
    Fetch(name, peer);
    if (!peer.inbox.empty()) {
      throw Failure("expected a close, but got " + Printable(peer.inbox.front()));
    }
    if (!peer.broker_closed) throw Failure("the broker does not close the connection");
    peer = Peer{};
  }

  // 1500ms
  static milliseconds Time(const std::string& text) {
    if (!text.ends_with("ms")) throw Failure("a time is written as 1500ms");
    return milliseconds(Number(text.substr(0, text.size() - 2)));
  }

  // --- bytes

  // Until there is a packet that the conversation has not seen, or none comes.
  void Fetch(const std::string& name, Peer& peer) {
    while (peer.inbox.empty() && Receive(name, peer)) {
    }
  }

  // Waits until the broker has taken in what `peer` sent.
  void Settle(const std::string& name, Peer& peer) {
    if (!peer.unsettled || !peer.link || peer.gone || world_.settles_at_once()) return;
    peer.unsettled = false;
    if (peer.mid_packet || peer.broker_closed) return;
    if (!peer.connected) {  // A CONNECT is answered, or the connection is closed.
      Fetch(name, peer);
      return;
    }
    mqtt::Version version = peer.version;
    world_.Write(*peer.link, EncodeWords({"PINGREQ"}, name, version));
    peer.pings.push_back(true);
    // Oldest first: when none of the player's own is left, this one has been answered.
    while (!peer.pings.empty() && Receive(name, peer)) {
    }
  }

  // Takes in some more of what the broker sent. Returns false if nothing will come.
  bool Receive(const std::string& name, Peer& peer) {
    if (peer.broker_closed) return false;
    switch (world_.Read(*peer.link, peer.in)) {
      case World::Incoming::kNone:
        return false;
      case World::Incoming::kClosed:
        peer.broker_closed = true;
        Note(name + " is closed");
        return false;
      case World::Incoming::kBytes:
        Decode(name, peer);
        return true;
    }
    return false;
  }

  void Decode(const std::string& name, Peer& peer) {
    const mqtt::DecodeOptions options{mqtt::Sender::kServer, peer.version};
    std::size_t used = 0;
    for (;;) {
      const auto result = mqtt::Decode(std::string_view(peer.in).substr(used), options);
      if (const auto* error = std::get_if<mqtt::DecodeError>(&result)) {
        throw Failure(fmt::format("{} got bytes that are no packet: {} ({})", name, error->what,
                                  error->clause));
      }
      const auto* decoded = std::get_if<mqtt::Decoded>(&result);
      if (decoded == nullptr) break;
      used += decoded->consumed;
      if (decoded->consumed > peer.packet_max) {
        throw Failure(fmt::format("{} got a packet of {} bytes", name, decoded->consumed));
      }
      Take(name, peer, WordsOf(decoded->packet, peer.version));
    }
    peer.in.erase(0, used);
  }

  void Take(const std::string& name, Peer& peer, Words words) {
    if (words[0] == "PINGRESP" && !peer.pings.empty()) {
      const bool own = peer.pings.front();
      peer.pings.pop_front();
      if (own) return;
    }
    Note(name + " < " + Printable(words));
    if ((words[0] == "CONNACK") == peer.connected) {
      throw Failure(name + " got " + Printable(words) + ": CONNACK comes first, and once");
    }
    if (peer.disconnected) throw Failure(name + " got something behind a DISCONNECT");
    if (words[0] == "CONNACK" && (words[2] == "code=0" || words[2] == kAccepted)) {
      peer.connected = true;
    }
    if (words[0] == "DISCONNECT") peer.disconnected = true;
    if (words[0] == "PUBLISH") CheckPublish(peer, words);
    peer.inbox.push_back(std::move(words));
  }

  static void CheckPublish(Peer& peer, const Words& words) {
    const std::string id = words[4].substr(3);
    if (words[3] == "qos=0") {
      if (id != "0" || words[5] != "dup=0") throw Failure("QoS 0 with identifier or DUP");
      return;
    }
    if (id == "0") throw Failure("QoS 1 or 2 without an identifier");
    if (!peer.in_use.insert(id).second) {
      throw Failure("identifier " + id + " is in use, and nothing is sent twice on a connection");
    }
  }

  World& world_;
  mqtt::Version version_{};  // of clients whose CONNECT names none
  Settings announced_ = kAnnounced;
  std::map<std::string, Peer> peers_;
  std::map<std::string, std::string> variables_;
  std::string at_;
  std::deque<std::string> transcript_;
};

}  // namespace

void Play(const Conversation& conversation, World& world) { Player(world).Run(conversation); }

}  // namespace tallymq::spec
