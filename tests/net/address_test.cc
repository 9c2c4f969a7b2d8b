// Goal: what people may write as an address to listen on, and what they are told otherwise.
// Method: a row is a text and what `Address` makes of it; an empty `written` means that it is
// refused.

#include "tallymq/net/address.h"

#include <gtest/gtest.h>

namespace tallymq::net {
namespace {

struct Row {
  const char* name;
  const char* text;
  const char* written;
  bool loopback;
};

const Row kRows[] = {
    {"Ipv4", "127.0.0.1:1883", "127.0.0.1:1883", true},
    {"AllOf127IsLoopback", "127.9.8.7:1883", "127.9.8.7:1883", true},
    {"Ipv6", "[::1]:1883", "[::1]:1883", true},
    {"Ipv6Any", "[::]:1883", "[::]:1883", false},
    {"Ipv4Any", "0.0.0.0:0", "0.0.0.0:0", false},
    {"OtherMachine", "192.0.2.1:65535", "192.0.2.1:65535", false},
    {"NoPort", "127.0.0.1", "", false},
    {"EmptyPort", "127.0.0.1:", "", false},
    {"PortTooLarge", "127.0.0.1:65536", "", false},
    {"PortWithSign", "127.0.0.1:+1", "", false},
    {"PortWithRest", "127.0.0.1:1883x", "", false},
    {"Ipv6WithoutBrackets", "::1:1883", "", false},
    {"Ipv4InBrackets", "[127.0.0.1]:1883", "", false},
    {"Name", "localhost:1883", "", false},
    {"OnlyPort", ":1883", "", false},
    {"Nothing", "", "", false},
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.text; }

class AddressTest : public testing::TestWithParam<Row> {};

TEST_P(AddressTest, IsParsed) {
  const Row& row = GetParam();
  const auto address = Address::Parse(row.text);
  if (*row.written == '\0') {
    ASSERT_FALSE(address);
    EXPECT_NE(address.error().find("127.0.0.1:1883"), std::string::npos) << address.error();
    return;
  }
  ASSERT_TRUE(address) << address.error();
  EXPECT_EQ(address->ToString(), row.written);
  EXPECT_EQ(address->is_loopback(), row.loopback);
}

INSTANTIATE_TEST_SUITE_P(Rows, AddressTest, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string{row.param.name}; });

}  // namespace
}  // namespace tallymq::net
