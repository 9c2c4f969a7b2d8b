#include "format.h"

#include <algorithm>

namespace tallymq::storage {
namespace {

constexpr std::uint8_t kSessionConnected = 0x01;

constexpr std::uint8_t kSubQosMask = 0x03;
constexpr std::uint8_t kSubNoLocal = 0x04;
constexpr std::uint8_t kSubRetainAsPublished = 0x08;
constexpr unsigned kSubRetainHandlingShift = 4;  // two bits
constexpr std::uint8_t kSubScan = 0x40;
constexpr std::uint8_t kSubBits = 0x7F;

constexpr std::uint8_t kEntryQosMask = 0x03;
constexpr std::uint8_t kEntryRetain = 0x04;
constexpr std::uint8_t kEntryReference = 0x08;
constexpr std::uint8_t kEntrySubscriptions = 0x10;
constexpr std::uint8_t kEntryBits = 0x1F;

constexpr std::uint8_t kMessageQosMask = 0x03;
constexpr std::uint8_t kMessageRetain = 0x04;
constexpr std::uint8_t kMessageExpiry = 0x08;
constexpr std::uint8_t kMessageBits = 0x0F;

constexpr std::size_t kTopicBytesMax = 65'535;
constexpr std::uint32_t kSubscriptionIdMax = 268'435'455;

template <typename Out>
void EncodeMessageHead(const Message& message, Encoder<Out>& out) {
  out.U8(static_cast<std::uint8_t>(static_cast<unsigned>(message.qos()) |
                                   (message.retain() ? kMessageRetain : 0u) |
                                   (message.expiry_s() ? kMessageExpiry : 0u)));
  out.Varint(message.published_ms());
  if (message.expiry_s()) out.Varint(*message.expiry_s());
  out.Varint(message.topic().size());
  out.Varint(message.properties().size());
}

// Takes all that is left.
MessageView DecodeMessage(Decoder& in) {
  MessageView message;
  const std::uint8_t flags = in.U8();
  if ((flags & ~kMessageBits) != 0 || (flags & kMessageQosMask) > 2) in.Fail();
  message.header.qos = static_cast<QoS>(flags & kMessageQosMask);
  message.header.retain = (flags & kMessageRetain) != 0;
  message.header.published_ms = in.Varint();
  if ((flags & kMessageExpiry) != 0) message.header.expiry_s = in.VarintOf<std::uint32_t>();
  const std::uint64_t topic_size = in.Varint();
  const std::uint64_t properties_size = in.Varint();
  if (topic_size > kTopicBytesMax) in.Fail();
  message.topic = in.Bytes(topic_size);
  message.properties = in.Bytes(properties_size);
  message.payload = in.Rest();
  return message;
}

template <typename Out>
void EncodeEntryHeader(const EntryHeader& entry, std::uint8_t more_flags, Encoder<Out>& out) {
  out.U8(kValueVersion);
  out.U8(static_cast<std::uint8_t>(
      static_cast<unsigned>(entry.qos) | (entry.retain ? kEntryRetain : 0u) |
      (entry.subscriptions.empty() ? 0u : kEntrySubscriptions) | more_flags));
  if (entry.subscriptions.empty()) return;
  out.Varint(entry.subscriptions.size());
  for (std::size_t i = 0; i < entry.subscriptions.size(); ++i) out.Varint(entry.subscriptions[i]);
}

SubscriptionIds DecodeSubscriptionIds(Decoder& in) {
  SubscriptionIds ids;
  const std::uint64_t count = in.Varint();
  if (count == 0 || count > in.left()) in.Fail();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const std::uint32_t id = in.VarintOf<std::uint32_t>();
    if (id == 0 || id > kSubscriptionIdMax) in.Fail();
    if (in.ok()) ids.Add(id);
  }
  return ids;
}

}  // namespace

std::string_view TableName(Table table) {
  switch (table) {
    case Table::kMeta:
      return "default";
    case Table::kSess:
      return "sess";
    case Table::kSub:
      return "sub";
    case Table::kSt:
      return "st";
    case Table::kQ:
      return "q";
    case Table::kM:
      return "m";
    case Table::kRet:
      return "ret";
  }
  return {};
}

// --- Keys
// ------------------------------------------------------------------------------------------------

MetaKey MakeMetaKey(MetaTag tag) {
  MetaKey key;
  Encoder(key).U8(static_cast<std::uint8_t>(tag));
  return key;
}

MetaKey MakeStartTimeKey(std::uint32_t start) {
  MetaKey key;
  Encoder out(key);
  out.U8(static_cast<std::uint8_t>(MetaTag::kStartTime));
  out.U32(start);
  return key;
}

SessionKey MakeSessionKey(SessTag tag, SessionNumber session) {
  SessionKey key;
  Encoder out(key);
  out.U8(static_cast<std::uint8_t>(tag));
  out.U64(session.value());
  return key;
}

std::string MakeClientIdKey(std::string_view client_id) {
  std::string key(1, static_cast<char>(SessTag::kClientId));
  key.append(client_id);
  return key;
}

NumberKey MakeNumberKey(std::uint64_t number) {
  NumberKey key;
  Encoder(key).U64(number);
  return key;
}

std::string MakeSubscriptionKey(SessionNumber session, std::string_view filter) {
  std::string key;
  key.reserve(8 + filter.size());
  Encoder(key).U64(session.value());
  key.append(filter);
  return key;
}

EntryKey MakeEntryKey(SessionNumber queue, Seq seq) {
  EntryKey key;
  Encoder out(key);
  out.U64(queue.value());
  out.U64(seq.value());
  return key;
}

std::string MakeRetainedKey(std::string_view topic) {
  std::string key(topic);
  std::replace(key.begin(), key.end(), '/', '\0');
  return key;
}

std::string TopicOfRetainedKey(std::string_view key) {
  std::string topic(key);
  std::replace(topic.begin(), topic.end(), '\0', '/');
  return topic;
}

std::optional<std::uint32_t> DecodeStartTimeKey(std::string_view key) {
  Decoder in(key);
  const std::uint8_t tag = in.U8();
  const std::uint32_t start = in.U32();
  if (!in.done() || tag != static_cast<std::uint8_t>(MetaTag::kStartTime)) return std::nullopt;
  return start;
}

std::optional<Owner> DecodeEntryKey(std::string_view key) {
  Decoder in(key);
  const SessionNumber session{in.U64()};
  const Seq seq{in.U64()};
  if (!in.done() || session.value() == 0 || seq.value() == 0) return std::nullopt;
  return Owner{session, seq};
}

std::optional<std::uint64_t> DecodeNumberKey(std::string_view key) {
  Decoder in(key);
  const std::uint64_t number = in.U64();
  if (!in.done() || number == 0) return std::nullopt;
  return number;
}

std::optional<SubscriptionKey> DecodeSubscriptionKey(std::string_view key) {
  Decoder in(key);
  const SessionNumber session{in.U64()};
  const std::string_view filter = in.Rest();
  if (!in.done() || session.value() == 0 || filter.empty()) return std::nullopt;
  return SubscriptionKey{session, filter};
}

// --- meta
// ------------------------------------------------------------------------------------------------

std::string EncodeFormat(std::uint32_t version) {
  std::string value;
  Encoder out(value);
  out.U8(kValueVersion);
  out.U32(version);
  return value;
}

std::optional<std::uint32_t> DecodeFormat(std::string_view value) {
  Decoder in(value);
  const std::uint8_t version = in.U8();
  const std::uint32_t format = in.U32();
  if (!in.done() || version != kValueVersion) return std::nullopt;
  return format;
}

std::string EncodeIdentity(const Identity& identity) {
  std::string value;
  Encoder out(value);
  out.U8(kValueVersion);
  for (const std::uint8_t byte : identity.uuid) out.U8(byte);
  out.U64(identity.incarnation);
  out.U8(identity.marks_exist ? 1 : 0);
  return value;
}

std::optional<Identity> DecodeIdentity(std::string_view value) {
  Decoder in(value);
  const std::uint8_t version = in.U8();
  Identity identity;
  for (std::uint8_t& byte : identity.uuid) byte = in.U8();
  identity.incarnation = in.U64();
  const std::uint8_t flags = in.U8();
  if (!in.done() || version != kValueVersion || flags > 1) return std::nullopt;
  identity.marks_exist = flags == 1;
  return identity;
}

std::string EncodeNumbers(const NumbersRecord& numbers) {
  std::string value;
  Encoder out(value);
  out.U8(kValueVersion);
  out.U64(numbers.next_session.value());
  out.U64(numbers.next_message.value());
  return value;
}

std::optional<NumbersRecord> DecodeNumbers(std::string_view value) {
  Decoder in(value);
  const std::uint8_t version = in.U8();
  const NumbersRecord numbers{SessionNumber{in.U64()}, MessageNumber{in.U64()}};
  if (!in.done() || version != kValueVersion) return std::nullopt;
  return numbers;
}

std::string EncodeStart(const StartRecord& start) {
  std::string value;
  Encoder out(value);
  out.U8(kValueVersion);
  out.U32(start.start);
  out.U8(start.clean_shutdown ? 1 : 0);
  return value;
}

std::optional<StartRecord> DecodeStart(std::string_view value) {
  Decoder in(value);
  const std::uint8_t version = in.U8();
  StartRecord start;
  start.start = in.U32();
  const std::uint8_t flags = in.U8();
  if (!in.done() || version != kValueVersion || flags > 1) return std::nullopt;
  start.clean_shutdown = flags == 1;
  return start;
}

ShortBytes<25> EncodeCommit(const CommitRecord& commit) {
  ShortBytes<25> value;
  Encoder out(value);
  out.U8(kValueVersion);
  out.U64(commit.lsn.value());
  out.U64(commit.times.broker_ms);
  out.U64(commit.times.wall_ms);
  return value;
}

std::optional<CommitRecord> DecodeCommit(std::string_view value) {
  Decoder in(value);
  const std::uint8_t version = in.U8();
  CommitRecord commit;
  commit.lsn = Lsn{in.U64()};
  commit.times.broker_ms = in.U64();
  commit.times.wall_ms = in.U64();
  if (!in.done() || version != kValueVersion) return std::nullopt;
  return commit;
}

ShortBytes<9> EncodeStartTime(std::uint64_t broker_ms) {
  ShortBytes<9> value;
  Encoder out(value);
  out.U8(kValueVersion);
  out.U64(broker_ms);
  return value;
}

ShortBytes<21> EncodeRetainedTotals(const RetainedTotals& totals) {
  ShortBytes<21> value;
  Encoder out(value);
  out.U8(kValueVersion);
  out.Varint(totals.count);
  out.Varint(totals.bytes);
  return value;
}

std::optional<RetainedTotals> DecodeRetainedTotals(std::string_view value) {
  Decoder in(value);
  const std::uint8_t version = in.U8();
  const std::uint64_t count = in.Varint();
  const std::uint64_t bytes = in.Varint();
  if (!in.done() || version != kValueVersion) return std::nullopt;
  return RetainedTotals{count, bytes};
}

std::optional<std::uint64_t> DecodeStartTime(std::string_view value) {
  Decoder in(value);
  const std::uint8_t version = in.U8();
  const std::uint64_t broker_ms = in.U64();
  if (!in.done() || version != kValueVersion) return std::nullopt;
  return broker_ms;
}

std::string UuidText(const std::array<std::uint8_t, 16>& uuid) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back(kDigits[uuid[i] >> 4]);
    text.push_back(kDigits[uuid[i] & 0x0F]);
  }
  return text;
}

// --- sess and sub
// ----------------------------------------------------------------------------------------

void EncodeSession(const SessionRecord& record, std::string& out_bytes) {
  Encoder out(out_bytes);
  out.U8(kValueVersion);
  out.U8(record.connected ? kSessionConnected : 0);
  out.U8(record.protocol);
  out.U32(record.expiry_s);
  out.U32(record.start);
  out.U64(record.disconnected_ms);
  out.U64(record.epoch);
  out.Sized(record.client_id);
  out.Sized(record.user_name);
  out.Sized(record.mount_point);
}

std::optional<SessionRecord> DecodeSession(std::string_view value) {
  Decoder in(value);
  const std::uint8_t version = in.U8();
  const std::uint8_t flags = in.U8();
  SessionRecord record;
  record.connected = (flags & kSessionConnected) != 0;
  record.protocol = in.U8();
  record.expiry_s = in.U32();
  record.start = in.U32();
  record.disconnected_ms = in.U64();
  record.epoch = in.U64();
  record.client_id = in.Sized();
  record.user_name = in.Sized();
  record.mount_point = in.Sized();
  if (!in.done() || version != kValueVersion || flags > kSessionConnected) return std::nullopt;
  return record;
}

ShortBytes<9> EncodeSessionName(SessionNumber session) {
  ShortBytes<9> value;
  Encoder out(value);
  out.U8(kValueVersion);
  out.U64(session.value());
  return value;
}

std::optional<SessionNumber> DecodeSessionName(std::string_view value) {
  Decoder in(value);
  const std::uint8_t version = in.U8();
  const SessionNumber session{in.U64()};
  if (!in.done() || version != kValueVersion || session.value() == 0) return std::nullopt;
  return session;
}

ShortBytes<1> EncodeDeadSession() {
  ShortBytes<1> value;
  Encoder(value).U8(kValueVersion);
  return value;
}

bool DecodeDeadSession(std::string_view value) { return value == EncodeDeadSession().view(); }

void EncodeSubscription(const SubscriptionRecord& record, std::string& out_bytes) {
  Encoder out(out_bytes);
  out.U8(kValueVersion);
  out.U8(static_cast<std::uint8_t>(
      static_cast<unsigned>(record.qos) | (record.no_local ? kSubNoLocal : 0u) |
      (record.retain_as_published ? kSubRetainAsPublished : 0u) |
      static_cast<unsigned>(record.retain_handling) << kSubRetainHandlingShift |
      (record.scan ? kSubScan : 0u)));
  out.Varint(record.identifier);
  if (!record.scan) return;
  out.Varint(record.scan->before.value());
  out.Varint(record.scan->next.value());
  out.Varint(record.scan->end.value() - record.scan->next.value());
  out.Sized(record.scan->after);
}

std::optional<SubscriptionRecord> DecodeSubscription(std::string_view value) {
  Decoder in(value);
  const std::uint8_t version = in.U8();
  const std::uint8_t flags = in.U8();
  SubscriptionRecord record;
  record.qos = static_cast<QoS>(flags & kSubQosMask);
  record.no_local = (flags & kSubNoLocal) != 0;
  record.retain_as_published = (flags & kSubRetainAsPublished) != 0;
  record.retain_handling = static_cast<std::uint8_t>(flags >> kSubRetainHandlingShift & 0x03);
  record.identifier = in.VarintOf<std::uint32_t>();
  if ((flags & kSubScan) != 0) {
    RetainedScan& scan = record.scan.emplace();
    scan.before = MessageNumber{in.Varint()};
    scan.next = Seq{in.Varint()};
    const std::uint64_t left = in.Varint();
    scan.end = Seq{scan.next.value() + left};
    scan.after = in.Sized();
    if (scan.next.value() == 0 || left > RetainedScan::kRange || scan.end < scan.next ||
        scan.after.size() > kTopicBytesMax) {
      return std::nullopt;
    }
  }
  if (!in.done() || version != kValueVersion || (flags & ~kSubBits) != 0 ||
      (flags & kSubQosMask) > 2 || record.retain_handling > 2) {
    return std::nullopt;
  }
  return record;
}

// --- q and m
// ---------------------------------------------------------------------------------------------

void EncodeInlineHead(const EntryHeader& entry, const Message& message, std::string& out_bytes) {
  Encoder out(out_bytes);
  EncodeEntryHeader(entry, 0, out);
  EncodeMessageHead(message, out);
}

void EncodeReference(const EntryHeader& entry, MessageNumber number, std::string& out_bytes) {
  Encoder out(out_bytes);
  EncodeEntryHeader(entry, kEntryReference, out);
  out.U64(number.value());
}

void EncodeBodyHead(std::span<const Owner> owners, const Message& message, std::string& out_bytes) {
  Encoder out(out_bytes);
  out.U8(kValueVersion);
  out.Varint(owners.size());
  std::uint64_t session = 0;
  for (const Owner& owner : owners) {
    TALLYMQ_ASSERT(owner.session.value() > session);
    out.Varint(owner.session.value() - session);
    out.Varint(owner.seq.value());
    session = owner.session.value();
  }
  EncodeMessageHead(message, out);
}

EntryHead EncodeWillHead(std::uint32_t delay_s, const Message& message) {
  EntryHead head;
  Encoder out(head);
  out.U8(kValueVersion);
  out.Varint(delay_s);
  EncodeMessageHead(message, out);
  return head;
}

std::optional<WillView> DecodeWill(std::string_view value) {
  Decoder in(value);
  const std::uint8_t version = in.U8();
  WillView will;
  will.delay_s = in.VarintOf<std::uint32_t>();
  will.message = DecodeMessage(in);
  if (!in.done() || version != kValueVersion || will.message.topic.empty()) return std::nullopt;
  return will;
}

EntryHead EncodeRetainedHead(MessageNumber set, const Message& message) {
  EntryHead head;
  Encoder out(head);
  out.U8(kValueVersion);
  out.U8(static_cast<std::uint8_t>(static_cast<unsigned>(message.qos()) |
                                   (message.expiry_s() ? kMessageExpiry : 0u)));
  out.Varint(set.value());
  out.Varint(message.published_ms());
  if (message.expiry_s()) out.Varint(*message.expiry_s());
  out.Varint(message.properties().size());
  return head;
}

std::optional<RetainedView> DecodeRetained(std::string_view value) {
  Decoder in(value);
  const std::uint8_t version = in.U8();
  const std::uint8_t flags = in.U8();
  RetainedView view;
  view.header.qos = static_cast<QoS>(flags & kMessageQosMask);
  view.header.retain = true;
  view.set = MessageNumber{in.Varint()};
  view.header.published_ms = in.Varint();
  if ((flags & kMessageExpiry) != 0) view.header.expiry_s = in.VarintOf<std::uint32_t>();
  view.properties = in.Sized();
  view.payload = in.Rest();
  if (!in.done() || version != kValueVersion || view.set.value() == 0 ||
      (flags & ~(kMessageQosMask | kMessageExpiry)) != 0 || (flags & kMessageQosMask) > 2) {
    return std::nullopt;
  }
  return view;
}

std::optional<EntryView> DecodeEntry(std::string_view value) {
  Decoder in(value);
  const std::uint8_t version = in.U8();
  const std::uint8_t flags = in.U8();
  const unsigned qos = flags & kEntryQosMask;
  if (version != kValueVersion || (flags & ~kEntryBits) != 0 || qos < 1 || qos > 2) {
    return std::nullopt;
  }
  EntryView entry;
  entry.header.qos = static_cast<QoS>(qos);
  entry.header.retain = (flags & kEntryRetain) != 0;
  if ((flags & kEntrySubscriptions) != 0) entry.header.subscriptions = DecodeSubscriptionIds(in);
  if ((flags & kEntryReference) != 0) {
    entry.number = MessageNumber{in.U64()};
    if (entry.number.value() == 0) return std::nullopt;
  } else {
    entry.message = DecodeMessage(in);
  }
  if (!in.done()) return std::nullopt;
  return entry;
}

std::optional<BodyView> DecodeBody(std::string_view value) {
  Decoder in(value);
  if (in.U8() != kValueVersion) return std::nullopt;
  const std::uint64_t count = in.Varint();
  if (count > in.left()) return std::nullopt;  // an owner takes two bytes at least
  BodyView body;
  body.owners.reserve(static_cast<std::size_t>(count));
  std::uint64_t session = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t step = in.Varint();
    const std::uint64_t seq = in.Varint();
    if (step == 0 || seq == 0 || session + step < session) return std::nullopt;
    session += step;
    body.owners.push_back(Owner{SessionNumber{session}, Seq{seq}});
  }
  body.message = DecodeMessage(in);
  if (!in.done()) return std::nullopt;
  return body;
}

}  // namespace tallymq::storage
