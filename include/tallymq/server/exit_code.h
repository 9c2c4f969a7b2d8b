// How tallymqd ends, for scripts and supervisors. The table of docs/reference/exit-codes.md, kept
// here.

#pragma once

#include <array>
#include <string_view>

namespace tallymq::server {

enum class ExitCode : int {
  kOk = 0,
  kInternal = 1,
  kUsage = 2,
  kConfig = 3,
  kStoreDamaged = 4,
  kStoreLocked = 5,
  kStoreFormat = 6,
  kStoreBehindMark = 7,
  kDiskFull = 8,
  kStoreIo = 9,
  kDoubtfulSync = 10,
  kCannotListen = 11,
  kInterrupted = 12,
};

struct ExitCodeMeaning {
  ExitCode code;
  std::string_view meaning;
};

inline constexpr std::array kExitCodes = std::to_array<ExitCodeMeaning>({
    {ExitCode::kOk, "stopped cleanly on SIGTERM or SIGINT; or --help, --version, --check-config"},
    {ExitCode::kInternal, "an error that has no code of its own"},
    {ExitCode::kUsage, "the command line is wrong"},
    {ExitCode::kConfig,
     "the configuration or the password file is wrong or not safe, or cannot be read"},
    {ExitCode::kStoreDamaged, "the store is damaged: a checksum or record does not hold"},
    {ExitCode::kStoreLocked, "another process has the store"},
    {ExitCode::kStoreFormat, "the store has another format, or is not a store of TallyMQ"},
    {ExitCode::kStoreBehindMark,
     "the store has lost acknowledged data: it ends before its commit mark"},
    {ExitCode::kDiskFull, "no space for the store; nothing unwritten was acknowledged"},
    {ExitCode::kStoreIo, "the store cannot be opened, read or written for another reason"},
    {ExitCode::kDoubtfulSync,
     "a write or sync of the store failed or may have failed; nothing in doubt was acknowledged"},
    {ExitCode::kCannotListen, "cannot listen on an address"},
    {ExitCode::kInterrupted, "a second signal came while stopping; the next start recovers"},
});

}  // namespace tallymq::server
