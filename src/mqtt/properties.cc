#include "tallymq/mqtt/properties.h"

#include "packet_writer.h"
#include "property_table.h"
#include "tallymq/base/assert.h"
#include "variable_integer.h"

namespace tallymq::mqtt {
namespace {

// Reads `count` bytes, the highest first. Requires that they are there.
std::uint32_t ReadInteger(std::string_view bytes, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
  }
  return value;
}

// Takes two bytes of length and as many bytes off `rest`. Returns false if they are not there.
bool TakeBinary(std::string_view& rest, std::string_view& value) {
  if (rest.size() < 2) return false;
  const std::size_t size = ReadInteger(rest, 2);
  if (rest.size() - 2 < size) return false;
  value = rest.substr(2, size);
  rest.remove_prefix(2 + size);
  return true;
}

bool TakeInteger(std::string_view& rest, std::size_t count, std::uint32_t& value) {
  if (rest.size() < count) return false;
  value = ReadInteger(rest, count);
  rest.remove_prefix(count);
  return true;
}

bool TakeValue(std::string_view& rest, PropertyType type, Property& property) {
  switch (type) {
    case PropertyType::kByte:
      return TakeInteger(rest, 1, property.number);
    case PropertyType::kTwoByteInteger:
      return TakeInteger(rest, 2, property.number);
    case PropertyType::kFourByteInteger:
      return TakeInteger(rest, 4, property.number);
    case PropertyType::kVariableByteInteger: {
      const std::size_t size = ReadVariableInteger(rest, property.number);
      rest.remove_prefix(size);
      return size != 0;
    }
    case PropertyType::kUtf8String:
    case PropertyType::kBinaryData:
      return TakeBinary(rest, property.text);
    case PropertyType::kUtf8StringPair:
      return TakeBinary(rest, property.name) && TakeBinary(rest, property.text);
  }
  TALLYMQ_ASSERT(false);
  return false;
}

bool IsInteger(PropertyType type) { return type <= PropertyType::kVariableByteInteger; }
bool IsText(PropertyType type) {
  return type == PropertyType::kUtf8String || type == PropertyType::kBinaryData;
}

// Calls `take` with each longest piece of `properties` whose properties are all in `which`.
template <typename Take>
void ForEachRun(Properties properties, const PropertySet& which, Take take) {
  std::size_t begin = 0;
  std::size_t end = 0;
  for (const Property& property : PropertyRange(properties)) {
    if (which.contains(property.id)) {
      end += property.bytes.size();
      continue;
    }
    if (end != begin) take(properties.substr(begin, end - begin));
    begin = end += property.bytes.size();
  }
  if (end != begin) take(properties.substr(begin, end - begin));
}

}  // namespace

bool TakeProperty(Properties& rest, Property& property) {
  if (rest.empty()) return false;
  Property taken;
  taken.id = static_cast<PropertyId>(rest.front());
  const PropertyRow& row = RowOf(taken.id);
  if (row.places == 0) return false;
  Properties behind = rest.substr(1);
  if (!TakeValue(behind, row.type, taken)) return false;
  taken.bytes = rest.substr(0, rest.size() - behind.size());
  property = taken;
  rest = behind;
  return true;
}

PropertyType TypeOf(PropertyId id) {
  const PropertyRow& row = RowOf(id);
  TALLYMQ_ASSERT(row.places != 0);
  return row.type;
}

std::string_view Name(PropertyId id) {
  const PropertyRow& row = RowOf(id);
  return row.places == 0 ? "Unknown property" : row.name;
}

void PropertyRange::Iterator::Next() {
  done_ = rest_.empty();
  if (!done_) TALLYMQ_ASSERT(TakeProperty(rest_, property_));
}

bool IsWellFormed(Properties properties) {
  Property property;
  while (TakeProperty(properties, property)) {
  }
  return properties.empty();
}

std::optional<std::uint32_t> FindNumber(Properties properties, PropertyId id) {
  TALLYMQ_ASSERT(IsInteger(TypeOf(id)));
  for (const Property& property : PropertyRange(properties)) {
    if (property.id == id) return property.number;
  }
  return std::nullopt;
}

std::optional<std::string_view> FindText(Properties properties, PropertyId id) {
  TALLYMQ_ASSERT(IsText(TypeOf(id)));
  for (const Property& property : PropertyRange(properties)) {
    if (property.id == id) return property.text;
  }
  return std::nullopt;
}

Properties Select(Properties properties, const PropertySet& which, std::string& scratch) {
  Properties selected;
  std::size_t runs = 0;
  ForEachRun(properties, which, [&](Properties run) {
    if (runs == 0) {
      selected = run;
    } else {
      if (runs == 1) scratch.assign(selected);
      scratch.append(run);
    }
    ++runs;
  });
  return runs > 1 ? Properties(scratch) : selected;
}

PropertyWriter& PropertyWriter::Add(PropertyId id, std::uint32_t number) {
  PacketWriter writer(out_);
  writer.WriteByte(static_cast<std::uint8_t>(id));
  switch (TypeOf(id)) {
    case PropertyType::kByte:
      TALLYMQ_ASSERT(number <= 0xFF);
      writer.WriteByte(static_cast<std::uint8_t>(number));
      break;
    case PropertyType::kTwoByteInteger:
      TALLYMQ_ASSERT(number <= 0xFFFF);
      writer.WriteNumber(static_cast<std::uint16_t>(number));
      break;
    case PropertyType::kFourByteInteger:
      writer.WriteNumber(static_cast<std::uint16_t>(number >> 16));
      writer.WriteNumber(static_cast<std::uint16_t>(number));
      break;
    case PropertyType::kVariableByteInteger:
      TALLYMQ_ASSERT(number <= kVariableIntegerMax);
      writer.WriteVariableInteger(number);
      break;
    default:
      TALLYMQ_ASSERT(false);
  }
  return *this;
}

PropertyWriter& PropertyWriter::Add(PropertyId id, std::string_view text) {
  TALLYMQ_ASSERT(IsText(TypeOf(id)));
  PacketWriter writer(out_);
  writer.WriteByte(static_cast<std::uint8_t>(id));
  writer.WriteBinary(text);
  return *this;
}

PropertyWriter& PropertyWriter::AddUserProperty(std::string_view name, std::string_view value) {
  PacketWriter writer(out_);
  writer.WriteByte(static_cast<std::uint8_t>(PropertyId::kUserProperty));
  writer.WriteBinary(name);
  writer.WriteBinary(value);
  return *this;
}

PropertyWriter& PropertyWriter::Copy(Properties properties, const PropertySet& which) {
  ForEachRun(properties, which, [&](Properties run) { out_.append(run); });
  return *this;
}

}  // namespace tallymq::mqtt
