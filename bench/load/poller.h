// epoll, for the clients of a load run.

#pragma once

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstdint>

namespace tallymq::load {

// Told when its socket can be read or written.
class Polled {
 public:
  virtual ~Polled() = default;
  virtual void OnReady(std::uint32_t events) = 0;
};

// Owner: one thread. Throws std::system_error.
class Poller {
 public:
  Poller();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // `events` are EPOLLIN and EPOLLOUT. `polled` outlives its place here.
  void Add(int fd, std::uint32_t events, Polled& polled) {
    Control(EPOLL_CTL_ADD, fd, events, &polled);
  }
  void Change(int fd, std::uint32_t events, Polled& polled) {
    Control(EPOLL_CTL_MOD, fd, events, &polled);
  }
  // Before `fd` is closed.
  void Remove(int fd) { Control(EPOLL_CTL_DEL, fd, 0, nullptr); }
  // Waits up to `timeout` and calls what is ready.
  void Wait(std::chrono::milliseconds timeout);

 private:
  void Control(int operation, int fd, std::uint32_t events, Polled* polled);

  int epoll_ = -1;
  std::array<::epoll_event, 128> ready_{};
};

}  // namespace tallymq::load
