// The store of a stopped broker on RocksDB, opened read-only.
//
// Not one byte of the folder changes: RocksDB is opened for reading with a logger that writes
// nothing, and the lock taken on its lock file leaves no trace.

#include <filesystem>
#include <memory>
#include <utility>

#include "posix_file.h"
#include "rocks_open.h"
#include "rocks_store.h"
#include "rocks_tuning.h"
#include "store_verify.h"
#include "tallymq/storage/store_reader.h"

namespace tallymq::storage {
namespace {

class RocksStoreReader : public StoreReader {
 public:
  RocksStoreReader(std::string path, ReadLock lock, Survey survey,
                   std::unique_ptr<RocksStore> store)
      : path_(std::move(path)),
        lock_(std::move(lock)),
        survey_(std::move(survey)),
        store_(std::move(store)) {}

  Result<StoreInfo, StoreError> Info() override;
  Result<Recovered, StoreError> Meta() override { return MakeRecovered(survey_.meta); }
  Result<Recovered, StoreError> Load(RecoverySink& sink) override;
  Result<Void, StoreError> ReadSessions(
      const std::function<bool(const StoredSession&)>& visit) override;
  Result<std::optional<StoredSession>, StoreError> FindSession(std::string_view client_id) override;
  Result<Page, StoreError> ReadQueue(SessionNumber queue, Seq from, PageLimits limits) override;
  Result<RetainedPage, StoreError> ReadRetained(const RetainedQuery& query) override {
    RetainedPage page;
    page.as_of = survey_.meta.commit.lsn;
    store_->ReadRetained(query, page);
    return page;
  }
  Result<std::uint64_t, StoreError> Verify(const std::function<void(const Finding&)>& found,
                                           const std::function<void(double)>& progress) override {
    return StoreVerify(*store_, path_, survey_, found, progress).Run();
  }

 private:
  std::unique_ptr<rocksdb::Iterator> Iterate(Table table) {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    return std::unique_ptr<rocksdb::Iterator>(
        store_->db().NewIterator(options, store_->handle(table)));
  }

  const std::string path_;
  const ReadLock lock_;
  const Survey survey_;
  const std::unique_ptr<RocksStore> store_;
};

// `row` is a row of `sess` with a will.
Result<StoredWill, StoreError> MakeWill(std::string_view key, std::string_view row) {
  const auto view = DecodeWill(row);
  if (!view) return Unexpected{UndecodableError(Table::kSess, key)};
  return StoredWill{view->delay_s, view->message.Make()};
}

StoreError Unreadable(const rocksdb::Iterator& it) {
  return FromStatus(it.status(), "cannot read the store");
}

Result<StoreInfo, StoreError> RocksStoreReader::Info() {
  StoreInfo info;
  info.path = path_;
  info.format_version = *survey_.meta.format;
  info.uuid = UuidText(survey_.meta.identity.uuid);
  info.incarnation = survey_.meta.identity.incarnation;
  info.recovered = MakeRecovered(survey_.meta);
  info.mark = survey_.mark.value_or(Lsn{0});

  std::vector<std::uint64_t> dead;  // in order
  auto scanned = store_->Scan(Table::kSess, [&](std::string_view key, std::string_view) {
    const auto tag = static_cast<SessTag>(key.empty() ? 0 : key[0]);
    if (tag == SessTag::kSession) ++info.sessions;
    if (tag == SessTag::kDead) dead.push_back(DecodeNumberKey(key.substr(1)).value_or(0));
    return true;
  });
  if (!scanned) return Unexpected{scanned.error()};
  info.dead_sessions = dead.size();
  scanned = store_->Scan(Table::kSub, [&](std::string_view key, std::string_view) {
    const auto decoded = DecodeSubscriptionKey(key);
    if (decoded && !std::binary_search(dead.begin(), dead.end(), decoded->session.value())) {
      ++info.subscriptions;
    }
    return true;
  });
  if (!scanned) return Unexpected{scanned.error()};

  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(path_, error), end; !error && it != end;
       it.increment(error)) {
    if (it->is_regular_file(error)) info.bytes_on_disk += it->file_size(error);
  }
  return info;
}

Result<Recovered, StoreError> RocksStoreReader::Load(RecoverySink& sink) {
  FinishedTable finished;
  auto loaded = LoadSessions(*store_, finished, sink);
  if (!loaded) return Unexpected{loaded.error()};
  return MakeRecovered(survey_.meta);
}

// Walks `sess`, `sub` and `st`, which have the same order, side by side.
Result<Void, StoreError> RocksStoreReader::ReadSessions(
    const std::function<bool(const StoredSession&)>& visit) {
  const auto sess = Iterate(Table::kSess);
  const auto sub = Iterate(Table::kSub);
  const auto st = Iterate(Table::kSt);
  const auto wills = Iterate(Table::kSess);
  wills->Seek(MakeSessionKey(SessTag::kWill, SessionNumber{0}).view());
  sub->SeekToFirst();
  st->SeekToFirst();
  const SessionKey first = MakeSessionKey(SessTag::kSession, SessionNumber{0});
  for (sess->Seek(first.view()); sess->Valid(); sess->Next()) {
    const std::string_view key = sess->key().ToStringView();
    if (key.substr(0, 1) != first.view().substr(0, 1)) break;
    StoredSession session;
    const auto number = DecodeNumberKey(key.substr(1));
    const auto record = DecodeSession(sess->value().ToStringView());
    if (!number || !record) return Unexpected{UndecodableError(Table::kSess, key)};
    session.number = SessionNumber{*number};
    session.record = *record;

    const NumberKey own_key = MakeNumberKey(*number);
    const std::string_view own = own_key.view();
    const auto behind = [&](const rocksdb::Iterator& it) {
      return it.Valid() && it.key().ToStringView().substr(0, own.size()) < own;
    };
    const auto at = [&](const rocksdb::Iterator& it) {
      return it.Valid() && it.key().starts_with(own);
    };
    while (behind(*sub)) sub->Next();
    for (; at(*sub); sub->Next()) {
      const auto decoded = DecodeSubscriptionKey(sub->key().ToStringView());
      const auto subscription = DecodeSubscription(sub->value().ToStringView());
      if (!decoded || !subscription) {
        return Unexpected{UndecodableError(Table::kSub, sub->key().ToStringView())};
      }
      session.subscriptions.push_back({std::string(decoded->filter), *subscription});
    }
    while (behind(*st)) st->Next();
    if (at(*st)) {
      const auto state = DecodeState(st->value().ToStringView());
      if (!state) return Unexpected{UndecodableError(Table::kSt, st->key().ToStringView())};
      session.state = *state;
    }
    const SessionKey will_key = MakeSessionKey(SessTag::kWill, session.number);
    while (wills->Valid() && wills->key().ToStringView() < will_key.view()) wills->Next();
    if (wills->Valid() && wills->key().ToStringView() == will_key.view()) {
      auto will = MakeWill(will_key.view(), wills->value().ToStringView());
      if (!will) return Unexpected{will.error()};
      session.will = std::move(*will);
    }
    if (!visit(session)) return Void{};
  }
  for (const auto* it : {sess.get(), sub.get(), st.get(), wills.get()}) {
    if (!it->status().ok()) return Unexpected{Unreadable(*it)};
  }
  return Void{};
}

Result<std::optional<StoredSession>, StoreError> RocksStoreReader::FindSession(
    std::string_view client_id) {
  const std::string name_key = MakeClientIdKey(client_id);
  auto name = store_->Get(Table::kSess, name_key);
  if (!name) return Unexpected{name.error()};
  if (!name->has_value()) return std::optional<StoredSession>();
  const auto number = DecodeSessionName(**name);
  if (!number) return Unexpected{UndecodableError(Table::kSess, name_key)};

  StoredSession session;
  session.number = *number;
  const SessionKey session_key = MakeSessionKey(SessTag::kSession, *number);
  auto row = store_->Get(Table::kSess, session_key.view());
  if (!row) return Unexpected{row.error()};
  const auto record = row->has_value() ? DecodeSession(**row) : std::nullopt;
  if (!record) return Unexpected{UndecodableError(Table::kSess, session_key.view())};
  session.record = *record;

  const NumberKey own_key = MakeNumberKey(number->value());
  const std::string_view own = own_key.view();
  const auto sub = Iterate(Table::kSub);
  for (sub->Seek(own); sub->Valid() && sub->key().starts_with(own); sub->Next()) {
    const auto decoded = DecodeSubscriptionKey(sub->key().ToStringView());
    const auto subscription = DecodeSubscription(sub->value().ToStringView());
    if (!decoded || !subscription) {
      return Unexpected{UndecodableError(Table::kSub, sub->key().ToStringView())};
    }
    session.subscriptions.push_back({std::string(decoded->filter), *subscription});
  }
  if (!sub->status().ok()) return Unexpected{Unreadable(*sub)};

  auto state = store_->Get(Table::kSt, own);
  if (!state) return Unexpected{state.error()};
  if (state->has_value()) {
    const auto decoded = DecodeState(**state);
    if (!decoded) return Unexpected{UndecodableError(Table::kSt, own)};
    session.state = *decoded;
  }
  const SessionKey will_key = MakeSessionKey(SessTag::kWill, *number);
  auto will_row = store_->Get(Table::kSess, will_key.view());
  if (!will_row) return Unexpected{will_row.error()};
  if (will_row->has_value()) {
    auto will = MakeWill(will_key.view(), **will_row);
    if (!will) return Unexpected{will.error()};
    session.will = std::move(*will);
  }
  return std::optional<StoredSession>(std::move(session));
}

Result<Page, StoreError> RocksStoreReader::ReadQueue(SessionNumber queue, Seq from,
                                                     PageLimits limits) {
  // What is finished of this queue, and so may have lost its body.
  FinishedTable finished;
  auto session = store_->Get(Table::kSess, MakeSessionKey(SessTag::kSession, queue).view());
  if (!session) return Unexpected{session.error()};
  if (session->has_value()) finished.Add(queue);
  auto state = store_->Get(Table::kSt, MakeNumberKey(queue.value()).view());
  if (!state) return Unexpected{state.error()};
  if (state->has_value()) {
    const auto record = DecodeState(**state);
    if (!record) {
      return Unexpected{UndecodableError(Table::kSt, MakeNumberKey(queue.value()).view())};
    }
    finished.Advance(queue, *record);
  }
  finished.SetComplete();

  Page page;
  page.queue = queue;
  page.as_of = survey_.meta.commit.lsn;
  store_->ReadPage(from, limits, &finished, page);
  return page;
}

}  // namespace

Result<std::unique_ptr<StoreReader>, StoreError> OpenStoreReader(const std::string& path) {
  auto survey = LookAtStore(path, RocksHooks());
  if (!survey) return Unexpected{survey.error()};
  if (survey->fresh) {
    return Unexpected{StoreError{StoreErrorKind::kFormat, "there is no store in " + path}};
  }
  auto lock = ReadLock::Take(LockPath(path), path);
  if (!lock) return Unexpected{lock.error()};

  RocksOptions options;
  options.path = path;
  std::vector<rocksdb::ColumnFamilyDescriptor> families = MakeColumnFamilies(options, nullptr);
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(
      MakeReadOnlyDbOptions(nullptr), RocksPath(path), families, &handles, &db);
  if (!status.ok()) return Unexpected{FromStatus(status, "cannot open the store " + path)};
  return std::unique_ptr<StoreReader>(std::make_unique<RocksStoreReader>(
      path, std::move(*lock), std::move(*survey), std::make_unique<RocksStore>(db, handles)));
}

}  // namespace tallymq::storage
