#include "tallymq/auth/credentials_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace tallymq::auth {
namespace {

constexpr mode_t kPrivate = 0600;

std::string NewPath(const std::string& path) { return path + ".new"; }

Unexpected<std::string> Failed(const std::string& path, const char* what) {
  return Unexpected{path + ": " + what + ": " + std::strerror(errno)};
}

bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// A name in a folder is there after a power cut when the folder is synced.
bool SyncFolder(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const int fd = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = fsync(fd) == 0;
  close(fd);
  return synced;
}

}  // namespace

Result<CredentialsFile, std::string> ReadCredentialsFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Failed(path, "cannot be read");
  CredentialsFile file;
  struct stat status {};
  char chunk[64 * 1024];
  ssize_t count = fstat(fd, &status);
  if (count == 0) {
    file.open_to_others = (status.st_mode & S_IROTH) != 0;
    while ((count = read(fd, chunk, sizeof chunk)) > 0) {
      file.text.append(chunk, static_cast<std::size_t>(count));
      if (file.text.size() > kCredentialsFileBytesMax) {
        errno = EFBIG;
        count = -1;
        break;
      }
    }
  }
  const int error = errno;
  close(fd);
  errno = error;
  if (count < 0) return Failed(path, "cannot be read");
  return file;
}

Result<CredentialsEdit, std::string> CredentialsEdit::Begin(const std::string& path) {
  CredentialsEdit edit;
  std::error_code dangling;
  const std::filesystem::path real = std::filesystem::canonical(path, dangling);
  edit.path_ = dangling ? path : real.string();
  edit.fd_ = open(NewPath(edit.path_).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kPrivate);
  if (edit.fd_ < 0 && errno == EEXIST) {
    return Unexpected{NewPath(edit.path_) +
                      " is there: somebody else changes the file, or was killed while doing so; "
                      "remove it if nobody does"};
  }
  if (edit.fd_ < 0) return Failed(NewPath(edit.path_), "cannot be made");
  struct stat status {};
  if (stat(edit.path_.c_str(), &status) != 0) {
    if (errno != ENOENT) return Failed(edit.path_, "cannot be read");
    edit.fresh_ = true;
    status.st_mode = kPrivate;
    status.st_uid = geteuid();
    status.st_gid = getegid();
  } else {
    auto file = ReadCredentialsFile(edit.path_);
    if (!file) return Unexpected{file.error()};
    edit.text_ = std::move(file->text);
  }
  struct stat ours {};
  fstat(edit.fd_, &ours);
  const bool others =
      ours.st_uid != status.st_uid || (!edit.fresh_ && ours.st_gid != status.st_gid);
  if (others && fchown(edit.fd_, status.st_uid, status.st_gid) != 0) {
    return Failed(edit.path_, "its owner and group cannot be kept");
  }
  if (fchmod(edit.fd_, status.st_mode & 07777) != 0)
    return Failed(edit.path_, "its mode cannot be kept");
  return edit;
}

CredentialsEdit::CredentialsEdit(CredentialsEdit&& other) noexcept
    : path_(std::move(other.path_)),
      text_(std::move(other.text_)),
      fresh_(other.fresh_),
      fd_(std::exchange(other.fd_, -1)) {}

CredentialsEdit::~CredentialsEdit() {
  if (fd_ < 0) return;
  close(fd_);
  unlink(NewPath(path_).c_str());
}

Result<Void, std::string> CredentialsEdit::Commit(std::string_view text) {
  const std::string written = NewPath(path_);
  if (!WriteAll(fd_, text) || fsync(fd_) != 0) return Failed(written, "cannot be written");
  if (rename(written.c_str(), path_.c_str()) != 0) return Failed(path_, "cannot be replaced");
  close(std::exchange(fd_, -1));
  if (!SyncFolder(path_)) return Failed(path_, "its folder cannot be synced");
  return Void{};
}

}  // namespace tallymq::auth
