#include "simulated_disk.h"

#include <rocksdb/system_clock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

namespace tallymq::storage {
namespace {

namespace fs = std::filesystem;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

constexpr std::uint64_t kPageBytes = 4096;

IOStatus PowerIsOff() { return IOStatus::IOError("the power is off"); }

// RocksDB's own log and lock are not part of a store.
bool Tracked(const std::string& path) {
  const std::string name = fs::path(path).filename();
  return name.rfind("LOG", 0) != 0 && name != "LOCK";
}

bool EndsIn(const std::string& text, const std::string& suffix) {
  return text.size() >= suffix.size() &&
         text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

// RocksDB sleeps for a second after a failed flush. Tests do not.
class ClockWithoutSleep : public rocksdb::SystemClockWrapper {
 public:
  using SystemClockWrapper::SystemClockWrapper;
  const char* Name() const override { return "ClockWithoutSleep"; }
  void SleepForMicroseconds(int) override {}
};

class SimulatedEnv : public rocksdb::EnvWrapper {
 public:
  explicit SimulatedEnv(std::unique_ptr<rocksdb::Env> env) : EnvWrapper(std::move(env)) {
    system_clock_ = std::make_shared<ClockWithoutSleep>(system_clock_);
  }
};

}  // namespace

class SimulatedDisk::File : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(SimulatedDisk& disk, std::string path, std::shared_ptr<Inode> inode,
       std::unique_ptr<rocksdb::FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)),
        disk_(disk),
        path_(std::move(path)),
        inode_(std::move(inode)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    bool cut_here = false;
    const IOStatus status = disk_.Step(&cut_here);
    if (!status.ok() && !cut_here) return status;
    const Slice part(data.data(), cut_here ? data.size() / 2 : data.size());
    const IOStatus written = FSWritableFileOwnerWrapper::Append(part, options, debug);
    const std::lock_guard lock(disk_.mutex_);
    if (written.ok()) inode_->written += part.size();
    return status.ok() ? written : status;
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }

  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    const IOStatus status = disk_.Step();
    if (!status.ok()) return status;
    std::unique_lock lock(disk_.mutex_);
    const std::uint64_t size = inode_->written;
    if (disk_.holding_ && EndsIn(path_, disk_.held_suffix_)) {
      disk_.held_ = true;
      disk_.changed_.notify_all();
      disk_.changed_.wait(lock, [this] { return !disk_.holding_ || disk_.stopped_; });
      if (disk_.stopped_) return PowerIsOff();
    }
    inode_->synced = std::max(inode_->synced, size);
    return IOStatus::OK();
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Sync(options, debug);
  }
  // Starts writing and promises nothing; the real disk is spared.
  IOStatus RangeSync(std::uint64_t, std::uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }
  IOStatus Allocate(std::uint64_t, std::uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }

 private:
  SimulatedDisk& disk_;
  const std::string path_;
  const std::shared_ptr<Inode> inode_;
};

class SimulatedDisk::Directory : public rocksdb::FSDirectoryWrapper {
 public:
  Directory(SimulatedDisk& disk, std::unique_ptr<rocksdb::FSDirectory> directory)
      : FSDirectoryWrapper(std::move(directory)), disk_(disk) {}

  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    const IOStatus status = disk_.Step();
    if (!status.ok()) return status;
    const std::lock_guard lock(disk_.mutex_);
    for (const NameChange& change : disk_.pending_) Apply(change, disk_.durable_names_);
    disk_.pending_.clear();
    return IOStatus::OK();
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions&) override {
    return Fsync(options, debug);
  }

 private:
  SimulatedDisk& disk_;
};

SimulatedDisk::SimulatedDisk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

std::shared_ptr<SimulatedDisk> SimulatedDisk::Make() {
  std::shared_ptr<SimulatedDisk> disk(new SimulatedDisk);
  // The environment must not keep its own disk alive.
  disk->env_ = std::make_unique<SimulatedEnv>(rocksdb::NewCompositeEnv(
      std::shared_ptr<rocksdb::FileSystem>(disk.get(), [](rocksdb::FileSystem*) {})));
  return disk;
}

// --- Faults
// ----------------------------------------------------------------------------------------------

std::uint64_t SimulatedDisk::steps() const {
  const std::lock_guard lock(mutex_);
  return steps_;
}

void SimulatedDisk::CutAt(std::uint64_t step) {
  const std::lock_guard lock(mutex_);
  cut_at_ = step;
}

void SimulatedDisk::FailAt(std::uint64_t step, IOStatus error) {
  const std::lock_guard lock(mutex_);
  fail_at_ = step;
  error_ = std::move(error);
}

bool SimulatedDisk::failed() const {
  const std::lock_guard lock(mutex_);
  return fail_at_ != 0 && steps_ >= fail_at_;
}

void SimulatedDisk::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

void SimulatedDisk::Revive() {
  const std::lock_guard lock(mutex_);
  stopped_ = false;
  holding_ = false;
  held_ = false;
  cut_at_ = 0;
  fail_at_ = 0;
}

bool SimulatedDisk::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

void SimulatedDisk::HoldSyncs(std::string suffix) {
  const std::lock_guard lock(mutex_);
  held_suffix_ = std::move(suffix);
  holding_ = true;
  held_ = false;
}

void SimulatedDisk::ReleaseSyncs() {
  const std::lock_guard lock(mutex_);
  holding_ = false;
  changed_.notify_all();
}

void SimulatedDisk::WaitForHeldSync() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return held_; });
}

IOStatus SimulatedDisk::Step(bool* cut_here) {
  const std::lock_guard lock(mutex_);
  ++steps_;
  if (stopped_) return PowerIsOff();
  if (steps_ == cut_at_) {
    stopped_ = true;
    changed_.notify_all();
    if (cut_here != nullptr) *cut_here = true;
    return PowerIsOff();
  }
  if (steps_ == fail_at_) return error_;
  return IOStatus::OK();
}

void SimulatedDisk::Apply(const NameChange& change, Names& names) {
  if (!change.remove.empty()) names.erase(change.remove);
  if (!change.add.empty()) names[change.add] = change.inode;
}

void SimulatedDisk::MakeImage(const std::string& from, const std::string& to, Survival survival,
                              std::mt19937_64& random) {
  const std::lock_guard lock(mutex_);
  const auto up_to = [&](std::uint64_t most) {
    return survival == Survival::kNothing
               ? 0
               : std::uniform_int_distribution<std::uint64_t>(0, most)(random);
  };
  Names names = durable_names_;
  const std::uint64_t changes = up_to(pending_.size());
  for (std::uint64_t i = 0; i < changes; ++i) Apply(pending_[i], names);

  for (const auto& [path, inode] : names) {
    std::ifstream in(inode->keeper, std::ios::binary);
    std::string bytes(inode->synced + up_to(inode->written - inode->synced), '\0');
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (survival == Survival::kHoles) {
      const std::uint64_t first = (inode->synced + kPageBytes - 1) / kPageBytes * kPageBytes;
      for (std::uint64_t page = first; page < bytes.size(); page += kPageBytes) {
        if (up_to(1) == 0) continue;
        const auto end = std::min<std::uint64_t>(page + kPageBytes, bytes.size());
        std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(page),
                  bytes.begin() + static_cast<std::ptrdiff_t>(end), '\0');
      }
    }
    const fs::path target = to / fs::path(path).lexically_relative(from);
    fs::create_directories(target.parent_path());
    std::ofstream(target, std::ios::binary) << bytes;
  }
  // The commit marks are not RocksDB's: they are written only after a sync has returned, and the
  // test that looks at torn ones tears them itself.
  for (const auto& entry : fs::directory_iterator(from)) {
    if (entry.is_regular_file()) fs::copy_file(entry.path(), to / entry.path().filename());
  }
}

// --- rocksdb::FileSystem
// ---------------------------------------------------------------------------------

IOStatus SimulatedDisk::NewWritableFile(const std::string& path,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSWritableFile>* file,
                                        IODebugContext* debug) {
  if (!Tracked(path)) return target()->NewWritableFile(path, options, file, debug);
  if (IOStatus status = Step(); !status.ok()) return status;
  std::unique_ptr<rocksdb::FSWritableFile> real;
  // A new file, not the old one emptied: its bytes may be what a power cut brings back.
  std::error_code ignored;
  fs::remove(path, ignored);
  if (IOStatus status = target()->NewWritableFile(path, options, &real, debug); !status.ok()) {
    return status;
  }
  const std::lock_guard lock(mutex_);
  auto inode = std::make_shared<Inode>();
  inode->keeper = keepers_.path() + "/" + std::to_string(next_keeper_++);
  fs::create_hard_link(path, inode->keeper);
  pending_.push_back({path, path, inode});
  Apply(pending_.back(), names_);
  *file = std::make_unique<File>(*this, path, std::move(inode), std::move(real));
  return IOStatus::OK();
}

IOStatus SimulatedDisk::DeleteFile(const std::string& path, const IOOptions& options,
                                   IODebugContext* debug) {
  if (!Tracked(path)) return target()->DeleteFile(path, options, debug);
  if (IOStatus status = Step(); !status.ok()) return status;
  if (IOStatus status = target()->DeleteFile(path, options, debug); !status.ok()) return status;
  const std::lock_guard lock(mutex_);
  pending_.push_back({path, {}, nullptr});
  Apply(pending_.back(), names_);
  return IOStatus::OK();
}

IOStatus SimulatedDisk::RenameFile(const std::string& from, const std::string& to,
                                   const IOOptions& options, IODebugContext* debug) {
  if (!Tracked(from)) return target()->RenameFile(from, to, options, debug);
  if (IOStatus status = Step(); !status.ok()) return status;
  if (IOStatus status = target()->RenameFile(from, to, options, debug); !status.ok()) {
    return status;
  }
  const std::lock_guard lock(mutex_);
  pending_.push_back({from, to, names_[from]});
  Apply(pending_.back(), names_);
  return IOStatus::OK();
}

IOStatus SimulatedDisk::NewDirectory(const std::string& path, const IOOptions& options,
                                     std::unique_ptr<rocksdb::FSDirectory>* directory,
                                     IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSDirectory> real;
  if (IOStatus status = target()->NewDirectory(path, options, &real, debug); !status.ok()) {
    return status;
  }
  *directory = std::make_unique<Directory>(*this, std::move(real));
  return IOStatus::OK();
}

}  // namespace tallymq::storage
