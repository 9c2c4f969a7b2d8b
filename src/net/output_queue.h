// What a connection has to send and its peer has not taken yet.
//
// One string of bytes (heads of packets, and payloads so small that copying is cheaper than an
// iovec), and payloads that are sent from where they lie, each inserted at a position of that
// string. Invariant: insertions are in order of their positions, none behind the end of the string.

#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "tallymq/storage/message.h"

namespace tallymq::net {

class OutputQueue {
 public:
  // Payloads up to this size are copied behind their head; larger ones are sent by reference.
  // Bytes.
  static constexpr std::size_t kCopyMax = 1024;

  // The string to append to, and only that.
  std::string& bytes() { return bytes_; }

  // Puts the payload of `message` behind what is there, without copying it. Not for an empty one.
  void AppendPayload(storage::MessagePtr message);

  [[nodiscard]] bool empty() const {
    return taken_ == bytes_.size() && first_ == insertions_.size();
  }

  // Fills `parts` from the front with what is to be sent next; returns how many it filled.
  std::size_t Gather(std::span<iovec> parts) const;

  // The first `count` bytes of what `Gather` gives have been taken.
  void Advance(std::size_t count);

  // Drops everything; keeps memory for next time, but not much of it.
  void Clear();

 private:
  struct Insertion {
    std::size_t at;
    storage::MessagePtr message;
  };

  void Compact();

  std::string bytes_;
  std::size_t taken_ = 0;  // of bytes_
  std::vector<Insertion> insertions_;
  std::size_t first_ = 0;          // insertions before it have been taken
  std::size_t payload_taken_ = 0;  // of the first insertion's payload
};

}  // namespace tallymq::net
