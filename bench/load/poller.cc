#include "poller.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tallymq::load {

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

Poller::~Poller() { ::close(epoll_); }

void Poller::Control(int operation, int fd, std::uint32_t events, Polled* polled) {
  ::epoll_event event{.events = events, .data = {.ptr = polled}};
  if (::epoll_ctl(epoll_, operation, fd, &event) < 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

void Poller::Wait(std::chrono::milliseconds timeout) {
  const int count = ::epoll_wait(epoll_, ready_.data(), static_cast<int>(ready_.size()),
                                 static_cast<int>(timeout.count()));
  if (count < 0 && errno != EINTR) {
    throw std::system_error(errno, std::generic_category(), "epoll_wait");
  }
  for (int i = 0; i < count; ++i) {
    const ::epoll_event& event = ready_[static_cast<std::size_t>(i)];
    static_cast<Polled*>(event.data.ptr)->OnReady(event.events);
  }
}

}  // namespace tallymq::load
