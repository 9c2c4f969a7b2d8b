// Takes the fields of a packet's body one by one, and remembers the first thing that is wrong with
// them.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "property_table.h"
#include "reason_set.h"
#include "rule.h"
#include "tallymq/base/types.h"
#include "tallymq/mqtt/codec.h"
#include "tallymq/mqtt/decode_error.h"
#include "tallymq/mqtt/topic.h"

namespace tallymq::mqtt {

// Each Read returns false, and leaves the error in `error()`, if the field is not there or not
// valid; nothing is to be read after that. `missing` is the rule that is broken when the packet
// ends before the end of the field. Views that are read live as long as the packet's bytes.
class PacketReader {
 public:
  // `packet` is the whole packet; reading starts behind its fixed header, at `body_begin`.
  PacketReader(std::string_view packet, std::size_t body_begin, Sender sender, Version version)
      : packet_(packet), at_(body_begin), sender_(sender), version_(version) {}

  [[nodiscard]] bool done() const { return at_ == packet_.size(); }
  // Of the next field, from the packet's first byte.
  [[nodiscard]] std::size_t offset() const { return at_; }
  // Of the whole packet.
  [[nodiscard]] std::size_t size() const { return packet_.size(); }
  [[nodiscard]] Sender sender() const { return sender_; }
  // By whose clauses errors are named; CONNECT says it in its course.
  [[nodiscard]] Version version() const { return version_; }
  void set_version(Version version) { version_ = version; }
  [[nodiscard]] const DecodeError& error() const { return error_; }

  bool ReadByte(std::uint8_t& value, const Rule& missing);
  bool ReadNumber(std::uint16_t& value, const Rule& missing);
  // Not 0; a `zero` breaks that rule, and is malformed where the packet ends before it.
  bool ReadPacketId(PacketId& id, const Rule& zero);
  // One of `codes`; another one breaks `unknown`. The byte must be there.
  bool ReadReason(ReasonCode& reason, const ReasonSet& codes, const Rule& unknown);
  // Two bytes of length and as many bytes.
  bool ReadBinary(std::string_view& value, const Rule& missing);
  // The same, as UTF-8. Spec: [MQTT3-1.5.3-1], [MQTT3-1.5.3-2], [MQTT-1.5.4-1], [MQTT-1.5.4-2].
  bool ReadText(std::string_view& value, const Rule& missing);
  bool ReadTopicName(TopicName& name, const Rule& missing);
  // The same, but one of no bytes leaves `name` empty.
  bool ReadTopicNameOrNone(TopicName& name, const Rule& missing);
  bool ReadTopicFilter(TopicFilter& filter, const Rule& missing);
  // The properties of a packet of 5.0, with their length before them: each may stand in `place`, is
  // sent by this sender and no more often than allowed, and has a value that it may have. `found`
  // is which there are.
  bool ReadProperties(PropertyPlace place, Properties& properties, PropertySet& found) {
    if (!done() && packet_[at_] == 0) {  // there are none, which is nearly always
      ++at_;
      return true;
    }
    return ReadSomeProperties(place, properties, found);
  }
  // All that is left.
  std::string_view ReadRest();
  // Nothing is left.
  bool ReadEnd();

  // Notes that `rule` is broken at `offset`. Returns false.
  bool Fail(const Rule& rule, std::size_t offset);

 private:
  template <typename Topic>
  bool ReadTopic(Topic& topic, const Rule& missing);
  template <typename Topic>
  bool ParseTopic(std::string_view text, Topic& topic);
  bool ReadSomeProperties(PropertyPlace place, Properties& properties, PropertySet& found);
  bool ReadProperty(PropertyPlace place, PropertySet& found);
  // `text` is a view into the packet.
  bool CheckText(std::string_view text, const Rule& ill_formed);
  bool CheckValue(const Property& property, const PropertyRow& row);

  [[nodiscard]] std::size_t left() const { return packet_.size() - at_; }
  [[nodiscard]] std::size_t OffsetOf(std::string_view view) const {
    return static_cast<std::size_t>(view.data() - packet_.data());
  }

  std::string_view packet_;
  std::size_t at_;
  Sender sender_;
  Version version_;
  DecodeError error_;
};

}  // namespace tallymq::mqtt
