#include "rocks_tuning.h"

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <string>

#include "format.h"
#include "gc_filter.h"

namespace tallymq::storage {
namespace {

// Says nothing to nobody: the only logger that writes no file.
class NullLogger : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, std::va_list) override {}
};

// What holds for readers and writers: how the log is read, and what counts as damage.
rocksdb::DBOptions MakeCommonDbOptions(rocksdb::Env* env) {
  rocksdb::DBOptions db;
  if (env != nullptr) db.env = env;
  // The only mode that opens after every power cut and never opens inconsistent. What it may lose
  // without a word, the end of the newest log, is noticed by the commit mark.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  db.track_and_verify_wals_in_manifest = true;
  db.paranoid_checks = true;
  db.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  db.max_open_files = 256;
  // `avoid_flush_during_recovery` stays unset: what recovery replays may be in the page cache only,
  // and is put into freshly synced tables before anything rests on it [design 9.16].
  return db;
}

}  // namespace

rocksdb::DBOptions MakeDbOptions(const RocksOptions& options, rocksdb::Env* env) {
  rocksdb::DBOptions db = MakeCommonDbOptions(env);
  db.recycle_log_file_num = 0;
  // Any error is final for this process (D7); nothing is resumed behind our back.
  db.max_bgerror_resume_count = 0;
  db.bytes_per_sync = 1u << 20;
  db.strict_bytes_per_sync = true;
  db.max_total_wal_size = options.wal_bytes_max;
  db.db_write_buffer_size = options.memtable_bytes;
  db.max_background_jobs = 2;
  db.max_subcompactions = 1;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  db.info_log_level = rocksdb::InfoLogLevel::INFO_LEVEL;
  db.max_log_file_size = 1u << 20;
  db.keep_log_file_num = 4;
  return db;
}

std::vector<rocksdb::ColumnFamilyDescriptor> MakeColumnFamilies(
    const RocksOptions& options, std::shared_ptr<const FinishedTable> finished) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(options.block_cache_bytes, 2);
  table.cache_index_and_filter_blocks = true;

  rocksdb::ColumnFamilyOptions common;
  common.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  // Small memtables fit the processor's cache, and four of them make up the whole.
  common.write_buffer_size = options.memtable_bytes / 4;
  common.max_write_buffer_number = 4;
  common.arena_block_size = 64u << 10;
  common.level_compaction_dynamic_level_bytes = true;
  common.target_file_size_base = 16u << 20;
  common.compression_per_level = {rocksdb::kNoCompression, rocksdb::kNoCompression,
                                  rocksdb::kLZ4Compression};

  const auto by_session = std::shared_ptr<const rocksdb::SliceTransform>(
      rocksdb::NewFixedPrefixTransform(sizeof(std::uint64_t)));

  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (std::size_t i = 0; i < kTableCount; ++i) {
    const auto which = static_cast<Table>(i);
    rocksdb::ColumnFamilyOptions family = common;
    // Never where ranges are deleted (`sub`): RocksDB 7.8 would corrupt the memtable.
    if (which == Table::kQ || which == Table::kSt) {
      family.memtable_insert_with_hint_prefix_extractor = by_session;
    }
    if (which == Table::kQ) family.compaction_filter_factory = MakeQueueFilterFactory(finished);
    if (which == Table::kM) family.compaction_filter_factory = MakeBodyFilterFactory(finished);
    families.emplace_back(std::string(TableName(which)), family);
  }
  return families;
}

rocksdb::DBOptions MakeReadOnlyDbOptions(rocksdb::Env* env) {
  rocksdb::DBOptions db = MakeCommonDbOptions(env);
  db.info_log = std::make_shared<NullLogger>();
  db.info_log_level = rocksdb::InfoLogLevel::FATAL_LEVEL;
  return db;
}

}  // namespace tallymq::storage
