// What strace saw of a broker: bytes read from and written to connections, writes and syncs of
// files, in the order in which they happened.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tallymq::crash {

struct Call {
  enum class Kind : std::uint8_t { kSocketRead, kSocketWrite, kFileWrite, kSync };
  Kind kind;
  int fd = -1;
  std::string
      file;  // path, or the connection as strace names it: "TCP:[127.0.0.1:1883->127.0.0.1:40000]"
  std::string bytes;        // of socket calls: what was really read or written
  std::uint64_t begin = 0;  // line of the trace at which it began
  std::uint64_t end = 0;    // and at which it had ended
};

// The system calls that must be traced, for strace's option -e.
inline constexpr std::string_view kTracedCalls =
    "trace=read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg,pwrite64,pwritev,fsync,"
    "fdatasync";

// Reads the output of `strace -f -yy -xx -s 1000000 -e <kTracedCalls>`. Calls that failed are left
// out. In the order of their beginnings.
std::vector<Call> ParseTrace(std::string_view text);

}  // namespace tallymq::crash
