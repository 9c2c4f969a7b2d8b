#include "queue_reader.h"

#include <pthread.h>

#include <utility>

namespace tallymq::storage {

QueueReader::QueueReader(RocksStore& store, const FinishedTable& finished, EventQueue& events)
    : store_(store), finished_(finished), events_(events), thread_([this] { Run(); }) {}

QueueReader::~QueueReader() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  work_.notify_one();
  thread_.join();
}

void QueueReader::Read(SessionNumber queue, Seq from, PageLimits limits, RequestNumber request) {
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(Request{queue, from, limits, request});
  }
  work_.notify_one();
}

void QueueReader::Run() {
  ::pthread_setname_np(::pthread_self(), "tally-read");  // as `top -H` shows it
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return !requests_.empty() || stop_; });
    if (stop_) return;
    const Request request = requests_.front();
    requests_.pop_front();
    lock.unlock();

    Page page;
    page.queue = request.queue;
    page.request = request.number;
    page.as_of = events_.durable();  // before the read: what is durable now is visible to it
    store_.ReadPage(request.from, request.limits, &finished_, page);
    events_.Push(std::move(page));

    lock.lock();
  }
}

}  // namespace tallymq::storage
