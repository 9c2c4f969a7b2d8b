#include "program.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <sstream>
#include <system_error>

namespace tallymq::crash {

namespace {

[[noreturn]] void Throw(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// Starts `arguments` with the given outputs.
::pid_t Start(const std::vector<std::string>& arguments,
              const std::vector<std::string>& environment, int out, int err, int in = -1) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) all.emplace_back(*variable);
  all.insert(all.end(), environment.begin(), environment.end());
  const std::vector<char*> argv = Pointers(arguments);
  const std::vector<char*> envp = Pointers(all);
  const ::pid_t parent = ::getpid();
  const ::pid_t pid = ::fork();
  if (pid < 0) Throw("fork");
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    if (in >= 0) ::dup2(in, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  return pid;
}

Ending Decode(int status) {
  if (WIFSIGNALED(status)) return {.code = 0, .signal = WTERMSIG(status)};
  return {.code = WEXITSTATUS(status), .signal = 0};
}

Ending Wait(::pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) Throw("waitpid");
  }
  return Decode(status);
}

int OpenLog(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) Throw(path.c_str());
  return fd;
}

}  // namespace

Program::Program(const std::vector<std::string>& arguments, const std::string& log,
                 const std::vector<std::string>& environment) {
  const int fd = OpenLog(log);
  pid_ = Start(arguments, environment, fd, fd);
  ::close(fd);
}

Program::Program(const std::vector<std::string>& arguments, int socket, const std::string& log) {
  const int fd = OpenLog(log);
  pid_ = Start(arguments, {}, socket, fd, socket);
  ::close(fd);
}

Program::~Program() {
  if (!ending_) Stop(SIGKILL);
}

Ending Program::Stop(int signal) {
  if (!ending_) {
    ::kill(pid_, signal);
    ending_ = Wait(pid_);
  }
  return *ending_;
}

std::optional<Ending> Program::Ended() {
  int status = 0;
  if (!ending_ && ::waitpid(pid_, &status, WNOHANG) == pid_) ending_ = Decode(status);
  return ending_;
}

Answer Ask(const std::vector<std::string>& arguments) {
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (::pipe2(out.data(), O_CLOEXEC) < 0 || ::pipe2(err.data(), O_CLOEXEC) < 0) Throw("pipe2");
  const ::pid_t pid = Start(arguments, {}, out[1], err[1]);
  ::close(out[1]);
  ::close(err[1]);
  Answer answer;
  std::array<::pollfd, 2> polled{::pollfd{out[0], POLLIN, 0}, ::pollfd{err[0], POLLIN, 0}};
  std::array<std::string*, 2> texts{&answer.output, &answer.errors};
  std::array<char, 65'536> buffer;
  for (int open = 2; open > 0;) {
    if (::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) Throw("poll");
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].fd < 0 || polled[i].revents == 0) continue;
      const ::ssize_t size = ::read(polled[i].fd, buffer.data(), buffer.size());
      if (size > 0) {
        texts[i]->append(buffer.data(), static_cast<std::size_t>(size));
      } else if (size == 0 || errno != EINTR) {
        ::close(polled[i].fd);
        polled[i].fd = -1;
        --open;
      }
    }
  }
  const Ending ending = Wait(pid);
  answer.code = ending.signal != 0 ? 128 + ending.signal : ending.code;
  return answer;
}

std::uint16_t FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) Throw("socket");
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<const ::sockaddr*>(&address), size) < 0 ||
      ::getsockname(fd, reinterpret_cast<::sockaddr*>(&address), &size) < 0) {
    Throw("bind");
  }
  ::close(fd);
  return ntohs(address.sin_port);
}

std::size_t OpenConnections(std::uint16_t port) {
  // "  1: 0100007F:075B 0100007F:A3C2 01 ...": here, there, state.
  constexpr unsigned kEstablished = 1;
  constexpr unsigned kCloseWait = 8;
  std::ifstream table("/proc/net/tcp");
  std::size_t count = 0;
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    std::string number, here, there, state;
    if (!(words >> number >> here >> there >> state) || here.size() != 13) continue;
    unsigned here_port = 0;
    unsigned code = 0;
    std::from_chars(here.data() + 9, here.data() + here.size(), here_port, 16);
    std::from_chars(state.data(), state.data() + state.size(), code, 16);
    if (here_port == port && (code == kEstablished || code == kCloseWait)) ++count;
  }
  return count;
}

}  // namespace tallymq::crash
