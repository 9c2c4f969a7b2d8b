#include "tallymq/storage/batch.h"

#include "format.h"

namespace tallymq::storage {
namespace {

// Memory that an emptied batch keeps, of each kind: a usual batch of a busy broker, not the widest
// one.
constexpr std::size_t kKeptBytes = 1u << 20;

template <typename Container>
void ClearButKeep(Container& container) {
  container.clear();
  if (container.capacity() * sizeof(container[0]) > kKeptBytes) Container().swap(container);
}

std::uint32_t Narrow(std::size_t size) {
  TALLYMQ_ASSERT(size <= UINT32_MAX);
  return static_cast<std::uint32_t>(size);
}

}  // namespace

Batch::Op& Batch::Add(Kind kind, std::size_t records) {
  records_ += records;
  Op& op = ops_.emplace_back();
  op.kind = kind;
  op.first = Narrow(bytes_.size());
  return op;
}

void Batch::PutSession(SessionNumber session, const SessionRecord& record) {
  Op& op = Add(Kind::kPutSession, 2);
  op.session = session;
  bytes_.append(record.client_id);
  op.size = Narrow(record.client_id.size());
  const std::size_t begin = bytes_.size();
  EncodeSession(record, bytes_);
  op.second_size = Narrow(bytes_.size() - begin);
  total_bytes_ += 9 + op.second_size + 1 + op.size + 9;
}

void Batch::EraseSession(SessionNumber session, std::string_view client_id) {
  Op& op = Add(Kind::kEraseSession, 3);
  op.session = session;
  bytes_.append(client_id);
  op.size = Narrow(client_id.size());
  total_bytes_ += 9 + 1 + client_id.size() + 9 + 1;
}

void Batch::ReapSession(SessionNumber session) {
  Add(Kind::kReapSession, 3).session = session;
  total_bytes_ += 16 + 8 + 9;
}

void Batch::PutSubscription(SessionNumber session, std::string_view filter,
                            const SubscriptionRecord& record) {
  Op& op = Add(Kind::kPutSubscription, 1);
  op.session = session;
  bytes_.append(filter);
  op.size = Narrow(filter.size());
  const std::size_t begin = bytes_.size();
  EncodeSubscription(record, bytes_);
  op.second_size = Narrow(bytes_.size() - begin);
  total_bytes_ += 8 + op.size + op.second_size;
}

void Batch::EraseSubscription(SessionNumber session, std::string_view filter) {
  Op& op = Add(Kind::kEraseSubscription, 1);
  op.session = session;
  bytes_.append(filter);
  op.size = Narrow(filter.size());
  total_bytes_ += 8 + op.size;
}

void Batch::PutState(SessionNumber session, const StateRecord& record) {
  Op& op = Add(Kind::kPutState, 1);
  op.session = session;
  EncodeState(record, bytes_);
  op.size = Narrow(bytes_.size()) - op.first;
  total_bytes_ += 8 + op.size;
}

void Batch::Append(SessionNumber queue, Seq seq, const EntryHeader& entry, MessagePtr message) {
  Op& op = Add(Kind::kAppend, 1);
  op.session = queue;
  op.seq = seq;
  op.entry = entry;
  op.message = std::move(message);
  total_bytes_ += 16 + 12 + 4 * entry.subscriptions.size() + MessageBytes(*op.message).size();
}

void Batch::AppendReference(SessionNumber queue, Seq seq, const EntryHeader& entry,
                            MessageNumber number) {
  Op& op = Add(Kind::kAppendReference, 1);
  op.session = queue;
  op.seq = seq;
  op.entry = entry;
  op.message_number = number;
  total_bytes_ += 16 + 10 + 4 * entry.subscriptions.size();
}

void Batch::PutMessage(MessageNumber number, std::span<const Owner> owners, MessagePtr message) {
  Op& op = Add(Kind::kPutMessage, 1);
  op.message_number = number;
  op.message = std::move(message);
  op.first = Narrow(owners_.size());
  op.size = Narrow(owners.size());
  owners_.insert(owners_.end(), owners.begin(), owners.end());
  total_bytes_ += 8 + 12 + owners.size() * 5 + MessageBytes(*op.message).size();
}

void Batch::PutWill(SessionNumber session, std::uint32_t delay_s, MessagePtr message) {
  Op& op = Add(Kind::kPutWill, 1);
  op.session = session;
  op.delay_s = delay_s;
  op.message = std::move(message);
  total_bytes_ += 9 + 12 + MessageBytes(*op.message).size();
}

void Batch::EraseWill(SessionNumber session) {
  Add(Kind::kEraseWill, 1).session = session;
  total_bytes_ += 9;
}

void Batch::PutRetained(MessageNumber set, MessagePtr message) {
  Op& op = Add(Kind::kPutRetained, 1);
  op.message_number = set;
  op.message = std::move(message);
  total_bytes_ += 16 + MessageBytes(*op.message).size();
}

void Batch::EraseRetained(std::string_view topic) {
  Op& op = Add(Kind::kEraseRetained, 1);
  bytes_.append(topic);
  op.size = Narrow(topic.size());
  total_bytes_ += topic.size();
}

void Batch::Reserve(SessionNumber next_session, MessageNumber next_message) {
  Op& op = Add(Kind::kReserve, 1);
  op.session = next_session;
  op.message_number = next_message;
  total_bytes_ += 1 + 17;
}

void Batch::Clear() {
  ClearButKeep(ops_);
  ClearButKeep(owners_);
  ClearButKeep(bytes_);
  records_ = 0;
  total_bytes_ = 0;
  times_ = {};
}

}  // namespace tallymq::storage
