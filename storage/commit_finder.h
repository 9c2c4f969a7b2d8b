// Finds the newest commit in the log of a store without replaying the log.

#pragma once

#include <rocksdb/wal_filter.h>
#include <rocksdb/write_batch.h>

#include <optional>

#include "format.h"

namespace tallymq::storage {

// Takes the place of the replay when a store is opened for a look: keeps the newest commit record,
// lets the other records of meta through, which are few, and drops everything else, so that a full
// log costs a read and no memory.
class CommitFinder : public rocksdb::WalFilter {
 public:
  WalProcessingOption LogRecordFound(unsigned long long, const std::string&,
                                     const rocksdb::WriteBatch& batch,
                                     rocksdb::WriteBatch* new_batch, bool* batch_changed) override;
  const char* Name() const override { return "tallymq.commit_finder"; }

  [[nodiscard]] const std::optional<CommitRecord>& newest() const { return newest_; }

 private:
  std::optional<CommitRecord> newest_;
};

}  // namespace tallymq::storage
