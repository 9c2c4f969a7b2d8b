// Goal: what is read of a process is in nanoseconds and bytes.
// Method: of this one, beside what the operating system says of it by other means.

#include "process_usage.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>

namespace tallymq::load {
namespace {

std::chrono::nanoseconds CpuByRusage() {
  ::rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return std::chrono::seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         std::chrono::microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

TEST(ProcessUsageTest, CpuTimeIsThatOfAllModes) {
  while (CpuByRusage() < std::chrono::milliseconds(50)) {
  }
  // The other clock is rounded.
  constexpr std::chrono::milliseconds kRounding{10};
  const auto before = CpuByRusage();
  const auto usage = ReadUsage(::getpid());
  const auto after = CpuByRusage();
  ASSERT_TRUE(usage.has_value());
  EXPECT_GE(usage->cpu, before - kRounding);
  EXPECT_LE(usage->cpu, after + kRounding);
}

TEST(ProcessUsageTest, MemoryIsResidentBytes) {
  constexpr std::size_t kTaken = 8u << 20;
  const auto before = ReadUsage(::getpid());
  ASSERT_TRUE(before.has_value());
  EXPECT_GT(before->resident_bytes, 1u << 20);
  {
    void* const taken = ::mmap(nullptr, kTaken, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    ASSERT_NE(taken, MAP_FAILED);
    const auto full = ReadUsage(::getpid());
    ::munmap(taken, kTaken);
    ASSERT_TRUE(full.has_value());
    EXPECT_GE(full->resident_bytes, before->resident_bytes + kTaken / 2);
  }
  const auto after = ReadUsage(::getpid());
  ASSERT_TRUE(after.has_value());
  EXPECT_GE(after->peak_bytes, before->resident_bytes + kTaken / 2);
}

TEST(ProcessUsageTest, AProcessThatIsGoneHasNone) {
  const ::pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(ReadUsage(child).has_value());
}

}  // namespace
}  // namespace tallymq::load
