#include "rocks_open.h"

#include <rocksdb/env.h>
#include <rocksdb/listener.h>
#include <sys/random.h>

#include <filesystem>
#include <system_error>

#include "commit_finder.h"
#include "posix_file.h"
#include "rocks_tuning.h"

namespace tallymq::storage {
namespace {

namespace fs = std::filesystem;

enum class Folder { kNew, kStore };

bool IsOurs(const std::string& name) {
  return name == "rocksdb" || name == CommitMark::FileName(0) || name == CommitMark::FileName(1) ||
         name == "lost+found";
}

StoreError NotAStore(const std::string& path, const std::string& name) {
  return {StoreErrorKind::kFormat, "the folder " + path + " is no store and is not empty (" + name +
                                       " is in it); name a folder that is empty or not there yet"};
}

// Whether RocksDB's folder holds anything that matters.
bool HoldsData(const fs::path& rocks_path) {
  std::error_code error;
  for (fs::directory_iterator it(rocks_path, error), end; !error && it != end;
       it.increment(error)) {
    const std::string extension = it->path().extension();
    if (extension == ".sst" || (extension == ".log" && it->file_size(error) > 0)) return true;
  }
  return false;
}

// Tells a store from a folder in which one can be made. Errors: kFormat, kCorrupt, kIo.
Result<Folder, StoreError> Classify(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return Folder::kNew;
  if (error) return Unexpected{FileError("cannot read", path, error.value())};
  if (!fs::is_directory(status)) {
    return Unexpected{
        StoreError{StoreErrorKind::kFormat, path + " is no folder; name a folder for the store"}};
  }
  if (fs::exists(RocksPath(path) + "/CURRENT", error)) return Folder::kStore;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    if (!IsOurs(it->path().filename())) {
      return Unexpected{NotAStore(path, it->path().filename())};
    }
  }
  if (error) return Unexpected{FileError("cannot read", path, error.value())};
  if (HoldsData(RocksPath(path))) {
    return Unexpected{StoreError{StoreErrorKind::kCorrupt,
                                 "the store " + path +
                                     " is damaged: rocksdb/CURRENT is missing; restore a backup "
                                     "(`tallyctl store verify` says the same)"}};
  }
  return Folder::kNew;
}

Result<Identity, StoreError> MakeIdentity() {
  Identity identity;
  identity.marks_exist = true;
  if (::getrandom(identity.uuid.data(), identity.uuid.size(), 0) !=
      static_cast<ssize_t>(identity.uuid.size())) {
    return Unexpected{StoreError{StoreErrorKind::kIo, "the system gives no random numbers"}};
  }
  // Version 4, variant 1 of RFC 4122.
  identity.uuid[6] = static_cast<std::uint8_t>((identity.uuid[6] & 0x0F) | 0x40);
  identity.uuid[8] = static_cast<std::uint8_t>((identity.uuid[8] & 0x3F) | 0x80);
  return identity;
}

Result<Void, StoreError> MakeFolders(const std::string& path) {
  std::error_code error;
  fs::create_directories(RocksPath(path), error);
  // What clients sent is in there: nobody else's business.
  if (!error) fs::permissions(RocksPath(path), fs::perms::owner_all, error);
  if (error) return Unexpected{FileError("cannot make the folder", path, error.value())};
  const fs::path absolute = fs::absolute(path, error);
  if (error) return Unexpected{FileError("cannot find", path, error.value())};
  const fs::path parent =
      absolute.has_filename() ? absolute.parent_path() : absolute.parent_path().parent_path();
  if (auto synced = SyncFolder(parent); !synced) return synced;
  return SyncFolder(path);
}

// The records that make a store of an empty RocksDB. Until they are durable, the next start makes
// it anew.
Result<Void, StoreError> WriteFirstRecords(RocksStore& store, const Identity& identity) {
  rocksdb::WriteBatch batch;
  rocksdb::Status status =
      batch.Put(MakeMetaKey(MetaTag::kFormat).view(), EncodeFormat(kFormatVersion));
  if (status.ok()) {
    status = batch.Put(MakeMetaKey(MetaTag::kIdentity).view(), EncodeIdentity(identity));
  }
  rocksdb::WriteOptions options;
  options.sync = true;
  if (status.ok()) status = store.db().Write(options, &batch);
  // Into a table, so that a store whose log is lost still knows that it is one.
  if (status.ok()) status = store.db().Flush(rocksdb::FlushOptions(), store.handle(Table::kMeta));
  if (!status.ok()) return Unexpected{FromStatus(status, "cannot make the store")};
  return Void{};
}

// Before the first record that an older program would not know.
Result<Void, StoreError> RaiseFormat(RocksStore& store) {
  rocksdb::WriteOptions options;
  options.sync = true;
  const rocksdb::Status status =
      store.db().Put(options, MakeMetaKey(MetaTag::kFormat).view(), EncodeFormat(kFormatVersion));
  if (!status.ok()) return Unexpected{FromStatus(status, "cannot raise the format of the store")};
  return Void{};
}

StoreError UnknownFormat(const std::string& path, std::uint32_t version) {
  return {StoreErrorKind::kFormat,
          "the store " + path + " has format version " + std::to_string(version) +
              ", this program reads versions " + std::to_string(kOldestFormatVersion) + " to " +
              std::to_string(kFormatVersion) + "; use the version of TallyMQ that wrote it"};
}

}  // namespace

std::string RocksPath(const std::string& path) { return path + "/rocksdb"; }
std::string LockPath(const std::string& path) { return RocksPath(path) + "/LOCK"; }

Result<Survey, StoreError> LookAtStore(const std::string& path, const RocksHooks& hooks) {
  auto folder = Classify(path);
  if (!folder) return Unexpected{folder.error()};
  Survey survey;
  if (*folder == Folder::kNew) {
    survey.fresh = true;
    return survey;
  }
  auto lock = ReadLock::Take(LockPath(path), path);
  if (!lock) return Unexpected{lock.error()};

  CommitFinder finder;
  rocksdb::DBOptions options = MakeReadOnlyDbOptions(hooks.env);
  options.wal_filter = &finder;
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(
      options, RocksPath(path), {{rocksdb::kDefaultColumnFamilyName, {}}}, &handles, &db);
  if (!status.ok()) return Unexpected{FromStatus(status, "cannot open the store " + path)};
  RocksStore store(db, handles);

  auto meta = LoadMeta(store);
  if (!meta) return Unexpected{meta.error()};
  survey.meta = *meta;
  if (finder.newest() && finder.newest()->lsn > survey.meta.commit.lsn) {
    survey.meta.commit = *finder.newest();
  }
  if (!survey.meta.format) {
    if (survey.meta.commit.lsn != Lsn{0}) {
      return Unexpected{
          StoreError{StoreErrorKind::kFormat,
                     "the store " + path +
                         " names no format version; it was not "
                         "written by TallyMQ, or is damaged (`tallyctl store verify`)"}};
    }
    survey.fresh = true;
    return survey;
  }
  if (!Readable(*survey.meta.format)) {
    return Unexpected{UnknownFormat(path, *survey.meta.format)};
  }
  survey.mark = CommitMark::Read(path, survey.meta.identity);
  return survey;
}

std::optional<StoreError> CheckMark(const std::string& path, const Survey& survey) {
  if (survey.fresh || !survey.meta.identity.marks_exist) return std::nullopt;
  if (!survey.mark) {
    return StoreError{StoreErrorKind::kCorrupt,
                      "the store " + path +
                          " has lost its commit marks (commit-mark.0 and .1), so nobody can tell "
                          "whether it is complete; `tallyctl store verify` checks the rest; "
                          "restore a backup"};
  }
  const std::uint64_t commit = survey.meta.commit.lsn.value();
  const std::uint64_t mark = survey.mark->value();
  if (commit >= mark) return std::nullopt;
  return StoreError{StoreErrorKind::kBehindMark,
                    "the store " + path + " ends at commit " + std::to_string(commit) +
                        ", but had certainly come to " + std::to_string(mark) + ": " +
                        std::to_string(mark - commit) +
                        " commits with acknowledged messages are missing at the "
                        "end of its log. It is not served; check the disk, run `tallyctl store "
                        "verify`, restore a "
                        "backup"};
}

Result<OpenStore, StoreError> OpenOrMakeStore(const RocksOptions& options, const RocksHooks& hooks,
                                              std::shared_ptr<const FinishedTable> finished,
                                              std::shared_ptr<rocksdb::EventListener> listener) {
  auto survey = LookAtStore(options.path, hooks);
  if (!survey) return Unexpected{survey.error()};
  if (auto refused = CheckMark(options.path, *survey)) return Unexpected{*refused};

  OpenStore opened;
  opened.fresh = survey->fresh;
  opened.identity = survey->meta.identity;
  if (opened.fresh) {
    auto identity = MakeIdentity();
    if (!identity) return Unexpected{identity.error()};
    opened.identity = *identity;
    if (auto made = MakeFolders(options.path); !made) return Unexpected{made.error()};
  }

  rocksdb::DBOptions db_options = MakeDbOptions(options, hooks.env);
  db_options.create_if_missing = opened.fresh;
  db_options.create_missing_column_families = opened.fresh;
  db_options.listeners.push_back(std::move(listener));
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const rocksdb::Status status =
      rocksdb::DB::Open(db_options, RocksPath(options.path),
                        MakeColumnFamilies(options, std::move(finished)), &handles, &db);
  if (!status.ok()) {
    if (status.ToString().find("LOCK") != std::string::npos) {
      return Unexpected{LockedError(options.path)};
    }
    return Unexpected{FromStatus(status, "cannot open the store " + options.path)};
  }
  opened.store = std::make_unique<RocksStore>(db, handles);
  if (!opened.fresh && *survey->meta.format != kFormatVersion) {
    if (auto raised = RaiseFormat(*opened.store); !raised) return Unexpected{raised.error()};
  }

  auto mark = opened.fresh ? CommitMark::Create(options.path, opened.identity, Lsn{0})
                           : CommitMark::Open(options.path, opened.identity);
  if (!mark) return Unexpected{mark.error()};
  opened.mark.emplace(std::move(*mark));
  if (opened.fresh) {
    auto written = WriteFirstRecords(*opened.store, opened.identity);
    if (!written) return Unexpected{written.error()};
  }
  return opened;
}

}  // namespace tallymq::storage
