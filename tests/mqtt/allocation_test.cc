// Goal: packets of the message path are decoded and encoded without allocating, and a payload is
// not copied. Method: this program counts the calls of operator new.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>

#include "packet_rows.h"
#include "wire.h"

namespace {
std::uint64_t allocations = 0;
}

// Not inlined: g++ would take `free` of what `new` returned for a mistake.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  void* block = std::malloc(size == 0 ? 1 : size);
  if (block == nullptr) std::abort();
  return block;
}
[[gnu::noinline]] void operator delete(void* block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept { std::free(block); }

namespace tallymq::mqtt {
namespace {

bool OwnsAList(const Packet& packet) {
  return std::holds_alternative<Subscribe>(packet) || std::holds_alternative<Suback>(packet) ||
         std::holds_alternative<Unsubscribe>(packet) ||
         (std::holds_alternative<Unsuback>(packet) && !std::get<Unsuback>(packet).codes.empty());
}

TEST(AllocationTest, OnlyPacketsWithAListAllocate) {
  for (const PacketRow& row : PacketRows()) {
    const std::string wire = Wire(row.wire);
    DecodeOptions options;
    options.sender = row.sender;
    options.version = row.version;
    std::string out;
    out.reserve(1024);

    const std::uint64_t before = allocations;
    const DecodeResult result = Decode(wire, options);
    const std::uint64_t decoded = allocations;
    EncodeHead(row.packet, row.version, out);
    const std::uint64_t encoded = allocations;

    EXPECT_TRUE(std::holds_alternative<Decoded>(result)) << row.name;
    EXPECT_EQ(decoded != before, OwnsAList(row.packet)) << row.name;
    EXPECT_EQ(encoded, decoded) << row.name;
  }
}

TEST(AllocationTest, AHeadDoesNotGrowWithThePayload) {
  const std::string payload(1'000'000, 'p');
  Publish publish;
  publish.topic = Name("a/b");
  publish.payload = payload;
  std::string out;
  EncodePublishHead(publish, Version::k311, out);
  EXPECT_EQ(Hex(out), "30 C5 84 3D 00 03 61 2F 62");
}

TEST(AllocationTest, PropertiesAreReadAndWrittenWithoutAllocating) {
  const std::string properties = Wire("23 0001 02 0000000A 01 01 26 0001'k' 0001'v' 03 0002'ct'");
  std::string out;
  out.reserve(1024);
  std::string scratch;
  const std::uint64_t before = allocations;
  const auto alias = FindNumber(properties, PropertyId::kTopicAlias);
  std::size_t bytes = 0;
  for (const Property& property : PropertyRange(properties)) bytes += property.bytes.size();
  const Properties forwarded = Select(properties, kForwardedProperties, scratch);
  PropertyWriter(out).Add(PropertyId::kTopicAlias, 7).Copy(properties, kForwardedProperties);
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(alias, 1u);
  EXPECT_EQ(bytes, properties.size());
  EXPECT_EQ(Hex(forwarded), Hex(Wire("01 01 26 0001'k' 0001'v' 03 0002'ct'")));
}

TEST(AllocationTest, ErrorsDoNotAllocate) {
  const std::string wire = Wire("30 05 0003'a/+'");
  const std::uint64_t before = allocations;
  const DecodeResult result = Decode(wire, {});
  EXPECT_EQ(allocations, before);
  EXPECT_TRUE(std::holds_alternative<DecodeError>(result));
}

}  // namespace
}  // namespace tallymq::mqtt
