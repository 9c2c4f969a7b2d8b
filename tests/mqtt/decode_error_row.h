// A packet that breaks a rule, as a row of a table.

#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "tallymq/mqtt/codec.h"

namespace tallymq::mqtt {

inline constexpr std::size_t kWhole = 0;  // noticed when the whole packet is there

struct ErrorRow {
  const char* name;
  const char* clause;
  Sender sender;
  Version version;
  const char* wire;
  std::size_t noticed_after;
  std::size_t offset;
  ReasonCode reason = ReasonCode::kMalformedPacket;
};
inline void PrintTo(const ErrorRow& row, std::ostream* out) {
  *out << row.clause << ' ' << row.wire;
}
inline std::string NameOf(const testing::TestParamInfo<ErrorRow>& row) { return row.param.name; }

// What is expected of each row is in decode_errors_test.cc.
class DecodeErrorTest : public testing::TestWithParam<ErrorRow> {
 protected:
  // Decodes the first `size` bytes of `wire`, with nothing readable behind them.
  static DecodeResult DecodeFront(const std::string& wire, std::size_t size);
};

}  // namespace tallymq::mqtt
