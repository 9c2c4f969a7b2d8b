#include "posix_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace tallymq::storage {

StoreError FileError(const std::string& what, const std::string& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return {full ? StoreErrorKind::kNoSpace : StoreErrorKind::kIo,
          what + " " + path + ": " + std::generic_category().message(error)};
}

Result<Void, StoreError> SyncFolder(const std::string& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return Unexpected{FileError("cannot open", folder, errno)};
  const bool synced = ::fsync(file) == 0;
  const int error = errno;
  ::close(file);
  if (!synced) return Unexpected{FileError("cannot sync", folder, error)};
  return Void{};
}

StoreError LockedError(const std::string& store_path) {
  return {StoreErrorKind::kLocked,
          "the store " + store_path +
              " is in use by another process; stop the broker (or the tallyctl) that runs on it"};
}

Result<ReadLock, StoreError> ReadLock::Take(const std::string& lock_path,
                                            const std::string& store_path) {
  const int file = ::open(lock_path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) return ReadLock(-1);
  if (file < 0) return Unexpected{FileError("cannot open", lock_path, errno)};
  struct flock lock = {};
  lock.l_type = F_RDLCK;
  lock.l_whence = SEEK_SET;
  // A lock of the open file, not of the process: it also meets a journal in this very process.
  if (::fcntl(file, F_OFD_SETLK, &lock) == 0) return ReadLock(file);
  const int error = errno;
  ::close(file);
  if (error == EAGAIN || error == EACCES) return Unexpected{LockedError(store_path)};
  return Unexpected{FileError("cannot lock", lock_path, error)};
}

ReadLock::ReadLock(ReadLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

ReadLock::~ReadLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace tallymq::storage
