// All that happened, in order, as lines of text, and their hash: two runs are the same if and only
// if their hashes are.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/packet.h"

namespace tallymq::sim {

class History {
 public:
  // What becomes of the lines: only their hash, or they are kept to be told, or printed at once
  // too.
  enum class Keep : std::uint8_t { kHash, kKeep, kPrint };
  explicit History(Keep keep) : keep_(keep) {}

  void set_now(std::uint64_t now_ms) { now_ms_ = now_ms; }
  // Something that concerns the broker as a whole.
  void Add(std::string_view text);
  // Something that concerns a client (and a message).
  void Add(int client, std::uint64_t conn, std::string_view text, std::uint64_t message = 0);
  // A packet taken in by the broker, handed out by it, or heard by the client.
  enum class At : std::uint8_t { kIn, kOut, kHeard };
  void Add(int client, std::uint64_t conn, At at, const Packet& packet);

  // FNV-1a of 64 bits over all lines.
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] std::uint64_t packets() const { return packets_; }

  // What concerns `message`: its own lines, and between them what happened to the broker and to the
  // connections of those who had to do with it.
  [[nodiscard]] std::string Story(std::uint64_t message) const;
  // All lines, or the last `count` of them.
  [[nodiscard]] std::string Tail(std::size_t count) const;

 private:
  struct Line {
    std::string text;
    std::uint64_t message = 0;
    int client = -1;
    bool packet = false;
  };
  void Begin();
  void Finish(int client, std::uint64_t message, bool packet);

  const Keep keep_;
  std::uint64_t now_ms_ = 0;
  std::uint64_t hash_ = 0xCBF29CE484222325u;
  std::uint64_t packets_ = 0;
  std::string line_;
  std::vector<Line> lines_;
};

}  // namespace tallymq::sim
