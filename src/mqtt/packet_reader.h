// Takes the fields of a packet's body one by one, and remembers the first thing that is wrong with
// them.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rule.h"
#include "tallymq/base/types.h"
#include "tallymq/mqtt/decode_error.h"
#include "tallymq/mqtt/topic.h"

namespace tallymq::mqtt {

// Each Read returns false, and leaves the error in `error()`, if the field is not there or not
// valid; nothing is to be read after that. `missing` is the rule that is broken when the packet
// ends before the end of the field. Views that are read live as long as the packet's bytes.
class PacketReader {
 public:
  // `packet` is the whole packet; reading starts behind its fixed header, at `body_begin`.
  PacketReader(std::string_view packet, std::size_t body_begin)
      : packet_(packet), at_(body_begin) {}

  [[nodiscard]] bool done() const { return at_ == packet_.size(); }
  // Of the next field, from the packet's first byte.
  [[nodiscard]] std::size_t offset() const { return at_; }
  [[nodiscard]] const DecodeError& error() const { return error_; }

  bool ReadByte(std::uint8_t& value, const Rule& missing);
  bool ReadNumber(std::uint16_t& value, const Rule& missing);
  // Not 0; a `zero` breaks that rule.
  bool ReadPacketId(PacketId& id, const Rule& zero);
  // Two bytes of length and as many bytes.
  bool ReadBinary(std::string_view& value, const Rule& missing);
  // The same, as UTF-8. Spec: [MQTT3-1.5.3-1], [MQTT3-1.5.3-2].
  bool ReadText(std::string_view& value, const Rule& missing);
  bool ReadTopicName(TopicName& name, const Rule& missing);
  bool ReadTopicFilter(TopicFilter& filter, const Rule& missing);
  // All that is left.
  std::string_view ReadRest();

  // Notes that `rule` is broken at `offset`. Returns false.
  bool Fail(const Rule& rule, std::size_t offset);

 private:
  template <typename Topic>
  bool ReadTopic(Topic& topic, const Rule& missing);

  [[nodiscard]] std::size_t left() const { return packet_.size() - at_; }

  std::string_view packet_;
  std::size_t at_;
  DecodeError error_;
};

}  // namespace tallymq::mqtt
