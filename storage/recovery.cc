#include "recovery.h"

namespace tallymq::storage {
namespace {

std::string Hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 0x0F]);
  }
  return text;
}

// Reads one record of meta into `out`, which keeps its value if there is none.
template <typename T>
Result<Void, StoreError> LoadOne(RecordSource& source, MetaTag tag,
                                 std::optional<T> (*decode)(std::string_view), T& out) {
  const MetaKey key = MakeMetaKey(tag);
  auto value = source.Get(Table::kMeta, key.view());
  if (!value) return Unexpected{value.error()};
  if (!value->has_value()) return Void{};
  std::optional<T> decoded = decode(**value);
  if (!decoded) return Unexpected{UndecodableError(Table::kMeta, key.view())};
  out = *decoded;
  return Void{};
}

// One row of `sess`.
bool LoadSessionRow(std::string_view key, std::string_view value, FinishedTable& finished,
                    RecoverySink& sink) {
  Decoder in(key);
  const std::uint8_t tag = in.U8();
  if (tag == static_cast<std::uint8_t>(SessTag::kClientId)) {
    return DecodeSessionName(value).has_value();
  }
  const SessionNumber session{in.U64()};
  if (!in.done() || session.value() == 0) return false;
  if (tag == static_cast<std::uint8_t>(SessTag::kDead)) {
    if (!DecodeDeadSession(value)) return false;
    sink.OnDeadSession(session);
    return true;
  }
  if (tag == static_cast<std::uint8_t>(SessTag::kWill)) {
    const auto will = DecodeWill(value);
    if (!will) return false;
    if (finished.Known(session)) sink.OnWill(session, will->delay_s, will->message.Make());
    return true;
  }
  if (tag != static_cast<std::uint8_t>(SessTag::kSession)) return false;
  const auto record = DecodeSession(value);
  if (!record) return false;
  finished.Add(session);
  sink.OnSession(session, *record);
  return true;
}

}  // namespace

Result<Meta, StoreError> LoadMeta(RecordSource& source) {
  Meta meta;
  std::uint32_t format = 0;
  if (auto r = LoadOne(source, MetaTag::kFormat, DecodeFormat, format); !r) {
    return Unexpected{r.error()};
  }
  if (format != 0) meta.format = format;
  if (meta.format && !Readable(*meta.format)) return meta;
  if (auto r = LoadOne(source, MetaTag::kIdentity, DecodeIdentity, meta.identity); !r) {
    return Unexpected{r.error()};
  }
  if (auto r = LoadOne(source, MetaTag::kCommit, DecodeCommit, meta.commit); !r) {
    return Unexpected{r.error()};
  }
  if (auto r = LoadOne(source, MetaTag::kNumbers, DecodeNumbers, meta.numbers); !r) {
    return Unexpected{r.error()};
  }
  if (auto r = LoadOne(source, MetaTag::kStart, DecodeStart, meta.start); !r) {
    return Unexpected{r.error()};
  }
  if (auto r = LoadOne(source, MetaTag::kRetained, DecodeRetainedTotals, meta.retained); !r) {
    return Unexpected{r.error()};
  }
  std::optional<StoreError> damage;
  auto scanned = source.Scan(Table::kMeta, [&](std::string_view key, std::string_view value) {
    const auto start = DecodeStartTimeKey(key);
    if (!start) return true;
    const auto time = DecodeStartTime(value);
    if (!time) damage = UndecodableError(Table::kMeta, key);
    if (time) meta.start_times.emplace_back(*start, *time);
    return time.has_value();
  });
  if (!scanned) return Unexpected{scanned.error()};
  if (damage) return Unexpected{*damage};
  return meta;
}

Result<Void, StoreError> LoadSessions(RecordSource& source, FinishedTable& finished,
                                      RecoverySink& sink) {
  std::optional<StoreError> damage;
  const auto scan = [&](Table table, const RecordSource::Visit& visit) -> Result<Void, StoreError> {
    auto scanned = source.Scan(table, [&](std::string_view key, std::string_view value) {
      if (visit(key, value)) return true;
      damage = UndecodableError(table, key);
      return false;
    });
    if (scanned && damage) return Unexpected{*damage};
    return scanned;
  };

  auto result = scan(Table::kSess, [&](std::string_view key, std::string_view value) {
    return LoadSessionRow(key, value, finished, sink);
  });
  if (!result) return result;

  result = scan(Table::kSub, [&](std::string_view key, std::string_view value) {
    const auto decoded_key = DecodeSubscriptionKey(key);
    const auto record = DecodeSubscription(value);
    if (!decoded_key || !record) return false;
    if (finished.Known(decoded_key->session)) {
      sink.OnSubscription(decoded_key->session, decoded_key->filter, *record);
    }
    return true;
  });
  if (!result) return result;

  result = scan(Table::kSt, [&](std::string_view key, std::string_view value) {
    const auto session = DecodeNumberKey(key);
    const auto record = DecodeState(value);
    if (!session || !record) return false;
    if (finished.Known(SessionNumber{*session})) {
      finished.Advance(SessionNumber{*session}, *record);
      sink.OnState(SessionNumber{*session}, *record);
    }
    return true;
  });
  if (!result) return result;

  finished.SetComplete();
  return Void{};
}

Recovered MakeRecovered(const Meta& meta) {
  Recovered recovered;
  recovered.last = meta.commit.lsn;
  recovered.times = meta.commit.times;
  recovered.start = meta.start.start;
  recovered.next_session = meta.numbers.next_session;
  recovered.next_message = meta.numbers.next_message;
  recovered.retained = meta.retained;
  recovered.start_times = meta.start_times;
  recovered.clean_shutdown = meta.start.clean_shutdown;
  return recovered;
}

StoreError UndecodableError(Table table, std::string_view key) {
  return {StoreErrorKind::kCorrupt, "the record " + KeyText(table, key) +
                                        " of the store does not decode; `tallyctl store verify` "
                                        "lists what is damaged"};
}

std::string KeyText(Table table, std::string_view key) {
  std::string text(table == Table::kMeta ? "meta" : TableName(table));
  text.push_back(' ');
  if (table == Table::kQ) {
    if (const auto entry = DecodeEntryKey(key)) {
      return text + std::to_string(entry->session.value()) + "/" +
             std::to_string(entry->seq.value());
    }
  } else if (table == Table::kSt || table == Table::kM) {
    if (const auto number = DecodeNumberKey(key)) return text + std::to_string(*number);
  } else if (table == Table::kSub) {
    if (const auto sub = DecodeSubscriptionKey(key)) {
      return text + std::to_string(sub->session.value()) + " \"" + std::string(sub->filter) + "\"";
    }
  } else if (table == Table::kRet) {
    return text + "\"" + TopicOfRetainedKey(key) + "\"";
  } else if (table == Table::kSess && !key.empty()) {
    text += Hex(key.substr(0, 1)) + " ";
    if (key[0] == static_cast<char>(SessTag::kClientId)) {
      return text + "\"" + std::string(key.substr(1)) + "\"";
    }
    if (const auto number = DecodeNumberKey(key.substr(1))) return text + std::to_string(*number);
    key.remove_prefix(1);
  }
  return text + Hex(key);
}

}  // namespace tallymq::storage
