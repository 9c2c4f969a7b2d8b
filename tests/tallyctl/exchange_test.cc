// Goal: the state of every entry, as a state record tells it.
// Method: one record with all cases, a row for each entry.

#include "exchange.h"

#include <gtest/gtest.h>

namespace tallymq::tallyctl {
namespace {

TEST(ExchangeTest, EveryEntryHasOneState) {
  storage::StateRecord state;
  state.head = storage::Seq{10};
  state.send_mark = storage::Seq{14};
  state.finished.InsertRange(11, 12);
  state.awaiting_pubcomp.Insert(8);
  state.awaiting_pubcomp.Insert(12);
  const struct {
    std::uint64_t seq;
    Exchange at_qos1;
    Exchange at_qos2;
  } rows[] = {
      {7, Exchange::kFinished, Exchange::kFinished},
      {8, Exchange::kAwaitingPubcomp, Exchange::kAwaitingPubcomp},
      {9, Exchange::kFinished, Exchange::kFinished},
      {10, Exchange::kAwaitingPuback, Exchange::kAwaitingPubrec},
      {11, Exchange::kFinished, Exchange::kFinished},
      {12, Exchange::kAwaitingPubcomp, Exchange::kAwaitingPubcomp},
      {14, Exchange::kAwaitingPuback, Exchange::kAwaitingPubrec},
      {15, Exchange::kWaiting, Exchange::kWaiting},
  };
  for (const auto& row : rows) {
    const storage::Seq seq{row.seq};
    EXPECT_EQ(ExchangeOf(state, seq, QoS::kAtLeastOnce), row.at_qos1) << row.seq;
    EXPECT_EQ(ExchangeOf(state, seq, QoS::kExactlyOnce), row.at_qos2) << row.seq;
  }
}

TEST(ExchangeTest, PacketIdentifiersWrapPastTheirLast) {
  const auto id = [](std::uint64_t seq) { return PacketIdOf(storage::Seq{seq}).value(); };
  EXPECT_EQ(id(1), 1);
  EXPECT_EQ(id(65'535), 65'535);
  EXPECT_EQ(id(65'536), 1);
  EXPECT_EQ(id(131'070), 65'535);
}

}  // namespace
}  // namespace tallymq::tallyctl
