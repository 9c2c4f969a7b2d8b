// Goal: bytes cannot hurt the decoder, and what it takes for a packet is one.
// Method: packets of packet_rows.cc, changed at random in the same way on every run, and the corpus
// of the fuzzer, each checked by the property that the fuzzer checks too.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "fuzz/decoder_property.h"
#include "packet_rows.h"
#include "wire.h"

namespace tallymq::mqtt {
namespace {

// Changes packets as a broken or hostile peer might.
class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {
    for (const auto* rows : {&PacketRows(), &ToleratedRows()}) {
      for (const PacketRow& row : *rows) {
        const int from_server = row.sender == Sender::kServer ? 1 : 0;
        const int version = row.version == Version::k31 ? 2 : row.version == Version::k50 ? 4 : 0;
        inputs_.push_back(static_cast<char>(from_server | version) + Wire(row.wire));
      }
    }
  }

  std::string Next() {
    std::string input = Any();
    if (Below(4) == 0) input += Any().substr(1);
    for (std::size_t changes = Below(4); changes > 0; --changes) Change(input);
    return input;
  }

 private:
  std::size_t Below(std::size_t bound) { return random_() % bound; }
  const std::string& Any() { return inputs_[Below(inputs_.size())]; }

  void Change(std::string& input) {
    static constexpr std::uint8_t kLikely[] = {0x00, 0x01, 0x02, 0x04, 0x7F, 0x80, 0xC0, 0xED,
                                               0xFF, '+',  '#',  '/',  '$',  'M',  0x82, 0x32,
                                               0x0B, 0x23, 0x26, 0x1F, 0x15, 0x05};
    const std::size_t at = Below(input.size());
    switch (Below(6)) {
      case 0:
        input[at] = static_cast<char>(input[at] ^ 1 << Below(8));
        break;
      case 1:
        input[at] = static_cast<char>(kLikely[Below(std::size(kLikely))]);
        break;
      case 2:
        input.insert(at, 1, static_cast<char>(kLikely[Below(std::size(kLikely))]));
        break;
      case 3:
        if (input.size() > 1) input.erase(at, 1);
        break;
      case 4:  // one byte more or less, for lengths and flags
        input[at] = static_cast<char>(input[at] + (Below(2) == 0 ? 1 : -1));
        break;
      default: {
        const std::string& other = Any();
        input = input.substr(0, at + 1) + other.substr(Below(other.size()));
      }
    }
  }

  std::mt19937 random_;
  std::vector<std::string> inputs_;
};

TEST(DecoderMutationTest, NothingHurts) {
  Mutator mutator(3);
  constexpr int kInputs = 100'000;
  int packets = 0;
  int errors = 0;
  for (int i = 0; i < kInputs; ++i) {
    const std::string input = mutator.Next();
    const DecoderRun run = CheckDecoder(input);
    ASSERT_EQ(run.fault, "") << Hex(input);
    packets += static_cast<int>(run.packets);
    errors += run.error ? 1 : 0;
  }
  // Changed too much or too little, it would test nothing.
  EXPECT_GT(packets, kInputs / 4);
  EXPECT_GT(errors, kInputs / 4);
}

TEST(DecoderCorpusTest, NothingHurts) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TALLYMQ_DECODER_CORPUS)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string input((std::istreambuf_iterator<char>(file)),
                            std::istreambuf_iterator<char>());
    EXPECT_EQ(CheckDecoder(input).fault, "") << entry.path();
    ++files;
  }
  EXPECT_GT(files, 10);
}

}  // namespace
}  // namespace tallymq::mqtt
