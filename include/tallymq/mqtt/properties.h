// The properties of MQTT 5.0: typed access to bytes that stay as they are on the wire.
//
// What a decoded packet carries, and what a PropertyWriter wrote, is well formed: one property
// behind the other, each of a known identifier and with a value of its type. Everything here but
// `IsWellFormed` requires that. Nothing here allocates, but for what is appended to a string; views
// live as long as the bytes that they were found in. Spec: 2.2.2.

#pragma once

#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tallymq::mqtt {

// Properties as they stand on the wire, without the length before them. Empty for 3.x.
using Properties = std::string_view;

// Spec: table 2-4.
enum class PropertyId : std::uint8_t {
  kPayloadFormatIndicator = 0x01,
  kMessageExpiryInterval = 0x02,  // seconds
  kContentType = 0x03,
  kResponseTopic = 0x08,
  kCorrelationData = 0x09,
  kSubscriptionIdentifier = 0x0B,  // 1..268,435,455
  kSessionExpiryInterval = 0x11,   // seconds; 0xFFFFFFFF: never
  kAssignedClientIdentifier = 0x12,
  kServerKeepAlive = 0x13,  // seconds
  kAuthenticationMethod = 0x15,
  kAuthenticationData = 0x16,
  kRequestProblemInformation = 0x17,
  kWillDelayInterval = 0x18,  // seconds
  kRequestResponseInformation = 0x19,
  kResponseInformation = 0x1A,
  kServerReference = 0x1C,
  kReasonString = 0x1F,
  kReceiveMaximum = 0x21,  // 1..65,535
  kTopicAliasMaximum = 0x22,
  kTopicAlias = 0x23,  // 1..65,535
  kMaximumQos = 0x24,  // 0 or 1
  kRetainAvailable = 0x25,
  kUserProperty = 0x26,
  kMaximumPacketSize = 0x27,  // bytes, from 1
  kWildcardSubscriptionAvailable = 0x28,
  kSubscriptionIdentifierAvailable = 0x29,
  kSharedSubscriptionAvailable = 0x2A,
};

// What the value of a property is. Spec: table 2-4, section 1.5.
enum class PropertyType : std::uint8_t {
  kByte,
  kTwoByteInteger,
  kFourByteInteger,
  kVariableByteInteger,
  kUtf8String,
  kBinaryData,
  kUtf8StringPair,
};
PropertyType TypeOf(PropertyId id);
// Lives as long as the program: "Topic Alias", as the standard words it.
std::string_view Name(PropertyId id);

// One property. Which of the fields have a meaning is a matter of its type.
struct Property {
  PropertyId id{};
  std::uint32_t number = 0;  // an integer of any size
  std::string_view text;     // a string, binary data, or the value of a pair
  std::string_view name;     // the name of a pair
  std::string_view bytes;    // all of it on the wire, identifier too
};

// The properties one by one, in their order: `for (const Property& property : PropertyRange(p))`.
class PropertyRange {
 public:
  class Iterator {
   public:
    explicit Iterator(Properties rest) : rest_(rest) { Next(); }
    const Property& operator*() const { return property_; }
    const Property* operator->() const { return &property_; }
    Iterator& operator++() {
      Next();
      return *this;
    }
    friend bool operator==(const Iterator& a, std::default_sentinel_t) { return a.done_; }

   private:
    void Next();

    Properties rest_;  // behind `property_`
    Property property_;
    bool done_ = false;
  };

  explicit PropertyRange(Properties properties) : properties_(properties) {}
  [[nodiscard]] Iterator begin() const { return Iterator(properties_); }
  [[nodiscard]] std::default_sentinel_t end() const { return {}; }

 private:
  Properties properties_;
};

// Whether the bytes are properties, one behind the other; which ones, and what strings say, is not
// looked at. For bytes that come neither from the decoder nor from a PropertyWriter.
bool IsWellFormed(Properties properties);

// The first property `id`, if there is one: of an integer type, and of a string or binary data.
std::optional<std::uint32_t> FindNumber(Properties properties, PropertyId id);
std::optional<std::string_view> FindText(Properties properties, PropertyId id);

class PropertySet {
 public:
  constexpr PropertySet() = default;
  constexpr PropertySet(std::initializer_list<PropertyId> ids) {
    for (const PropertyId id : ids) Add(id);
  }
  constexpr void Add(PropertyId id) { bits_ |= Bit(id); }
  [[nodiscard]] constexpr bool contains(PropertyId id) const { return (bits_ & Bit(id)) != 0; }
  friend constexpr bool operator==(const PropertySet&, const PropertySet&) = default;

 private:
  static constexpr std::uint64_t Bit(PropertyId id) {
    return std::uint64_t{1} << static_cast<unsigned>(id);
  }
  std::uint64_t bits_ = 0;  // identifiers end at 42
};

// What a server hands on of a PUBLISH or a will, unaltered and in its order. Spec: [MQTT-3.3.2-4],
// [MQTT-3.3.2-15], [MQTT-3.3.2-16], [MQTT-3.3.2-17], [MQTT-3.3.2-18], [MQTT-3.3.2-20].
inline constexpr PropertySet kForwardedProperties{
    PropertyId::kPayloadFormatIndicator, PropertyId::kContentType, PropertyId::kResponseTopic,
    PropertyId::kCorrelationData, PropertyId::kUserProperty};

// Returns the properties that are in `which`, unaltered and in their order: as a view into
// `properties` where they stand side by side there, otherwise into `scratch`, which is overwritten.
Properties Select(Properties properties, const PropertySet& which, std::string& scratch);

// Appends properties to a buffer. Whether a packet may carry them is not its business.
class PropertyWriter {
 public:
  // `out` outlives the writer.
  explicit PropertyWriter(std::string& out) : out_(out) {}

  // Requires an `id` of an integer type that can carry `number`.
  PropertyWriter& Add(PropertyId id, std::uint32_t number);
  // Requires an `id` of a string or binary data, and at most 65,535 bytes.
  PropertyWriter& Add(PropertyId id, std::string_view text);
  // Requires at most 65,535 bytes each.
  PropertyWriter& AddUserProperty(std::string_view name, std::string_view value);
  // Those of `properties` that are in `which`, unaltered and in their order.
  PropertyWriter& Copy(Properties properties, const PropertySet& which);

 private:
  std::string& out_;
};

// The properties of an outgoing PUBLISH that are not the message's but its receiver's.
struct ReceiverProperties {
  std::optional<std::uint32_t> message_expiry_s{};    // what is left of it [MQTT-3.3.2-6]
  std::uint16_t topic_alias = 0;                      // 0: none
  std::span<const std::uint32_t> subscription_ids{};  // 1..268,435,455 each [MQTT-3.3.4-4]
};

}  // namespace tallymq::mqtt
