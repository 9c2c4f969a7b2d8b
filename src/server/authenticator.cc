#include "authenticator.h"

#include <iterator>
#include <utility>

#include "who.h"

namespace tallymq::server {

Authenticator::Authenticator(CredentialsPtr credentials, bool allow_anonymous,
                             std::function<void()> wake)
    : allow_anonymous_(allow_anonymous),
      wake_(std::move(wake)),
      credentials_(std::move(credentials)),
      worker_([this] { Work(); }) {}

Authenticator::~Authenticator() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  more_.notify_one();
  worker_.join();
}

void Authenticator::Ask(const broker::Authenticate& question) {
  {
    const std::lock_guard lock(mutex_);
    if (questions_.size() < kQuestionsMax) {
      questions_.push_back(question);
      more_.notify_one();
      return;
    }
    answers_.push_back({question.conn,
                        question.request,
                        {.data = {},
                         .user_name = {},
                         .reason = mqtt::ReasonCode::kServerBusy,
                         .why = "too many clients want to be authenticated at once",
                         .exchange = nullptr}});
  }
  wake_();
}

void Authenticator::Collect(std::vector<Answer>& answers) {
  const std::lock_guard lock(mutex_);
  std::move(answers_.begin(), answers_.end(), std::back_inserter(answers));
  answers_.clear();
}

void Authenticator::Replace(CredentialsPtr credentials) {
  const std::lock_guard lock(mutex_);
  credentials_ = std::move(credentials);
}

void Authenticator::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    more_.wait(lock, [this] { return ends_ || !questions_.empty(); });
    if (ends_) return;
    const broker::Authenticate question = std::move(questions_.front());
    questions_.pop_front();
    const CredentialsPtr credentials = credentials_;
    lock.unlock();
    broker::AuthAnswer answer = FindOut(*credentials, allow_anonymous_, *question.question);
    lock.lock();
    answers_.push_back({question.conn, question.request, std::move(answer)});
    lock.unlock();
    wake_();
    lock.lock();
  }
}

}  // namespace tallymq::server
