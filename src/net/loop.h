// libevent's loop, as much of it as the network needs.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

struct event;
struct event_base;

namespace tallymq::net {

// Owner: the loop thread, which calls everything but `Wake`.
class Loop {
 public:
  static constexpr std::uint64_t kForever = UINT64_MAX;

  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Waits up to `timeout_ms` until events are ready and calls all their callbacks, once.
  void RunOnce(std::uint64_t timeout_ms);

  // Ends `RunOnce` after the present callback. What else is ready is called by the next one, first.
  void Break();

  // Ends the present or the next wait. From any thread.
  void Wake();

  // Calls `readable` while there is something to read on `fd`.
  void Watch(int fd, std::function<void()> readable);

  [[nodiscard]] event_base* base() const { return base_; }

 private:
  struct Watched;

  event_base* base_;
  event* timer_;
  event* wake_event_;
  int wake_fd_;  // an eventfd
  std::vector<std::unique_ptr<Watched>> watched_;
};

}  // namespace tallymq::net
