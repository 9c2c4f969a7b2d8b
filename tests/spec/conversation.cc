// Reads `.mq` files. Works line by line; short forms ("pub connects") become the steps that they
// stand for, so that the player knows a handful of kinds only.

#include "conversation.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>
#include <set>
#include <utility>

#include "packet_text.h"

namespace tallymq::spec {
namespace {

using Words = std::vector<std::string>;

// Packet identifier of SUBSCRIBEs that `subscribes` makes.
constexpr const char* kSubscribeId = "60001";

class Reader {
 public:
  Reader(std::string file, std::istream& in) : file_(std::move(file)), in_(in) {}

  std::vector<Conversation> Read() {
    std::string text;
    while (std::getline(in_, text)) {
      ++line_;
      if (text.starts_with("==")) {
        StartConversation(text);
      } else if (Words words = Split(text); !words.empty()) {
        if (words[0] == "clients") {
          ReadVersion(words);
        } else if (conversations_.empty()) {
          Fail("a step before the first title");
        } else {
          ReadStep(text, std::move(words));
        }
      }
    }
    CheckComplete();
    return std::move(conversations_);
  }

 private:
  [[noreturn]] void Fail(const std::string& what) const {
    std::cerr << file_ << ":" << line_ << ": " << what << "\n";
    std::exit(2);
  }

  // Splits at blanks outside quotes. A '#' that a blank or the line's end follows starts a comment.
  Words Split(const std::string& text) const {
    Words words;
    std::string word;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (quoted) {
        word += c;
        if (c == '\\' && i + 1 < text.size()) {
          word += text[++i];
        } else if (c == '"') {
          quoted = false;
        }
      } else if (c == ' ' || c == '\t') {
        if (!word.empty()) words.push_back(std::exchange(word, {}));
      } else if (c == '#' && word.empty() && (i + 1 == text.size() || text[i + 1] == ' ')) {
        break;
      } else {
        quoted = c == '"';
        word += c;
      }
    }
    if (quoted) Fail("a quote is not closed");
    if (!word.empty()) words.push_back(word);
    return words;
  }

  // == Title of some words [CLAUSE] [CLAUSE]
  void StartConversation(const std::string& text) {
    CheckComplete();
    Conversation conversation;
    conversation.file = file_;
    conversation.line = line_;
    conversation.version = version_;
    for (const std::string& word : Split(text.substr(2))) {
      if (word.front() == '[') {
        if (word.back() != ']') Fail("a clause looks like [MQTT3-4.3.3-2] or [D1]");
        conversation.clauses.push_back(word);
      } else {
        if (!conversation.title.empty()) conversation.title += ' ';
        conversation.title += word;
      }
    }
    if (conversation.title.empty()) Fail("a conversation needs a title");
    if (conversation.clauses.empty()) Fail("a conversation cites at least one clause");
    conversation.name = TestName(conversation.title);
    conversations_.push_back(std::move(conversation));
  }

  // clients speak 5.0: in all that follows, or within a conversation in that one.
  void ReadVersion(const Words& words) {
    if (words.size() != 3 || words[1] != "speak") Fail("clients speak VERSION");
    const std::optional<mqtt::Version> version = VersionNamed(words[2]);
    if (!version) Fail("a version is 3.1, 3.1.1 or 5.0");
    (conversations_.empty() ? version_ : conversations_.back().version) = *version;
  }

  void CheckComplete() const {
    if (!open_repeats_.empty()) Fail("a repeat has no end");
    if (!conversations_.empty() && conversations_.back().steps.empty()) {
      Fail("the conversation before has no steps");
    }
  }

  // "qos2.mq", "A retry is answered" -> "qos2_ARetryIsAnswered": GoogleTest takes letters and
  // digits.
  std::string TestName(const std::string& title) const {
    std::string name = file_.substr(0, file_.find(".mq"));
    for (char& c : name) {
      if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
    }
    name += '_';
    bool start = true;
    for (const char c : title) {
      const auto u = static_cast<unsigned char>(c);
      if (std::isalnum(u) != 0) {
        name += start ? static_cast<char>(std::toupper(u)) : c;
      }
      start = std::isalnum(u) == 0;
    }
    return name;
  }

  std::vector<Step>& target() {
    return open_repeats_.empty() ? conversations_.back().steps : open_repeats_.back().body;
  }

  void Add(Step::Kind kind, const std::string& text, std::string actor, Words words) {
    target().push_back(Step{kind, line_, text, std::move(actor), std::move(words), {}});
  }

  void ReadStep(const std::string& line, Words words) {
    const std::string text = line.substr(line.find_first_not_of(" \t"));
    const std::string actor = words[0];
    if (actor == "end" && words.size() == 1) {
      if (open_repeats_.empty()) Fail("end without repeat");
      Step repeat = std::move(open_repeats_.back());
      open_repeats_.pop_back();
      target().push_back(std::move(repeat));
      return;
    }
    if (words.size() < 2) Fail("a step is: WHO DOES WHAT");
    const std::string verb = words[1];
    Words rest(words.begin() + 2, words.end());
    if (actor == "repeat") {
      if (rest.size() != 1) Fail("repeat NAME FIRST..LAST");
      open_repeats_.push_back(Step{Step::Kind::kRepeat, line_, text, verb, std::move(rest), {}});
    } else if (actor == "broker") {
      ReadBrokerStep(text, verb, std::move(rest));
    } else {
      ReadClientStep(text, actor, verb, std::move(rest));
    }
  }

  void ReadBrokerStep(const std::string& text, const std::string& verb, Words rest) {
    if (verb == "starts") {
      Add(Step::Kind::kStarts, text, "broker", std::move(rest));
    } else if (verb == "restarts") {
      Add(Step::Kind::kRestarts, text, "broker", std::move(rest));
    } else if (verb == "crashes") {
      Add(Step::Kind::kCrashes, text, "broker", std::move(rest));
    } else {
      Fail("a broker starts, restarts or crashes");
    }
  }

  void ReadClientStep(const std::string& text, const std::string& actor, const std::string& verb,
                      Words rest) {
    if (verb == ">" || verb == ">+") {
      if (rest.empty()) Fail("what is sent?");
      Add(verb == ">" ? Step::Kind::kSend : Step::Kind::kHold, text, actor, std::move(rest));
    } else if (verb == "<") {
      if (rest.empty()) Fail("what is expected?");
      const std::string what = rest[0];
      if (what == "nothing" && rest.size() == 1) {
        Add(Step::Kind::kNothing, text, actor, {});
      } else if (what == "close") {
        rest.erase(rest.begin());
        Add(Step::Kind::kClose, text, actor, std::move(rest));
      } else {
        Add(Step::Kind::kExpect, text, actor, std::move(rest));
      }
    } else if (verb == "<~") {
      if (rest.empty()) Fail("what is expected?");
      Add(Step::Kind::kFind, text, actor, std::move(rest));
    } else if (verb == "closes" && rest.empty()) {
      Add(Step::Kind::kCloses, text, actor, {});
    } else if (verb == "disconnects") {
      Add(Step::Kind::kSend, text, actor, Joined("DISCONNECT", rest));
      Add(Step::Kind::kClose, text, actor, {});
    } else if (verb == "connects") {
      const Words answer = Take(rest, "present=");
      Add(Step::Kind::kSend, text, actor, Joined("CONNECT", rest));
      Add(Step::Kind::kExpect, text, actor, Joined("CONNACK", answer));
    } else if (verb == "subscribes") {
      Subscribe(text, actor, rest);
    } else if (verb == "publishes") {
      Publish(text, actor, rest);
    } else if (verb == "receives") {
      Receive(text, actor, rest);
    } else {
      Fail("unknown verb " + verb);
    }
  }

  // Removes the words that begin with `prefix` from `words` and returns them.
  static Words Take(Words& words, const std::string& prefix) {
    Words taken;
    const auto first =
        std::stable_partition(words.begin(), words.end(),
                              [&](const std::string& word) { return !word.starts_with(prefix); });
    taken.assign(first, words.end());
    words.erase(first, words.end());
    return taken;
  }

  static Words Joined(const std::string& first, const Words& rest) {
    Words words{first};
    words.insert(words.end(), rest.begin(), rest.end());
    return words;
  }

  // sub subscribes FILTER:QOS[:OPTION]... [PROPERTY]...
  void Subscribe(const std::string& text, const std::string& actor, const Words& words) {
    Words answer{"SUBACK", kSubscribeId};
    for (const std::string& word : words) {
      if (!IsProperty(word)) answer.push_back(SubscriptionWord(word).qos);
    }
    Words request = Joined(kSubscribeId, words);
    request.insert(request.begin(), "SUBSCRIBE");
    Add(Step::Kind::kSend, text, actor, request);
    Add(Step::Kind::kExpect, text, actor, answer);
  }

  // pub publishes TOPIC PAYLOAD [qos=Q id=N] [reason=CODE]: the sender's whole exchange. The code
  // is that of the first answer.
  void Publish(const std::string& text, const std::string& actor, Words words) {
    Words answer = Take(words, "reason=");
    Add(Step::Kind::kSend, text, actor, Joined("PUBLISH", words));
    const std::string id = Value(words, "id=");
    const std::string qos = Value(words, "qos=");
    answer.insert(answer.begin(), id);
    if (qos == "1") {
      Add(Step::Kind::kExpect, text, actor, Joined("PUBACK", answer));
    } else if (qos == "2") {
      Add(Step::Kind::kExpect, text, actor, Joined("PUBREC", answer));
      Add(Step::Kind::kSend, text, actor, {"PUBREL", id});
      Add(Step::Kind::kExpect, text, actor, {"PUBCOMP", id});
    }
  }

  // sub receives TOPIC PAYLOAD [qos=Q]: the receiver's whole exchange.
  void Receive(const std::string& text, const std::string& actor, Words words) {
    // A name that no conversation writes, for the identifier that nobody asked about.
    const std::string id = "{_id}";
    if (Value(words, "id=").empty()) words.push_back("id=" + id);
    const std::string used = Value(words, "id=");
    const std::string qos = Value(words, "qos=");
    if (qos.empty()) words.pop_back();
    Add(Step::Kind::kExpect, text, actor, Joined("PUBLISH", words));
    if (qos == "1") {
      Add(Step::Kind::kSend, text, actor, {"PUBACK", used});
    } else if (qos == "2") {
      // Behind it other messages may have come before PUBREL.
      Add(Step::Kind::kSend, text, actor, {"PUBREC", used});
      Add(Step::Kind::kFind, text, actor, {"PUBREL", used});
      Add(Step::Kind::kSend, text, actor, {"PUBCOMP", used});
    }
  }

  static std::string Value(const Words& words, const std::string& prefix) {
    for (const std::string& word : words) {
      if (word.starts_with(prefix)) return word.substr(prefix.size());
    }
    return {};
  }

  const std::string file_;
  std::istream& in_;
  mqtt::Version version_ = mqtt::Version::k311;
  int line_ = 0;
  std::vector<Conversation> conversations_;
  std::vector<Step> open_repeats_;  // innermost last
};

}  // namespace

void PrintTo(const Conversation& conversation, std::ostream* out) {
  *out << conversation.title;
  for (const std::string& clause : conversation.clauses) *out << ' ' << clause;
}

std::vector<Conversation> ReadConversations(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".mq") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Conversation> all;
  std::set<std::string> names;
  for (const auto& file : files) {
    std::ifstream in(file);
    const std::string name = file.lexically_relative(folder).string();
    for (Conversation& conversation : Reader(name, in).Read()) {
      if (!names.insert(conversation.name).second) {
        std::cerr << conversation.file << ":" << conversation.line << ": the title is used twice\n";
        std::exit(2);
      }
      all.push_back(std::move(conversation));
    }
  }
  if (all.empty()) {
    std::cerr << folder << ": no conversations\n";
    std::exit(2);
  }
  return all;
}

}  // namespace tallymq::spec
