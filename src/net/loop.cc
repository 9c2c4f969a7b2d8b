#include "loop.h"

#include <event2/event.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tallymq/base/assert.h"

namespace tallymq::net {

struct Loop::Watched {
  event* readable_event = nullptr;
  std::function<void()> readable;
};

Loop::Loop() : wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  // One thread only: libevent needs no locks.
  event_config* config = event_config_new();
  event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
  base_ = event_base_new_with_config(config);
  event_config_free(config);
  TALLYMQ_ASSERT(base_ != nullptr && wake_fd_ >= 0);

  const auto nothing = [](evutil_socket_t, short, void*) {};
  timer_ = event_new(base_, -1, 0, nothing, nullptr);
  // Edge-triggered: each write is an edge, so that nobody has to read the counter, which takes more
  // writes than a machine makes in its life.
  wake_event_ = event_new(base_, wake_fd_, EV_READ | EV_PERSIST | EV_ET, nothing, nullptr);
  TALLYMQ_ASSERT(timer_ != nullptr && wake_event_ != nullptr);
  event_add(wake_event_, nullptr);
}

Loop::~Loop() {
  for (const auto& watched : watched_) event_free(watched->readable_event);
  event_free(wake_event_);
  event_free(timer_);
  event_base_free(base_);
  close(wake_fd_);
}

void Loop::RunOnce(std::uint64_t timeout_ms) {
  if (timeout_ms == 0) {
    event_base_loop(base_, EVLOOP_ONCE | EVLOOP_NONBLOCK);
    return;
  }
  if (timeout_ms != kForever) {
    const timeval timeout{static_cast<time_t>(timeout_ms / 1000),
                          static_cast<suseconds_t>(timeout_ms % 1000 * 1000)};
    event_add(timer_, &timeout);
  }
  event_base_loop(base_, EVLOOP_ONCE);
  event_del(timer_);
}

void Loop::Break() { event_base_loopbreak(base_); }

void Loop::Wake() { eventfd_write(wake_fd_, 1); }

void Loop::Watch(int fd, std::function<void()> readable) {
  auto watched = std::make_unique<Watched>();
  watched->readable = std::move(readable);
  watched->readable_event = event_new(
      base_, fd, EV_READ | EV_PERSIST,
      [](evutil_socket_t, short, void* context) { static_cast<Watched*>(context)->readable(); },
      watched.get());
  TALLYMQ_ASSERT(watched->readable_event != nullptr);
  event_add(watched->readable_event, nullptr);
  watched_.push_back(std::move(watched));
}

}  // namespace tallymq::net
