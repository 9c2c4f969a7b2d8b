#include "store_verify.h"

#include <rocksdb/file_checksum.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <utility>

#include "posix_file.h"

namespace tallymq::storage {
namespace {

// Reading the files is taken for this share of the whole.
constexpr double kFilesShare = 0.5;
constexpr std::uint64_t kRecordsPerReport = 4096;

std::string Number(std::uint64_t number) { return std::to_string(number); }

}  // namespace

StoreVerify::StoreVerify(RocksStore& store, const std::string& path, const Survey& survey,
                         const Found& found, const Progress& progress)
    : store_(store), path_(path), survey_(survey), found_(found), progress_(progress) {}

std::uint64_t StoreVerify::Run() {
  for (std::size_t i = 0; i < kTableCount; ++i) {
    std::uint64_t keys = 0;
    store_.db().GetIntProperty(store_.handle(static_cast<Table>(i)),
                               rocksdb::DB::Properties::kEstimateNumKeys, &keys);
    expected_records_ += keys;
  }
  CheckFiles();
  CheckMeta();
  CheckSessions();
  CheckSubscriptions();
  CheckStates();
  finished_.SetComplete();
  CheckEntries();
  CheckBodies();
  CheckRetained();
  if (progress_) progress_(1.0);
  return records_;
}

// --- Files
// -----------------------------------------------------------------------------------------------

void StoreVerify::CheckFiles() {
  std::vector<rocksdb::LiveFileMetaData> files;
  store_.db().GetLiveFilesMetaData(&files);
  std::uint64_t total = 1;
  for (const auto& file : files) total += file.size;
  std::uint64_t done = 0;
  for (const auto& file : files) {
    CheckFile(file.directory + "/" + file.relative_filename, file.file_checksum, done, total);
  }
}

void StoreVerify::CheckFile(const std::string& path, const std::string& checksum,
                            std::uint64_t& done, std::uint64_t total) {
  const std::string name = path.substr(path.rfind('/') + 1);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             &std::fclose);
  if (file == nullptr) {
    return found_({name, FileError("cannot open", path, errno).message});
  }
  rocksdb::FileChecksumGenContext context;
  context.file_name = path;
  const auto generator =
      rocksdb::GetFileChecksumGenCrc32cFactory()->CreateFileChecksumGenerator(context);
  std::vector<char> chunk(1u << 20);
  while (const std::size_t size = std::fread(chunk.data(), 1, chunk.size(), file.get())) {
    generator->Update(chunk.data(), size);
    done += size;
    if (progress_) {
      progress_(kFilesShare * static_cast<double>(done) / static_cast<double>(total));
    }
  }
  if (std::ferror(file.get()) != 0) {
    return found_({name, FileError("cannot read", path, errno).message});
  }
  generator->Finalize();
  if (generator->GetChecksum() != checksum) {
    found_({name,
            "the checksum of the file does not hold: its bytes have changed since it was "
            "written"});
  }
}

// --- meta
// ------------------------------------------------------------------------------------------------

void StoreVerify::CheckMeta() {
  if (auto refused = CheckMark(path_, survey_)) found_({"commit-mark", refused->message});
  Scan(Table::kMeta, [&](std::string_view key, std::string_view value) {
    Decoder in(key);
    const std::uint8_t tag = in.U8();
    bool decodes = false;
    switch (static_cast<MetaTag>(tag)) {
      case MetaTag::kFormat:
        decodes = DecodeFormat(value).has_value();
        break;
      case MetaTag::kIdentity:
        decodes = DecodeIdentity(value).has_value();
        break;
      case MetaTag::kCommit:
        decodes = DecodeCommit(value).has_value();
        break;
      case MetaTag::kNumbers:
        decodes = DecodeNumbers(value).has_value();
        break;
      case MetaTag::kStart:
        decodes = DecodeStart(value).has_value();
        break;
      case MetaTag::kStartTime:
        decodes = in.U32() != 0 && DecodeStartTime(value).has_value();
        break;
      case MetaTag::kRetained:
        decodes = DecodeRetainedTotals(value).has_value();
        break;
    }
    if (!decodes || !in.done()) Report(Table::kMeta, key, "does not decode");
  });
}

// --- sess
// ------------------------------------------------------------------------------------------------

void StoreVerify::CheckSessions() {
  Scan(Table::kSess, [&](std::string_view key, std::string_view value) {
    Decoder in(key);
    const std::uint8_t tag = in.U8();
    if (tag == static_cast<std::uint8_t>(SessTag::kClientId)) return CheckClientId(key, value);
    const SessionNumber session{in.U64()};
    const bool numbered = in.done() && session.value() != 0;
    if (numbered && tag == static_cast<std::uint8_t>(SessTag::kSession)) {
      CheckSession(key, session, value);
    } else if (numbered && tag == static_cast<std::uint8_t>(SessTag::kDead) &&
               DecodeDeadSession(value)) {
      dead_.push_back(session.value());
      if (finished_.Known(session)) {
        Report(Table::kSess, key, "the session counts as ended, and is there");
      }
    } else if (numbered && tag == static_cast<std::uint8_t>(SessTag::kWill) && DecodeWill(value)) {
      if (!finished_.Known(session)) {
        Report(Table::kSess, key, "is the will of a session that is not there");
      }
    } else {
      Report(Table::kSess, key, "does not decode");
    }
  });
}

void StoreVerify::CheckSession(std::string_view key, SessionNumber session,
                               std::string_view value) {
  finished_.Add(session);
  const auto record = DecodeSession(value);
  if (!record) return Report(Table::kSess, key, "does not decode");
  if (session >= survey_.meta.numbers.next_session) {
    Report(Table::kSess, key,
           "the number of the session would be given away again: the next one is " +
               Number(survey_.meta.numbers.next_session.value()));
  }
  const auto name = Get(Table::kSess, MakeClientIdKey(record->client_id));
  const auto named = name ? DecodeSessionName(*name) : std::nullopt;
  if (named != session) {
    Report(Table::kSess, key,
           "its client identifier \"" + record->client_id + "\" does not name it");
  }
}

void StoreVerify::CheckClientId(std::string_view key, std::string_view value) {
  const auto session = DecodeSessionName(value);
  if (!session) return Report(Table::kSess, key, "does not decode");
  const auto row = Get(Table::kSess, MakeSessionKey(SessTag::kSession, *session).view());
  const auto record = row ? DecodeSession(*row) : std::nullopt;
  if (!record) {
    Report(Table::kSess, key, "names session " + Number(session->value()) + ", which is not there");
  } else if (MakeClientIdKey(record->client_id) != key) {
    Report(Table::kSess, key,
           "names session " + Number(session->value()) + ", which has the client identifier \"" +
               record->client_id + "\"");
  }
}

// --- sub and st
// ------------------------------------------------------------------------------------------

void StoreVerify::CheckSubscriptions() {
  Scan(Table::kSub, [&](std::string_view key, std::string_view value) {
    const auto decoded = DecodeSubscriptionKey(key);
    if (!decoded || !DecodeSubscription(value)) {
      return Report(Table::kSub, key, "does not decode");
    }
    CheckOwnerOf(Table::kSub, key, decoded->session);
  });
}

void StoreVerify::CheckStates() {
  Scan(Table::kSt, [&](std::string_view key, std::string_view value) {
    const auto session = DecodeNumberKey(key);
    const auto record = DecodeState(value);
    if (!session || !record) return Report(Table::kSt, key, "does not decode");
    CheckOwnerOf(Table::kSt, key, SessionNumber{*session});
    finished_.Advance(SessionNumber{*session}, *record);
  });
}

void StoreVerify::CheckOwnerOf(Table table, std::string_view key, SessionNumber session) {
  if (!finished_.Known(session) && !Dead(session)) {
    Report(table, key, "belongs to session " + Number(session.value()) + ", which is not there");
  }
}

// --- q and m
// ---------------------------------------------------------------------------------------------

void StoreVerify::CheckEntries() {
  SessionNumber of;
  Seq tail{1};
  Scan(Table::kQ, [&](std::string_view key, std::string_view value) {
    const auto owner = DecodeEntryKey(key);
    const auto entry = DecodeEntry(value);
    if (!owner || !entry) return Report(Table::kQ, key, "does not decode");
    if (!Unfinished(*owner)) return;
    if (owner->session != of) {
      of = owner->session;
      const auto state = Get(Table::kSt, MakeNumberKey(of.value()).view());
      const auto record = state ? DecodeState(*state) : std::nullopt;
      tail = record ? record->reserved_tail : Seq{1};
    }
    if (owner->seq >= tail) {
      Report(Table::kQ, key,
             "its number would be given away again: the reserved tail is " + Number(tail.value()));
    }
    if (entry->number.value() != 0) CheckReference(key, *owner, entry->number);
  });
}

void StoreVerify::CheckReference(std::string_view key, const Owner& entry, MessageNumber number) {
  const auto value = Get(Table::kM, MakeNumberKey(number.value()).view());
  if (!value) {
    return Report(Table::kQ, key, "its body " + Number(number.value()) + " is not there");
  }
  const auto body = DecodeBody(*value);
  if (!body) return;  // found where bodies are read
  if (std::find(body->owners.begin(), body->owners.end(), entry) == body->owners.end()) {
    Report(Table::kQ, key, "its body " + Number(number.value()) + " does not name it as an owner");
  }
}

void StoreVerify::CheckBodies() {
  Scan(Table::kM, [&](std::string_view key, std::string_view value) {
    const auto number = DecodeNumberKey(key);
    const auto body = DecodeBody(value);
    if (!number || !body) return Report(Table::kM, key, "does not decode");
    if (MessageNumber{*number} >= survey_.meta.numbers.next_message) {
      Report(Table::kM, key,
             "its number would be given away again: the next one is " +
                 Number(survey_.meta.numbers.next_message.value()));
    }
    for (const Owner& owner : body->owners) {
      if (!Unfinished(owner)) continue;
      const auto row = Get(Table::kQ, MakeEntryKey(owner.session, owner.seq).view());
      const auto entry = row ? DecodeEntry(*row) : std::nullopt;
      if (!entry || entry->number != MessageNumber{*number}) {
        Report(Table::kM, key,
               "its owner " + Number(owner.session.value()) + "/" + Number(owner.seq.value()) +
                   (row ? " has another body" : " is not there"));
      }
    }
  });
}

void StoreVerify::CheckRetained() {
  RetainedTotals totals;
  Scan(Table::kRet, [&](std::string_view key, std::string_view value) {
    ++totals.count;
    totals.bytes += key.size() + value.size();
    const auto retained = DecodeRetained(value);
    if (!retained || key.empty()) return Report(Table::kRet, key, "does not decode");
    if (retained->set >= survey_.meta.numbers.next_message) {
      Report(Table::kRet, key,
             "its number would be given away again: the next one is " +
                 Number(survey_.meta.numbers.next_message.value()));
    }
  });
  const RetainedTotals& counted = survey_.meta.retained;
  if (totals != counted) {
    found_({"meta 07", "counts " + Number(counted.count) + " retained messages with " +
                           Number(counted.bytes) + " bytes; there are " + Number(totals.count) +
                           " with " + Number(totals.bytes)});
  }
}

// --- Shared
// ----------------------------------------------------------------------------------------------

void StoreVerify::Scan(Table table,
                       const std::function<void(std::string_view, std::string_view)>& check) {
  auto scanned = store_.Scan(table, [&](std::string_view key, std::string_view value) {
    check(key, value);
    if (++records_ % kRecordsPerReport == 0 && progress_) {
      const double share = static_cast<double>(records_) / static_cast<double>(expected_records_);
      progress_(kFilesShare + (1.0 - kFilesShare) * std::min(share, 1.0));
    }
    return true;
  });
  if (!scanned) {
    found_({std::string(table == Table::kMeta ? "meta" : TableName(table)),
            "cannot be read to its end: " + scanned.error().message});
  }
}

std::optional<std::string> StoreVerify::Get(Table table, std::string_view key) {
  auto value = store_.Get(table, key);
  if (value) return std::move(*value);
  Report(table, key, "cannot be read: " + value.error().message);
  return std::nullopt;
}

void StoreVerify::Report(Table table, std::string_view key, std::string what) {
  found_({KeyText(table, key), std::move(what)});
}

bool StoreVerify::Dead(SessionNumber session) const {
  return std::binary_search(dead_.begin(), dead_.end(), session.value());
}

bool StoreVerify::Unfinished(const Owner& owner) const {
  return finished_.FirstUnfinished(owner.session, owner.seq) == owner.seq;
}

}  // namespace tallymq::storage
