#include "store.h"

#include <filesystem>
#include <utility>

#ifdef TALLYMQ_FAULTS
#include "faults.h"
#endif
#include "file_system.h"
#ifdef TALLYMQ_ROCKSDB
#include "tallymq/storage/rocks_journal.h"
#else
#include "tallymq/storage/memory_journal.h"
#endif

namespace tallymq::server {

Result<std::unique_ptr<storage::Journal>, storage::StoreError> OpenStore(const Config& config,
                                                                         storage::Wake wake) {
#ifdef TALLYMQ_ROCKSDB
  storage::RocksOptions options;
  options.path = config.store;
  options.memtable_bytes = config.memtable_bytes;
  options.block_cache_bytes = config.block_cache_bytes;
  options.wal_bytes_max = config.wal_bytes_max;
#ifdef TALLYMQ_FAULTS
  options.sync = !HasFault("no-sync");
#endif
  return storage::OpenRocksJournal(options, std::move(wake));
#else
  if (config.store != "memory:") {
    return Unexpected{storage::StoreError{storage::StoreErrorKind::kIo,
                                          "this build, without RocksDB, is for tests: it has "
                                          "only --store memory:"}};
  }
  return std::unique_ptr<storage::Journal>{std::make_unique<storage::MemoryJournal>(
      storage::MakeMemoryDisk(), storage::MemoryJournal::Completion::kAutomatic, std::move(wake))};
#endif
}

LossContract LossContractOf([[maybe_unused]] const Config& config) {
#ifdef TALLYMQ_ROCKSDB
  const std::string path = std::filesystem::absolute(config.store).lexically_normal().string();
  const FileSystem file_system = FileSystemOf(path);
  const std::string policy =
      "loss contract: every acknowledgement waits for a sync of the journal; store " + path +
      " on " + file_system.name;
  if (file_system.in_memory) {
    return {policy + ", which is memory: a power cut or a restart of the machine loses everything",
            true};
  }
  const broker::Limits& limits = config.limits;
  const bool bounded = limits.queue_messages_max != 0 || limits.queue_bytes_max != 0;
  if (bounded && limits.queue_policy != broker::QueuePolicy::kRefuse) {
    const bool oldest = limits.queue_policy == broker::QueuePolicy::kDropOldest;
    return {policy +
                "; a power cut can lose nothing that was acknowledged; at a queue's limit its " +
                (oldest ? "oldest" : "newest") + " messages are dropped, acknowledged or not",
            true};
  }
  return {policy + "; a power cut can lose nothing that was acknowledged", false};
#else
  return {"loss contract: the store is memory of this process: its end loses everything", true};
#endif
}

ExitCode ExitCodeOf(storage::StoreErrorKind kind) {
  switch (kind) {
    case storage::StoreErrorKind::kLocked:
      return ExitCode::kStoreLocked;
    case storage::StoreErrorKind::kFormat:
      return ExitCode::kStoreFormat;
    case storage::StoreErrorKind::kBehindMark:
      return ExitCode::kStoreBehindMark;
    case storage::StoreErrorKind::kCorrupt:
      return ExitCode::kStoreDamaged;
    case storage::StoreErrorKind::kNoSpace:
      return ExitCode::kDiskFull;
    case storage::StoreErrorKind::kIo:
      break;
  }
  return ExitCode::kStoreIo;
}

}  // namespace tallymq::server
