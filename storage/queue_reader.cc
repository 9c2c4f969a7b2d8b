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

void QueueReader::Add(Request request) {
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
  }
  work_.notify_one();
}

void QueueReader::Read(SessionNumber queue, Seq from, PageLimits limits, RequestNumber request) {
  Add({request, QueueQuery{queue, from, limits}});
}

void QueueReader::ReadRetained(RetainedQuery query, RequestNumber request) {
  Add({request, std::move(query)});
}

// `as_of` is taken before the read: what is durable then is visible to it.

JournalEvent QueueReader::Answer(RequestNumber number, const QueueQuery& query) {
  Page page;
  page.queue = query.queue;
  page.request = number;
  page.as_of = events_.durable();
  store_.ReadPage(query.from, query.limits, &finished_, page);
  return page;
}

JournalEvent QueueReader::Answer(RequestNumber number, const RetainedQuery& query) {
  RetainedPage page;
  page.request = number;
  page.as_of = events_.durable();
  store_.ReadRetained(query, page);
  return page;
}

void QueueReader::Run() {
  ::pthread_setname_np(::pthread_self(), "tally-read");  // as `top -H` shows it
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return !requests_.empty() || stop_; });
    if (stop_) return;
    const Request request = std::move(requests_.front());
    requests_.pop_front();
    lock.unlock();
    events_.Push(
        std::visit([this, &request](const auto& query) { return Answer(request.number, query); },
                   request.query));
    lock.lock();
  }
}

}  // namespace tallymq::storage
