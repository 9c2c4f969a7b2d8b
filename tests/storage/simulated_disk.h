// A disk under RocksDB that forgets what was not synced.
//
// Files lie in a real folder, where a write is visible at once, as it is through the page cache;
// which bytes and which names would survive a power cut is kept beside. Nothing is synced for real,
// which also makes tests fast. One disk lasts over many lives of the process above it.
//
// Modelled: bytes behind the last sync of their file, names behind the last sync of their folder
// (in order: a creation, renaming or deletion survives only with all before it), a write cut in the
// middle, errors of single calls. Not modelled: synced bytes that change, disks that lie about a
// sync.

#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "temp_folder.h"

namespace tallymq::storage {

class SimulatedDisk : public rocksdb::FileSystemWrapper {
 public:
  // What a power cut does to unsynced bytes and names.
  enum class Survival {
    kNothing,  // all of them are gone
    kPrefix,   // a random part of them, from the front
    kHoles,    // a random part from the front, of which random pages are zeros
  };

  static std::shared_ptr<SimulatedDisk> Make();
  // What RocksDB is opened with.
  [[nodiscard]] rocksdb::Env* env() { return env_.get(); }

  // --- Faults; a step is a call that changes the disk, counted from 1 on.

  [[nodiscard]] std::uint64_t steps() const;
  // At step `step` the power goes, in the middle of it if it is a write; every later call fails.
  void CutAt(std::uint64_t step);
  // Step `step` fails with `error` and does nothing.
  void FailAt(std::uint64_t step, rocksdb::IOStatus error);
  // It has.
  [[nodiscard]] bool failed() const;
  // From now on every call fails: the process is as good as dead. Until `Revive`.
  void Stop();
  void Revive();
  [[nodiscard]] bool stopped() const;

  // Syncs of files whose names end in `suffix` wait until `ReleaseSyncs`.
  void HoldSyncs(std::string suffix);
  void ReleaseSyncs();
  // Waits until a sync waits.
  void WaitForHeldSync();

  // Writes into the empty folder `to` what is left of folder `from` if the power goes now.
  void MakeImage(const std::string& from, const std::string& to, Survival survival,
                 std::mt19937_64& random);

  // --- rocksdb::FileSystem

  const char* Name() const override { return "SimulatedDisk"; }
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override;

 private:
  class File;
  class Directory;

  // The bytes of a file, whatever names it has.
  struct Inode {
    std::string keeper;  // a second name, which outlives deletion
    std::uint64_t written = 0;
    std::uint64_t synced = 0;
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;
  struct NameChange {
    std::string remove;  // empty: none
    std::string add;     // empty: none
    std::shared_ptr<Inode> inode;
  };

  SimulatedDisk();

  // Counts a step. `may_be_cut` tells a write to do half of itself before it fails.
  rocksdb::IOStatus Step(bool* cut_here = nullptr);
  static void Apply(const NameChange& change, Names& names);

  TempFolder keepers_;
  std::unique_ptr<rocksdb::Env> env_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Names names_;          // as the process sees them
  Names durable_names_;  // as a power cut leaves them
  std::vector<NameChange> pending_;
  std::uint64_t next_keeper_ = 0;

  std::uint64_t steps_ = 0;
  std::uint64_t cut_at_ = 0;
  std::uint64_t fail_at_ = 0;
  rocksdb::IOStatus error_;
  bool stopped_ = false;
  std::string held_suffix_;
  bool holding_ = false;
  bool held_ = false;
};

}  // namespace tallymq::storage
