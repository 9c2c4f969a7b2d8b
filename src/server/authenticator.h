// Finds out who clients are, beside the loop: hashing a password takes milliseconds.
//
// Owner: the loop thread, which calls everything. One thread of its own works, one question after
// the other. Bounded: at most kQuestionsMax wait; a further one is answered at once, that the
// server is busy.

#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "tallymq/auth/credentials.h"
#include "tallymq/broker/effects.h"

namespace tallymq::server {

using CredentialsPtr = std::shared_ptr<const auth::Credentials>;

class Authenticator {
 public:
  // Questions that wait: of plain passwords, about what is worked off within half of the time that
  // a client has for its CONNECT by default.
  static constexpr std::size_t kQuestionsMax = 1024;

  struct Answer {
    ConnId conn;
    broker::AuthRequest request;
    broker::AuthAnswer answer;
  };

  // `wake` is called, from any thread, when there is something to collect. `allow_anonymous` as in
  // `FindOut`.
  Authenticator(CredentialsPtr credentials, bool allow_anonymous, std::function<void()> wake);
  // Ends after the question at hand; those that wait are given up.
  ~Authenticator();
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  void Ask(const broker::Authenticate& question);
  // Appends the answers that are there, in the order in which they were found.
  void Collect(std::vector<Answer>& answers);
  // Questions that are not looked at yet are held against these. An exchange that has begun ends
  // with those that it began with.
  void Replace(CredentialsPtr credentials);

 private:
  void Work();

  const bool allow_anonymous_;
  const std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<broker::Authenticate> questions_;
  std::vector<Answer> answers_;
  CredentialsPtr credentials_;
  bool ends_ = false;
  std::thread worker_;  // last: it uses the others
};

}  // namespace tallymq::server
