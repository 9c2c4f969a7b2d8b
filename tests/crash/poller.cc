#include "poller.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tallymq::crash {

namespace {
void Check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}
}  // namespace

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) { Check(epoll_, "epoll_create1"); }
Poller::~Poller() { ::close(epoll_); }

void Poller::Add(int fd, std::uint32_t events, Polled& polled) {
  ::epoll_event event{.events = events, .data = {.ptr = &polled}};
  Check(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

void Poller::Change(int fd, std::uint32_t events, Polled& polled) {
  ::epoll_event event{.events = events, .data = {.ptr = &polled}};
  Check(::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event), "epoll_ctl");
}

void Poller::Remove(int fd) { Check(::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr), "epoll_ctl"); }

void Poller::Wait(std::chrono::milliseconds timeout) {
  const int count = ::epoll_wait(epoll_, ready_, kEventsMax, static_cast<int>(timeout.count()));
  if (count < 0 && errno != EINTR) Check(count, "epoll_wait");
  for (int i = 0; i < count; ++i)
    static_cast<Polled*>(ready_[i].data.ptr)->OnReady(ready_[i].events);
}

}  // namespace tallymq::crash
