// Packets in words: how a conversation writes what a client sends, and how it reads what a broker
// sends.

#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tallymq/mqtt/packets.h"

namespace tallymq::spec {

// A conversation went another way than written, or is written wrongly. The text says how.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The bytes that a word stands for: plain text as it is; "quoted text" with \" \\ \n \xHH; s"text"
// with its two bytes of length before it; any of the quoted ones repeated by *N behind it.
// Throws `Failure` if it is none of these.
std::string TextBytes(const std::string& word);

// The version that a conversation calls "3.1", "3.1.1" or "5.0".
std::optional<mqtt::Version> VersionNamed(std::string_view name);

// Whether a word is a property of 5.0: receive_max=2, or one of a will: will_delay=5.
bool IsProperty(const std::string& word);

// FILTER:QOS, with options of 5.0 behind it: a/b:1:nl:rap:rh=2. Taken apart, not judged; without a
// colon all of it is `qos`.
struct SubscriptionWord {
  explicit SubscriptionWord(std::string word);
  std::string filter;
  std::string qos;
  bool no_local = false;
  bool retain_as_published = false;
  std::string retain_handling = "0";
};

// What the words of a sent packet are on the wire. `actor` is the default client identifier.
// `version` is that of the connection; a CONNECT may set it. Throws `Failure` on words that make no
// packet.
std::string EncodeWords(const std::vector<std::string>& words, const std::string& actor,
                        mqtt::Version& version);

// The canonical words of a packet that the broker sent, all attributes present: PUBLISH a/b x qos=1
// id=7 dup=0 retain=0 expiry=10. Topic and payload are bytes, not quoted. Properties stand in an
// order of their own, but for user properties, which come last and as they came.
std::vector<std::string> WordsOf(const mqtt::Packet& packet, mqtt::Version version);

// The canonical words of what a conversation expects. Attributes that are not written stand for
// what is usual, see README.md; `any` and the like stay as they are.
std::vector<std::string> ExpectedWords(const std::vector<std::string>& words,
                                       mqtt::Version version);

// For messages: on one line, long words cut, unprintable bytes escaped.
std::string Printable(const std::vector<std::string>& words);

}  // namespace tallymq::spec
