// epoll, for the crash test's clients.

#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>

#include "clock.h"

namespace tallymq::crash {

// Told when its socket can be read or written.
class Polled {
 public:
  virtual ~Polled() = default;
  virtual void OnReady(std::uint32_t events) = 0;
};

class Poller {
 public:
  Poller();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  void Add(int fd, std::uint32_t events, Polled& polled);
  void Change(int fd, std::uint32_t events, Polled& polled);
  // Before `fd` is closed.
  void Remove(int fd);
  // Waits up to `timeout` and calls what is ready.
  void Wait(std::chrono::milliseconds timeout);

 private:
  static constexpr int kEventsMax = 64;
  int epoll_ = -1;
  ::epoll_event ready_[kEventsMax] = {};
};

}  // namespace tallymq::crash
