#include "tallymq/client/session.h"

#include <algorithm>
#include <limits>

namespace tallymq::client {

namespace {

constexpr std::string_view kMagic = "TMQC\x01";  // the last byte is the version of the format

// The saved form: kMagic, then numbers as LEB128 and strings behind their length.
//   last identifier, unacknowledged messages, released ones, incoming ranges; each list behind its
//   length
void PutNumber(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>((value & 0x7F) | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

void PutString(std::string& out, std::string_view text) {
  PutNumber(out, text.size());
  out.append(text);
}

// Reads the saved form. After the first error everything it returns is empty.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  // A number up to `max`.
  std::uint64_t Number(std::uint64_t max = std::numeric_limits<std::uint64_t>::max()) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; !error_; shift += 7) {
      if (rest_.empty()) return Fail(SessionError::kTruncated);
      const auto byte = static_cast<std::uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      if (shift == 63 && byte > 1) return Fail(SessionError::kInvalid);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) {
        if (value > max) return Fail(SessionError::kInvalid);
        return value;
      }
    }
    return 0;
  }

  std::string_view String() {
    const std::uint64_t size = Number();
    if (error_) return {};
    if (size > rest_.size()) {
      Fail(SessionError::kTruncated);
      return {};
    }
    const std::string_view text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return text;
  }

  // An identifier, 1..65535.
  std::uint16_t Id() {
    const std::uint64_t id = Number(65'535);
    if (id == 0) Fail(SessionError::kInvalid);
    return static_cast<std::uint16_t>(id);
  }

  std::uint64_t Fail(SessionError error) {
    if (!error_) error_ = error;
    return 0;
  }

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] const std::optional<SessionError>& error() const { return error_; }

 private:
  std::string_view rest_;
  std::optional<SessionError> error_;
};

// Bits of a saved message.
constexpr std::uint64_t kExactlyOnceBit = 1;
constexpr std::uint64_t kRetainBit = 2;
constexpr std::uint64_t kSentBit = 4;

void PutMessages(std::string& out, const std::list<OutgoingMessage>& messages) {
  PutNumber(out, messages.size());
  for (const OutgoingMessage& message : messages) {
    PutNumber(out, message.packet_id.value());
    PutNumber(out, (message.qos == QoS::kExactlyOnce ? kExactlyOnceBit : 0) |
                       (message.retain ? kRetainBit : 0) | (message.sent ? kSentBit : 0));
    PutNumber(out, message.token.value());
    PutString(out, message.topic);
    PutString(out, message.payload);
  }
}

}  // namespace

std::optional<PacketId> Session::TakeId(IdOrder order) {
  constexpr std::uint16_t kLast = std::numeric_limits<std::uint16_t>::max();
  // The first identifier from `from` on that is in no range, or 0.
  const auto first_free = [this](std::uint16_t from) -> std::uint16_t {
    const auto& ranges = in_use_.ranges();
    const auto it = std::lower_bound(ranges.begin(), ranges.end(), from,
                                     [](const RangeSet<std::uint16_t>::Range& range,
                                        std::uint16_t id) { return range.last < id; });
    if (it == ranges.end() || it->first > from) return from;
    return it->last == kLast ? std::uint16_t{0} : static_cast<std::uint16_t>(it->last + 1);
  };
  std::uint16_t id = 0;
  if (order == IdOrder::kAscending && last_id_ != kLast) {
    id = first_free(static_cast<std::uint16_t>(last_id_ + 1));
  }
  if (id == 0) id = first_free(1);
  if (id == 0) return std::nullopt;
  in_use_.Insert(id);
  last_id_ = id;
  return PacketId{id};
}

void Session::ReturnRequestIds() {
  in_use_.Clear();
  for (const Messages* messages : {&unacknowledged_, &released_}) {
    for (const OutgoingMessage& message : *messages) in_use_.Insert(message.packet_id.value());
  }
}

OutgoingMessage& Session::Append(PacketId id, QoS qos, bool retain, std::string_view topic,
                                 std::string_view payload, Token token) {
  TALLYMQ_ASSERT(in_use_.Contains(id.value()));
  TALLYMQ_ASSERT(qos != QoS::kAtMostOnce);
  if (spare_.empty()) spare_.emplace_back();
  unacknowledged_.splice(unacknowledged_.end(), spare_, spare_.begin());
  OutgoingMessage& message = unacknowledged_.back();
  message.packet_id = id;
  message.qos = qos;
  message.retain = retain;
  message.sent = message.open_here = false;
  message.token = token;
  message.topic.assign(topic);
  message.payload.assign(payload);
  return message;
}

Session::Messages::iterator Session::Find(Messages& messages, PacketId id) {
  return std::find_if(messages.begin(), messages.end(),
                      [id](const OutgoingMessage& message) { return message.packet_id == id; });
}

void Session::End(Messages& from, Messages::iterator message) {
  in_use_.Erase(message->packet_id.value());
  spare_.splice(spare_.end(), from, message);
}

Session::Acknowledgement Session::OnPuback(PacketId id) {
  const auto message = Find(unacknowledged_, id);
  if (message == unacknowledged_.end()) {
    const bool released = Find(released_, id) != released_.end();
    return {released ? Acknowledgement::Fit::kWrong : Acknowledgement::Fit::kUnknown, {}, false};
  }
  if (message->qos != QoS::kAtLeastOnce || !message->sent)
    return {Acknowledgement::Fit::kWrong, {}, false};
  const Acknowledgement found{Acknowledgement::Fit::kFits, message->token, message->open_here};
  End(unacknowledged_, message);
  return found;
}

Session::Acknowledgement Session::OnFailedPubrec(PacketId id) {
  const auto message = Find(unacknowledged_, id);
  if (message == unacknowledged_.end()) return {};
  if (message->qos != QoS::kExactlyOnce || !message->sent)
    return {Acknowledgement::Fit::kWrong, {}, false};
  const Acknowledgement found{Acknowledgement::Fit::kFits, message->token, message->open_here};
  End(unacknowledged_, message);
  return found;
}

Session::Acknowledgement Session::OnPubrec(PacketId id) {
  const auto message = Find(unacknowledged_, id);
  if (message == unacknowledged_.end()) {
    const auto released = Find(released_, id);
    if (released == released_.end()) return {};
    return {Acknowledgement::Fit::kRepeated, released->token, released->open_here};
  }
  if (message->qos != QoS::kExactlyOnce || !message->sent)
    return {Acknowledgement::Fit::kWrong, {}, false};
  released_.splice(released_.end(), unacknowledged_, message);
  return {Acknowledgement::Fit::kFits, message->token, message->open_here};
}

Session::Acknowledgement Session::OnPubcomp(PacketId id) {
  const auto message = Find(released_, id);
  if (message == released_.end()) {
    const bool unacknowledged = Find(unacknowledged_, id) != unacknowledged_.end();
    return {
        unacknowledged ? Acknowledgement::Fit::kWrong : Acknowledgement::Fit::kUnknown, {}, false};
  }
  const Acknowledgement found{Acknowledgement::Fit::kFits, message->token, message->open_here};
  End(released_, message);
  return found;
}

void Session::ForgetConnection() {
  for (Messages* messages : {&unacknowledged_, &released_}) {
    for (OutgoingMessage& message : *messages) message.open_here = false;
  }
}

void Session::Clear() {
  unacknowledged_.clear();
  released_.clear();
  incoming_.Clear();
  in_use_.Clear();
}

void Session::Save(std::string& out) const {
  out.append(kMagic);
  PutNumber(out, last_id_);
  PutMessages(out, unacknowledged_);
  PutMessages(out, released_);
  PutNumber(out, incoming_.ranges().size());
  for (const auto& range : incoming_.ranges()) {
    PutNumber(out, range.first);
    PutNumber(out, range.last);
  }
}

Result<Session, SessionError> Session::Load(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) return Unexpected{SessionError::kFormat};
  Reader reader(bytes.substr(kMagic.size()));
  Session session;
  session.last_id_ = static_cast<std::uint16_t>(reader.Number(65'535));
  for (Messages* messages : {&session.unacknowledged_, &session.released_}) {
    for (std::uint64_t left = reader.Number(65'535); left > 0 && !reader.error(); --left) {
      OutgoingMessage& message = messages->emplace_back();
      message.packet_id = PacketId{reader.Id()};
      const std::uint64_t bits = reader.Number(kExactlyOnceBit | kRetainBit | kSentBit);
      message.qos = (bits & kExactlyOnceBit) != 0 ? QoS::kExactlyOnce : QoS::kAtLeastOnce;
      message.retain = (bits & kRetainBit) != 0;
      message.sent = (bits & kSentBit) != 0;
      message.token = Token{reader.Number()};
      message.topic = reader.String();
      message.payload = reader.String();
      if (!session.in_use_.Insert(message.packet_id.value())) reader.Fail(SessionError::kInvalid);
      if (messages == &session.released_ && (message.qos != QoS::kExactlyOnce || !message.sent)) {
        reader.Fail(SessionError::kInvalid);
      }
    }
  }
  for (std::uint64_t left = reader.Number(65'535); left > 0 && !reader.error(); --left) {
    const std::uint16_t first = reader.Id();
    const std::uint16_t last = reader.Id();
    if (first > last) {
      reader.Fail(SessionError::kInvalid);
    } else {
      session.incoming_.InsertRange(first, last);
    }
  }
  if (!reader.error() && !reader.at_end()) reader.Fail(SessionError::kInvalid);
  if (reader.error()) return Unexpected{*reader.error()};
  return session;
}

}  // namespace tallymq::client
