// What the standard says of each property: its type, where it may stand and what its value may be.
// Spec: table 2-4, and the section of each property under each packet.

#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

#include "tallymq/mqtt/properties.h"

namespace tallymq::mqtt {

// Where properties stand: in a packet, or with the will in the payload of CONNECT.
enum class PropertyPlace : std::uint8_t {
  kConnect,
  kWill,
  kConnack,
  kPublish,
  kPuback,
  kPubrec,
  kPubrel,
  kPubcomp,
  kSubscribe,
  kSuback,
  kUnsubscribe,
  kUnsuback,
  kDisconnect,
  kAuth,
};

struct PropertyRow {
  enum class Values : std::uint8_t { kAny, kZeroOrOne, kNotZero, kTopicName };

  std::string_view name;
  PropertyType type{};
  Values values{};
  std::uint16_t places = 0;  // a bit for each PropertyPlace; none: there is no such property

  [[nodiscard]] constexpr bool StandsIn(PropertyPlace place) const {
    return (places >> static_cast<unsigned>(place) & 1) != 0;
  }
};

namespace property_table {

constexpr std::uint16_t In(std::initializer_list<PropertyPlace> places) {
  unsigned bits = 0;
  for (const PropertyPlace place : places) bits |= 1u << static_cast<unsigned>(place);
  return static_cast<std::uint16_t>(bits);
}

constexpr std::array<PropertyRow, 43> Make() {
  using enum PropertyPlace;
  using enum PropertyType;
  using Id = PropertyId;
  using Values = PropertyRow::Values;
  constexpr std::uint16_t kMessage = In({kPublish, kWill});
  constexpr std::uint16_t kAnswers =
      In({kConnack, kPuback, kPubrec, kPubrel, kPubcomp, kSuback, kUnsuback, kDisconnect, kAuth});
  constexpr std::uint16_t kAll = kMessage | kAnswers | In({kConnect, kSubscribe, kUnsubscribe});

  std::array<PropertyRow, 43> rows{};
  const auto set = [&](Id id, std::string_view name, PropertyType type, std::uint16_t places,
                       Values values = Values::kAny) {
    rows[static_cast<std::size_t>(id)] = {name, type, values, places};
  };
  set(Id::kPayloadFormatIndicator, "Payload Format Indicator", kByte, kMessage, Values::kZeroOrOne);
  set(Id::kMessageExpiryInterval, "Message Expiry Interval", kFourByteInteger, kMessage);
  set(Id::kContentType, "Content Type", kUtf8String, kMessage);
  set(Id::kResponseTopic, "Response Topic", kUtf8String, kMessage, Values::kTopicName);
  set(Id::kCorrelationData, "Correlation Data", kBinaryData, kMessage);
  set(Id::kSubscriptionIdentifier, "Subscription Identifier", kVariableByteInteger,
      In({kPublish, kSubscribe}), Values::kNotZero);
  set(Id::kSessionExpiryInterval, "Session Expiry Interval", kFourByteInteger,
      In({kConnect, kConnack, kDisconnect}));
  set(Id::kAssignedClientIdentifier, "Assigned Client Identifier", kUtf8String, In({kConnack}));
  set(Id::kServerKeepAlive, "Server Keep Alive", kTwoByteInteger, In({kConnack}));
  set(Id::kAuthenticationMethod, "Authentication Method", kUtf8String,
      In({kConnect, kConnack, kAuth}));
  set(Id::kAuthenticationData, "Authentication Data", kBinaryData, In({kConnect, kConnack, kAuth}));
  set(Id::kRequestProblemInformation, "Request Problem Information", kByte, In({kConnect}),
      Values::kZeroOrOne);
  set(Id::kWillDelayInterval, "Will Delay Interval", kFourByteInteger, In({kWill}));
  set(Id::kRequestResponseInformation, "Request Response Information", kByte, In({kConnect}),
      Values::kZeroOrOne);
  set(Id::kResponseInformation, "Response Information", kUtf8String, In({kConnack}));
  set(Id::kServerReference, "Server Reference", kUtf8String, In({kConnack, kDisconnect}));
  set(Id::kReasonString, "Reason String", kUtf8String, kAnswers);
  set(Id::kReceiveMaximum, "Receive Maximum", kTwoByteInteger, In({kConnect, kConnack}),
      Values::kNotZero);
  set(Id::kTopicAliasMaximum, "Topic Alias Maximum", kTwoByteInteger, In({kConnect, kConnack}));
  set(Id::kTopicAlias, "Topic Alias", kTwoByteInteger, In({kPublish}), Values::kNotZero);
  set(Id::kMaximumQos, "Maximum QoS", kByte, In({kConnack}), Values::kZeroOrOne);
  set(Id::kRetainAvailable, "Retain Available", kByte, In({kConnack}), Values::kZeroOrOne);
  set(Id::kUserProperty, "User Property", kUtf8StringPair, kAll);
  set(Id::kMaximumPacketSize, "Maximum Packet Size", kFourByteInteger, In({kConnect, kConnack}),
      Values::kNotZero);
  set(Id::kWildcardSubscriptionAvailable, "Wildcard Subscription Available", kByte, In({kConnack}),
      Values::kZeroOrOne);
  set(Id::kSubscriptionIdentifierAvailable, "Subscription Identifier Available", kByte,
      In({kConnack}), Values::kZeroOrOne);
  set(Id::kSharedSubscriptionAvailable, "Shared Subscription Available", kByte, In({kConnack}),
      Values::kZeroOrOne);
  return rows;
}

inline constexpr std::array<PropertyRow, 43> kRows = Make();

}  // namespace property_table

// The row of an identifier as it was read. Of no place if there is no such property.
inline const PropertyRow& RowOf(PropertyId id) {
  const auto at = static_cast<std::size_t>(id);
  return property_table::kRows[at < property_table::kRows.size() ? at : 0];
}

// Takes the first property off `rest`. Returns false if the bytes do not begin with a whole one of
// a known identifier; `rest` is then as it was.
bool TakeProperty(Properties& rest, Property& property);

}  // namespace tallymq::mqtt
