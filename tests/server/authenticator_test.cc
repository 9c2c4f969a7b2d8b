// Goal: questions are answered off the loop thread, each once, within a bound, and an end does not
// wait for those that are left.
// Method: the wake is what the test waits for; a password with many rounds keeps the worker busy.

#include "authenticator.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <string>

namespace tallymq::server {
namespace {

using broker::AuthAnswer;
using broker::AuthRequest;
using Verdict = AuthAnswer::Verdict;

CredentialsPtr Users(const char* password, std::uint32_t iterations = 4096) {
  return std::make_shared<const auth::Credentials>(
      auth::Credentials::Users{
          {"anna", auth::ScramVerifier::Derive(password, "saltsaltsaltsalt", iterations)}},
      "secret");
}

// Counts wakes, and waits for answers.
class AuthenticatorTest : public testing::Test {
 protected:
  std::function<void()> Wake() {
    return [this] {
      const std::lock_guard lock(mutex_);
      ++wakes_;
      woken_.notify_one();
    };
  }

  static broker::Authenticate Question(std::uint64_t number, const char* password) {
    return {ConnId{number}, AuthRequest{number},
            std::make_shared<const broker::AuthQuestion>(
                broker::AuthQuestion{"", "", "anna", password, nullptr})};
  }

  std::vector<Authenticator::Answer> Collect(Authenticator& authenticator, std::size_t count) {
    std::vector<Authenticator::Answer> answers;
    while (answers.size() < count) {
      {
        std::unique_lock lock(mutex_);
        woken_.wait(lock, [this] { return wakes_ > 0; });
        wakes_ = 0;
      }
      authenticator.Collect(answers);
    }
    return answers;
  }

  std::mutex mutex_;
  std::condition_variable woken_;
  int wakes_ = 0;
};

TEST_F(AuthenticatorTest, AnswersInOrder) {
  Authenticator authenticator(Users("coffee"), false, Wake());
  for (std::uint64_t i = 1; i <= 10; ++i) {
    authenticator.Ask(Question(i, i % 3 == 0 ? "tea" : "coffee"));
  }
  const auto answers = Collect(authenticator, 10);
  ASSERT_EQ(answers.size(), 10u);
  for (std::uint64_t i = 1; i <= 10; ++i) {
    EXPECT_EQ(answers[i - 1].conn, ConnId{i});
    EXPECT_EQ(answers[i - 1].request, AuthRequest{i});
    EXPECT_EQ(answers[i - 1].answer.verdict, i % 3 == 0 ? Verdict::kRefused : Verdict::kAccepted);
  }
}

TEST_F(AuthenticatorTest, NewCredentialsCountFromThenOn) {
  Authenticator authenticator(Users("coffee"), false, Wake());
  authenticator.Ask(Question(1, "coffee"));
  EXPECT_EQ(Collect(authenticator, 1)[0].answer.verdict, Verdict::kAccepted);
  authenticator.Replace(Users("tea"));
  authenticator.Ask(Question(2, "coffee"));
  authenticator.Ask(Question(3, "tea"));
  const auto answers = Collect(authenticator, 2);
  EXPECT_EQ(answers[0].answer.verdict, Verdict::kRefused);
  EXPECT_EQ(answers[1].answer.verdict, Verdict::kAccepted);
}

TEST_F(AuthenticatorTest, BeyondTheBoundTheServerIsBusy) {
  Authenticator authenticator(Users("coffee", 2'000'000), false, Wake());
  // The worker is at the first one for longer than it takes to ask the others.
  for (std::uint64_t i = 1; i <= Authenticator::kQuestionsMax + 3; ++i) {
    authenticator.Ask(Question(i, "coffee"));
  }
  for (const auto& answer : Collect(authenticator, 2)) {
    if (answer.answer.verdict == Verdict::kAccepted) continue;
    EXPECT_EQ(answer.answer.reason, mqtt::ReasonCode::kServerBusy);
    EXPECT_GT(answer.conn.value(), Authenticator::kQuestionsMax);
  }
}  // Ends without an answer to the rest: that would take minutes.

}  // namespace
}  // namespace tallymq::server
