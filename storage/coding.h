// Integers and strings as they lie in keys and values: fixed-size ones big-endian, so that the
// order of keys is the order of numbers; sizes and counts as varints, seven bits to a byte, lowest
// first.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tallymq/base/assert.h"

namespace tallymq::storage {

// Bytes of a short record, without an allocation. `N` bounds what is ever put in.
template <std::size_t N>
class ShortBytes {
 public:
  void push_back(char byte) {
    TALLYMQ_ASSERT(size_ < N);
    bytes_[size_++] = byte;
  }
  [[nodiscard]] std::string_view view() const { return {bytes_, size_}; }

 private:
  char bytes_[N];
  std::size_t size_ = 0;
};

// Puts numbers at the end of `Out`, a string or `ShortBytes`.
template <typename Out>
class Encoder {
 public:
  explicit Encoder(Out& out) : out_(out) {}

  void U8(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void U16(std::uint16_t value) { BigEndian(value, 2); }
  void U32(std::uint32_t value) { BigEndian(value, 4); }
  void U64(std::uint64_t value) { BigEndian(value, 8); }

  void Varint(std::uint64_t value) {
    while (value >= 0x80) {
      U8(static_cast<std::uint8_t>(value | 0x80));
      value >>= 7;
    }
    U8(static_cast<std::uint8_t>(value));
  }

  // A string behind its size. `Out` is a string.
  void Sized(std::string_view text) {
    Varint(text.size());
    out_.append(text);
  }

 private:
  void BigEndian(std::uint64_t value, unsigned size) {
    for (unsigned i = size; i-- > 0;) U8(static_cast<std::uint8_t>(value >> (8 * i)));
  }

  Out& out_;
};

// Bytes that a varint takes.
constexpr std::size_t VarintSize(std::uint64_t value) {
  std::size_t size = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++size;
  }
  return size;
}

// Takes numbers off the front of some bytes. After the first failure all reads give zeros and `ok`
// stays false, so that a record is checked once, at its end.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t U8() { return static_cast<std::uint8_t>(BigEndian(1)); }
  std::uint16_t U16() { return static_cast<std::uint16_t>(BigEndian(2)); }
  std::uint32_t U32() { return static_cast<std::uint32_t>(BigEndian(4)); }
  std::uint64_t U64() { return BigEndian(8); }

  std::uint64_t Varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t byte = U8();
      if (shift == 63 && byte > 1) break;
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte == 0 && shift > 0) break;  // longer than it needs to be
      if (byte < 0x80) return ok_ ? value : 0;
    }
    Fail();
    return 0;
  }

  // A varint that fits `T`.
  template <typename T>
  T VarintOf() {
    const std::uint64_t value = Varint();
    if (value > static_cast<std::uint64_t>(static_cast<T>(-1))) {
      Fail();
      return 0;
    }
    return static_cast<T>(value);
  }

  std::string_view Bytes(std::uint64_t size) {
    if (size > rest_.size()) {
      Fail();
      return {};
    }
    const std::string_view bytes = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(bytes.size());
    return bytes;
  }
  std::string_view Sized() { return Bytes(Varint()); }

  // All that is left.
  std::string_view Rest() { return Bytes(rest_.size()); }

  void Fail() {
    ok_ = false;
    rest_ = {};
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }
  // Everything could be read and nothing is left.
  [[nodiscard]] bool done() const { return ok_ && rest_.empty(); }

 private:
  std::uint64_t BigEndian(std::size_t size) {
    if (size > rest_.size()) {
      Fail();
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<std::uint8_t>(rest_[i]);
    rest_.remove_prefix(size);
    return value;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace tallymq::storage
