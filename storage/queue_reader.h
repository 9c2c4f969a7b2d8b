// The one thread that reads queues, so that no page ever delays a commit or the loop.

#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "event_queue.h"
#include "finished_table.h"
#include "rocks_store.h"

namespace tallymq::storage {

// Owner: the journal, on the loop thread. Its thread makes the messages of a page and hands them
// over for good.
class QueueReader {
 public:
  QueueReader(RocksStore& store, const FinishedTable& finished, EventQueue& events);
  // What has not been read is not answered.
  ~QueueReader();

  void Read(SessionNumber queue, Seq from, PageLimits limits, RequestNumber request);

 private:
  struct Request {
    SessionNumber queue;
    Seq from;
    PageLimits limits;
    RequestNumber number;
  };

  void Run();

  RocksStore& store_;
  const FinishedTable& finished_;
  EventQueue& events_;

  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<Request> requests_;
  bool stop_ = false;

  std::thread thread_;
};

}  // namespace tallymq::storage
