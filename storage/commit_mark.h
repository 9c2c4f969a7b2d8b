// The commit mark: how far commits had certainly come, kept outside RocksDB [design 9.15].
//
// No recovery mode of RocksDB notices every loss at the end of the newest log. Two small files of
// fixed size beside it hold the number of a commit each. Mark n is written only after the sync of
// commit n has returned, so a store that recovers to less than a mark has lost acknowledged data.
//
//   write n    overwrites the current file, without a sync: exact under `kill -9`
//   Sync       syncs the current file and makes the other one current: a torn write leaves the last
//              synced one
//
// One readable file is enough. A file: 8 bytes "TALLYMRK", uuid of the store (16), incarnation (8),
// commit (8), CRC-32C of all before (4), big-endian, then zeros up to 4,096 bytes.

#pragma once

#include <optional>
#include <string>

#include "format.h"
#include "tallymq/base/result.h"
#include "tallymq/storage/journal.h"

namespace tallymq::storage {

// Owner: the committer's thread, once made.
class CommitMark {
 public:
  static constexpr std::size_t kFileBytes = 4096;
  static constexpr int kFiles = 2;
  static std::string FileName(int which);  // "commit-mark.0"

  // Makes both files in `folder` anew, with commit `lsn`, and syncs them and their names.
  static Result<CommitMark, StoreError> Create(const std::string& folder, const Identity& identity,
                                               Lsn lsn);
  // Goes on with the files in `folder`; the one with the older mark, or none, becomes current.
  static Result<CommitMark, StoreError> Open(const std::string& folder, const Identity& identity);
  // The newest mark of this store and incarnation in `folder`, if one is readable. Changes nothing.
  static std::optional<Lsn> Read(const std::string& folder, const Identity& identity);

  CommitMark(CommitMark&& other) noexcept;
  CommitMark& operator=(CommitMark&&) = delete;
  ~CommitMark();

  // Commit `lsn` is durable. Errors: kIo.
  Result<Void, StoreError> Write(Lsn lsn);
  // Errors: kIo.
  Result<Void, StoreError> Sync();
  // Something was written since the last `Sync`.
  [[nodiscard]] bool dirty() const { return dirty_; }

 private:
  CommitMark(const std::string& folder, const Identity& identity);

  std::string paths_[kFiles];
  Identity identity_;
  int files_[kFiles] = {-1, -1};
  int current_ = 0;
  bool dirty_ = false;
};

}  // namespace tallymq::storage
