// What a batch writes: the one place where operations become records, for every journal.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "format.h"
#include "tallymq/storage/batch.h"

namespace tallymq::storage {

// Hands all records of `batch` to `sink`, in order. Only reads messages: their counts belong to the
// loop thread. `Sink` has
//   Put(Table, key, value)              views that live during the call
//   Put(Table, key, head, rest)         the value in two pieces
//   Delete(Table, key)
//   DeleteRange(Table, begin, end)      all keys from `begin` on, below `end`
// `scratch` is memory to use again.
template <typename Sink>
void WriteRecords(const Batch& batch, std::string& scratch, Sink& sink) {
  for (const Batch::Op& op : batch.ops()) {
    switch (op.kind) {
      case Batch::Kind::kPutSession:
        sink.Put(Table::kSess, MakeSessionKey(SessTag::kSession, op.session).view(),
                 batch.second(op));
        sink.Put(Table::kSess, MakeClientIdKey(batch.first(op)),
                 EncodeSessionName(op.session).view());
        break;
      case Batch::Kind::kEraseSession:
        sink.Delete(Table::kSess, MakeSessionKey(SessTag::kSession, op.session).view());
        sink.Delete(Table::kSess, MakeClientIdKey(batch.first(op)));
        sink.Put(Table::kSess, MakeSessionKey(SessTag::kDead, op.session).view(),
                 EncodeDeadSession().view());
        break;
      case Batch::Kind::kReapSession:
        sink.DeleteRange(Table::kSub, MakeNumberKey(op.session.value()).view(),
                         MakeNumberKey(op.session.value() + 1).view());
        sink.Delete(Table::kSt, MakeNumberKey(op.session.value()).view());
        sink.Delete(Table::kSess, MakeSessionKey(SessTag::kDead, op.session).view());
        break;
      case Batch::Kind::kPutSubscription:
        sink.Put(Table::kSub, MakeSubscriptionKey(op.session, batch.first(op)), batch.second(op));
        break;
      case Batch::Kind::kEraseSubscription:
        sink.Delete(Table::kSub, MakeSubscriptionKey(op.session, batch.first(op)));
        break;
      case Batch::Kind::kPutState:
        sink.Put(Table::kSt, MakeNumberKey(op.session.value()).view(), batch.first(op));
        break;
      case Batch::Kind::kAppend:
        scratch.clear();
        EncodeInlineHead(op.entry, *op.message, scratch);
        sink.Put(Table::kQ, MakeEntryKey(op.session, op.seq).view(), scratch,
                 MessageBytes(*op.message));
        break;
      case Batch::Kind::kAppendReference:
        scratch.clear();
        EncodeReference(op.entry, op.message_number, scratch);
        sink.Put(Table::kQ, MakeEntryKey(op.session, op.seq).view(), scratch);
        break;
      case Batch::Kind::kPutMessage:
        scratch.clear();
        EncodeBodyHead(batch.owners(op), *op.message, scratch);
        sink.Put(Table::kM, MakeNumberKey(op.message_number.value()).view(), scratch,
                 MessageBytes(*op.message));
        break;
      case Batch::Kind::kPutWill:
        sink.Put(Table::kSess, MakeSessionKey(SessTag::kWill, op.session).view(),
                 EncodeWillHead(op.delay_s, *op.message).view(), MessageBytes(*op.message));
        break;
      case Batch::Kind::kEraseWill:
        sink.Delete(Table::kSess, MakeSessionKey(SessTag::kWill, op.session).view());
        break;
      case Batch::Kind::kPutRetained:
        sink.Put(Table::kRet, MakeRetainedKey(op.message->topic()),
                 EncodeRetainedHead(op.message_number, *op.message).view(),
                 RetainedBytes(*op.message));
        break;
      case Batch::Kind::kEraseRetained:
        sink.Delete(Table::kRet, MakeRetainedKey(batch.first(op)));
        break;
      case Batch::Kind::kReserve:
        sink.Put(Table::kMeta, MakeMetaKey(MetaTag::kNumbers).view(),
                 EncodeNumbers({op.session, op.message_number}));
        break;
    }
  }
}

// The totals after `batch`, from those before it; nothing if it touches no retained message.
// `size_of(key)` is the size of the value that is there, or nullopt.
template <typename SizeOf>
std::optional<RetainedTotals> CountRetained(const Batch& batch, RetainedTotals totals,
                                            SizeOf&& size_of) {
  std::map<std::string, std::optional<std::uint64_t>, std::less<>> now;  // sizes of values
  for (const Batch::Op& op : batch.ops()) {
    const bool puts = op.kind == Batch::Kind::kPutRetained;
    if (!puts && op.kind != Batch::Kind::kEraseRetained) continue;
    const std::string key = MakeRetainedKey(puts ? op.message->topic() : batch.first(op));
    const auto [it, first] = now.try_emplace(key);
    if (first) it->second = size_of(key);
    if (it->second) {
      --totals.count;
      totals.bytes -= key.size() + *it->second;
    }
    it->second.reset();
    if (!puts) continue;
    it->second = EncodeRetainedHead(op.message_number, *op.message).view().size() +
                 RetainedBytes(*op.message).size();
    ++totals.count;
    totals.bytes += key.size() + *it->second;
  }
  if (now.empty()) return std::nullopt;
  return totals;
}

template <typename Sink>
void WriteRetainedTotals(const RetainedTotals& totals, Sink& sink) {
  sink.Put(Table::kMeta, MakeMetaKey(MetaTag::kRetained).view(),
           EncodeRetainedTotals(totals).view());
}

// The commit record, part of every batch; with the first one of start number `first_of` (not 0)
// also the time of that start.
template <typename Sink>
void WriteCommit(const CommitRecord& commit, std::uint32_t first_of, Sink& sink) {
  if (first_of != 0) {
    sink.Put(Table::kMeta, MakeStartTimeKey(first_of).view(),
             EncodeStartTime(commit.times.broker_ms).view());
  }
  sink.Put(Table::kMeta, MakeMetaKey(MetaTag::kCommit).view(), EncodeCommit(commit).view());
}

}  // namespace tallymq::storage
