// Every key and value of the store, version 3. FORMAT.md describes them byte by byte; this is the
// only code that knows them, so that every journal holds the same records.
//
// A value starts with a version byte. A decoder answers nullopt to bytes that no encoder of this
// version writes, and encoder and decoder are inverse to each other: what decodes encodes to the
// same bytes.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coding.h"
#include "tallymq/storage/batch.h"
#include "tallymq/storage/journal.h"
#include "tallymq/storage/message.h"
#include "tallymq/storage/types.h"

namespace tallymq::storage {

// The number that a start compares with the store's. Raised when an older program could misread.
inline constexpr std::uint32_t kFormatVersion = 3;
// Stores from this one on are read as they are, and become `kFormatVersion` when they are opened
// for writing: it only adds to them.
inline constexpr std::uint32_t kOldestFormatVersion = 2;
inline constexpr bool Readable(std::uint32_t format) {
  return format >= kOldestFormatVersion && format <= kFormatVersion;
}

// The column families, in the order in which they are opened.
enum class Table : std::uint8_t { kMeta, kSess, kSub, kSt, kQ, kM, kRet };
inline constexpr std::size_t kTableCount = 7;
// As RocksDB names it: meta is "default".
std::string_view TableName(Table table);

// --- Keys
// ------------------------------------------------------------------------------------------------

using MetaKey = ShortBytes<5>;
using SessionKey = ShortBytes<9>;
using NumberKey = ShortBytes<8>;
using EntryKey = ShortBytes<16>;

enum class MetaTag : std::uint8_t {
  kFormat = 1,
  kIdentity = 2,
  kCommit = 3,
  kNumbers = 4,
  kStart = 5,
  kStartTime = 6,  // followed by the number of the start
  kRetained = 7,
};
enum class SessTag : std::uint8_t {
  kSession = 1,
  kClientId = 2,
  kWill = 3,
  kDead = 4,
  kShare = 5,  // reserved
};

MetaKey MakeMetaKey(MetaTag tag);
MetaKey MakeStartTimeKey(std::uint32_t start);
// `tag` is kSession, kWill or kDead.
SessionKey MakeSessionKey(SessTag tag, SessionNumber session);
std::string MakeClientIdKey(std::string_view client_id);
// Also the first part of a subscription's key.
NumberKey MakeNumberKey(std::uint64_t number);
std::string MakeSubscriptionKey(SessionNumber session, std::string_view filter);
EntryKey MakeEntryKey(SessionNumber queue, Seq seq);

// A topic's levels end with 00 in place of "/": the order of keys is the order of levels.
std::string MakeRetainedKey(std::string_view topic);
std::string TopicOfRetainedKey(std::string_view key);
// The number in the key of a start's time.
std::optional<std::uint32_t> DecodeStartTimeKey(std::string_view key);

std::optional<Owner> DecodeEntryKey(std::string_view key);
std::optional<std::uint64_t> DecodeNumberKey(std::string_view key);
struct SubscriptionKey {
  SessionNumber session;
  std::string_view filter;
};
std::optional<SubscriptionKey> DecodeSubscriptionKey(std::string_view key);

// --- meta
// ------------------------------------------------------------------------------------------------

struct Identity {
  std::array<std::uint8_t, 16> uuid{};
  std::uint64_t incarnation = 1;
  bool marks_exist = false;
  friend bool operator==(const Identity&, const Identity&) = default;
};
struct CommitRecord {
  Lsn lsn;
  Times times;
};
struct NumbersRecord {
  SessionNumber next_session{1};
  MessageNumber next_message{1};
};
struct StartRecord {
  std::uint32_t start = 0;  // the number of the last start; 0 before the first one
  bool clean_shutdown = false;
};

std::string EncodeFormat(std::uint32_t version);
std::string EncodeIdentity(const Identity& identity);
std::string EncodeNumbers(const NumbersRecord& numbers);
std::string EncodeStart(const StartRecord& start);
ShortBytes<25> EncodeCommit(const CommitRecord& commit);
ShortBytes<9> EncodeStartTime(std::uint64_t broker_ms);
ShortBytes<21> EncodeRetainedTotals(const RetainedTotals& totals);

std::optional<std::uint32_t> DecodeFormat(std::string_view value);
std::optional<Identity> DecodeIdentity(std::string_view value);
std::optional<NumbersRecord> DecodeNumbers(std::string_view value);
std::optional<StartRecord> DecodeStart(std::string_view value);
std::optional<CommitRecord> DecodeCommit(std::string_view value);
std::optional<std::uint64_t> DecodeStartTime(std::string_view value);
std::optional<RetainedTotals> DecodeRetainedTotals(std::string_view value);

// "01234567-89ab-cdef-0123-456789abcdef".
std::string UuidText(const std::array<std::uint8_t, 16>& uuid);

// --- sess and sub
// ----------------------------------------------------------------------------------------

// The encoders that a batch uses put their bytes at the end of `out`.
void EncodeSession(const SessionRecord& record, std::string& out);
std::optional<SessionRecord> DecodeSession(std::string_view value);

ShortBytes<9> EncodeSessionName(SessionNumber session);
std::optional<SessionNumber> DecodeSessionName(std::string_view value);
ShortBytes<1> EncodeDeadSession();
bool DecodeDeadSession(std::string_view value);

void EncodeSubscription(const SubscriptionRecord& record, std::string& out);
std::optional<SubscriptionRecord> DecodeSubscription(std::string_view value);

// --- st
// --------------------------------------------------------------------------------------------------

void EncodeState(const StateRecord& record, std::string& out);
std::optional<StateRecord> DecodeState(std::string_view value);

// --- q and m
// ---------------------------------------------------------------------------------------------

// What stands in an entry or a body before the message's own bytes, which follow in one piece.
// Topic, properties and payload lie in a `Message` as they do on disk, so that they are copied
// once, by the journal, and by nobody else.
using EntryHead = ShortBytes<32>;

// These put their bytes at the end of `out`.
void EncodeInlineHead(const EntryHeader& entry, const Message& message, std::string& out);
void EncodeReference(const EntryHeader& entry, MessageNumber number, std::string& out);
void EncodeBodyHead(std::span<const Owner> owners, const Message& message, std::string& out);
// The bytes that follow the head.
inline std::string_view MessageBytes(const Message& message) {
  return {message.topic().data(),
          message.topic().size() + message.properties().size() + message.payload().size()};
}

struct MessageView {
  Message::Header header;
  std::string_view topic;
  std::string_view properties;
  std::string_view payload;
  [[nodiscard]] MessagePtr Make() const {
    return Message::Make(header, topic, properties, payload);
  }
};
struct EntryView {
  EntryHeader header;
  MessageNumber number;  // of the body that it refers to; 0: the body is `message`
  MessageView message;
};
std::optional<EntryView> DecodeEntry(std::string_view value);

// A will: version, delay, and the message's own bytes, which follow in one piece.
EntryHead EncodeWillHead(std::uint32_t delay_s, const Message& message);
struct WillView {
  std::uint32_t delay_s = 0;
  MessageView message;
};
std::optional<WillView> DecodeWill(std::string_view value);

// A retained message. Its topic is in the key; properties and payload follow the head in one piece.
EntryHead EncodeRetainedHead(MessageNumber set, const Message& message);
inline std::string_view RetainedBytes(const Message& message) {
  return MessageBytes(message).substr(message.topic().size());
}
struct RetainedView {
  MessageNumber set;
  Message::Header header;
  std::string_view properties;
  std::string_view payload;
};
std::optional<RetainedView> DecodeRetained(std::string_view value);

// Calls `visit(Owner)` for each owner of a body until it returns false. False if the owners do not
// decode. Looks at no byte behind the last owner asked for.
template <typename Visit>
bool VisitOwners(std::string_view value, Visit&& visit);
struct BodyView {
  std::vector<Owner> owners;
  MessageView message;
};
std::optional<BodyView> DecodeBody(std::string_view value);

// --- Inline
// ----------------------------------------------------------------------------------------------

inline constexpr std::uint8_t kValueVersion = 1;

template <typename Visit>
bool VisitOwners(std::string_view value, Visit&& visit) {
  Decoder in(value);
  if (in.U8() != kValueVersion) return false;
  const std::uint64_t count = in.Varint();
  std::uint64_t session = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    session += in.Varint();
    const std::uint64_t seq = in.Varint();
    if (!in.ok()) return false;
    if (!visit(Owner{SessionNumber{session}, Seq{seq}})) return true;
  }
  return in.ok();
}

}  // namespace tallymq::storage
