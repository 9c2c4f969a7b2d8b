// Opening a store: what a folder is, whether it may be served, and how a new one is made.
//
//   <folder>/rocksdb/                     RocksDB's own files
//   <folder>/commit-mark.0, .1            see commit_mark.h
//
// A store is looked at before it is opened for writing, because opening for writing already changes
// it: the end of the log is put into tables, and what was there to be examined is gone. A store
// that is refused is left as it was.

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "commit_mark.h"
#include "finished_table.h"
#include "recovery.h"
#include "rocks_store.h"
#include "tallymq/storage/rocks_journal.h"

namespace rocksdb {
class Env;
class EventListener;
}  // namespace rocksdb

namespace tallymq::storage {

// What only tests set.
struct RocksHooks {
  rocksdb::Env* env = nullptr;  // instead of the real one, under RocksDB only
  // Breaks the rule that compaction sees durable records only, to show that it is needed.
  bool finish_early = false;
};

// The folders of a store.
std::string RocksPath(const std::string& path);
std::string LockPath(const std::string& path);

// What a look at a store tells.
struct Survey {
  bool fresh = false;  // nothing is there yet, or the making of a store was cut off
  Meta meta;           // with the newest commit that the log holds
  std::optional<Lsn> mark;
};

// Looks at the store in `path`, without changing a byte. Errors: kLocked, kFormat, kCorrupt, kIo.
Result<Survey, StoreError> LookAtStore(const std::string& path, const RocksHooks& hooks);

// kBehindMark, or kCorrupt where marks must be and are not, or nothing.
std::optional<StoreError> CheckMark(const std::string& path, const Survey& survey);

// A store open for writing.
struct OpenStore {
  std::unique_ptr<RocksStore> store;
  Identity identity;
  bool fresh = false;
  std::optional<CommitMark> mark;
};

// Opens the store in `path`, or makes it. Errors: as `OpenRocksJournal`.
Result<OpenStore, StoreError> OpenOrMakeStore(const RocksOptions& options, const RocksHooks& hooks,
                                              std::shared_ptr<const FinishedTable> finished,
                                              std::shared_ptr<rocksdb::EventListener> listener);

}  // namespace tallymq::storage
