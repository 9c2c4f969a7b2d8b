// The few calls of the operating system that the store makes beside RocksDB.

#pragma once

#include <optional>
#include <string>

#include "tallymq/base/result.h"
#include "tallymq/storage/journal.h"

namespace tallymq::storage {

// "`what` `path`: No space left on device", as kNoSpace or kIo by the value of `error`.
StoreError FileError(const std::string& what, const std::string& path, int error);

// Makes the names in `folder` survive a power cut. Errors: kIo.
Result<Void, StoreError> SyncFolder(const std::string& folder);

// A shared lock on RocksDB's lock file, without creating or changing it: fails while a broker runs,
// and keeps one from starting as long as it lives. None is needed where there is no such file.
class ReadLock {
 public:
  // Errors: kLocked, kIo.
  static Result<ReadLock, StoreError> Take(const std::string& lock_path,
                                           const std::string& store_path);
  ReadLock(ReadLock&& other) noexcept;
  ReadLock& operator=(ReadLock&&) = delete;
  ~ReadLock();

 private:
  explicit ReadLock(int file) : file_(file) {}
  int file_;
};

StoreError LockedError(const std::string& store_path);

}  // namespace tallymq::storage
