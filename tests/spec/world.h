// A broker as its clients see it: bytes in, bytes out. The core in process and the real binary over
// TCP are two of them; a conversation is played in either without knowing which.

#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace tallymq::spec {

// How the broker is set up, where a conversation needs another than the usual one: README.md has
// the names.
using Settings = std::map<std::string, std::uint64_t>;

using Link = std::uint64_t;

class World {
 public:
  enum class Incoming {
    kBytes,   // some were appended
    kClosed,  // the broker closed the connection
    kNone,    // nothing more comes
  };

  virtual ~World() = default;

  // All of these throw `Failure` when the broker does not do its part in time.

  // A broker with an empty store. Called once, first.
  virtual void Start(const Settings& settings) = 0;
  // The broker is stopped in order (or killed), and started again on its store `away` later. All
  // links are dead; what a broker said that stopped in order may still be read.
  virtual void Restart(std::chrono::milliseconds away) = 0;
  virtual void Crash(std::chrono::milliseconds away) = 0;

  virtual Link Open() = 0;
  // A write to a link that the broker has closed is lost, as it is on a network.
  virtual void Write(Link link, std::string_view bytes) = 0;
  // The client closes the connection. When it returns the broker knows it.
  virtual void Close(Link link) = 0;
  // Appends to `in` what the broker has sent on `link`. Where `settles_at_once`, it returns `kNone`
  // when the broker has no more to say; else it waits for bytes or the close and throws in the end.
  virtual Incoming Read(Link link, std::string& in) = 0;
  // Lets time pass until there is something for `Read`, bytes or a close, at most `limit`. Returns
  // how long that took.
  virtual std::chrono::milliseconds Await(Link link, std::chrono::milliseconds limit) = 0;

  // True if the broker has done all that follows from a `Write` when that returns, so that "nothing
  // more comes" can be seen. Else the player has to ask the broker something to know it.
  [[nodiscard]] virtual bool settles_at_once() const = 0;
  // How late something may be, for a machine that is busy.
  [[nodiscard]] virtual std::chrono::milliseconds patience() const = 0;
};

}  // namespace tallymq::spec
