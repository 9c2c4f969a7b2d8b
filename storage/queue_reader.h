// The one thread that reads queues and retained messages, so that no page ever delays a commit or
// the loop.

#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <variant>

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
  void ReadRetained(RetainedQuery query, RequestNumber request);

 private:
  struct QueueQuery {
    SessionNumber queue;
    Seq from;
    PageLimits limits;
  };
  struct Request {
    RequestNumber number;
    std::variant<QueueQuery, RetainedQuery> query;
  };

  void Add(Request request);
  void Run();
  JournalEvent Answer(RequestNumber number, const QueueQuery& query);
  JournalEvent Answer(RequestNumber number, const RetainedQuery& query);

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
