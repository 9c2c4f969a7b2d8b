// Packets in words: how a conversation writes what a client sends, and how it reads what a broker
// sends.

#pragma once

#include <stdexcept>
#include <string>
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

// What the words of a sent packet are on the wire. `actor` is the default client identifier.
// `version` is that of the connection; a CONNECT sets it. Throws `Failure` on words that make no
// packet.
std::string EncodeWords(const std::vector<std::string>& words, const std::string& actor,
                        mqtt::Version& version);

// The canonical words of a packet that the broker sent, all attributes present: PUBLISH a/b x qos=1
// id=7 dup=0 retain=0. Topic and payload are bytes, not quoted.
std::vector<std::string> WordsOf(const mqtt::Packet& packet);

// The canonical words of what a conversation expects. Attributes that are not written stand for
// what is usual, see README.md; `any` stays as it is.
std::vector<std::string> ExpectedWords(const std::vector<std::string>& words);

// For messages: on one line, long words cut, unprintable bytes escaped.
std::string Printable(const std::vector<std::string>& words);

}  // namespace tallymq::spec
