// The state record: the one value that is rewritten all the time, and the one with a bound to keep.
//
// Each of its sets is written as ranges or as a bitmap, whichever is smaller [design 9.4]:
//   00                                        the empty set
//   01 count, then per range: gap, length - 1  gap: from the end of the range before (the first:
//   from 0) 02 first, size, bits                      `size` bytes; bit i of byte j is first + 8 j
//   + i
// Valid if and only if the ranges are in order, not adjacent and within the type of the members;
// the first bit and some bit of the last byte are set; and the form is the one that the encoder
// would choose.

#include <limits>

#include "format.h"

namespace tallymq::storage {
namespace {

enum SetForm : std::uint8_t { kEmpty = 0, kRanges = 1, kBitmap = 2 };

template <typename T>
struct SetSizes {
  std::uint64_t ranges = 0;
  std::uint64_t bitmap = 0;
  [[nodiscard]] SetForm form() const {
    if (ranges == 0) return kEmpty;
    return bitmap < ranges ? kBitmap : kRanges;
  }
};

// Bytes of bits that the bitmap of a set that is not empty takes.
template <typename T>
std::uint64_t BitmapBytes(const RangeSet<T>& set) {
  return static_cast<std::uint64_t>(set.ranges().back().last - set.ranges().front().first) / 8 + 1;
}

template <typename T>
SetSizes<T> SizesOf(const RangeSet<T>& set) {
  SetSizes<T> sizes;
  if (set.empty()) return sizes;
  const auto& ranges = set.ranges();
  sizes.ranges = VarintSize(ranges.size());
  std::uint64_t end = 0;
  for (const auto& range : ranges) {
    sizes.ranges += VarintSize(range.first - end) +
                    VarintSize(static_cast<std::uint64_t>(range.last - range.first));
    end = range.last;
  }
  const std::uint64_t bytes = BitmapBytes(set);
  sizes.bitmap = VarintSize(ranges.front().first) + VarintSize(bytes) + bytes;
  return sizes;
}

template <typename T>
void EncodeSet(const RangeSet<T>& set, std::string& out_bytes) {
  Encoder out(out_bytes);
  const SetForm form = SizesOf(set).form();
  out.U8(form);
  if (form == kEmpty) return;
  const auto& ranges = set.ranges();
  if (form == kRanges) {
    out.Varint(ranges.size());
    std::uint64_t end = 0;
    for (const auto& range : ranges) {
      out.Varint(range.first - end);
      out.Varint(static_cast<std::uint64_t>(range.last - range.first));
      end = range.last;
    }
    return;
  }
  const std::uint64_t first = ranges.front().first;
  const std::uint64_t bytes = BitmapBytes(set);
  out.Varint(first);
  out.Varint(bytes);
  const std::size_t begin = out_bytes.size();
  out_bytes.resize(begin + static_cast<std::size_t>(bytes), '\0');
  for (const auto& range : ranges) {
    for (std::uint64_t bit = range.first - first; bit <= range.last - first; ++bit) {
      char& byte = out_bytes[begin + static_cast<std::size_t>(bit / 8)];
      byte = static_cast<char>(static_cast<unsigned char>(byte) | 1u << (bit % 8));
    }
  }
}

template <typename T>
void DecodeRanges(Decoder& in, RangeSet<T>& set) {
  const std::uint64_t count = in.Varint();
  if (count == 0 || count > in.left()) return in.Fail();  // a range takes two bytes at least
  std::uint64_t end = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t gap = in.Varint();
    const std::uint64_t more = in.Varint();
    const std::uint64_t first = end + gap;
    const std::uint64_t last = first + more;
    if ((i > 0 && gap < 2) || first < end || last < first || last > std::numeric_limits<T>::max()) {
      return in.Fail();
    }
    set.InsertRange(static_cast<T>(first), static_cast<T>(last));
    end = last;
  }
}

template <typename T>
void DecodeBitmap(Decoder& in, RangeSet<T>& set) {
  const std::uint64_t base = in.Varint();
  const std::string_view bits = in.Bytes(in.Varint());
  if (bits.empty() || (bits.front() & 1) == 0 || bits.back() == 0) return in.Fail();
  const auto is_set = [&](std::uint64_t bit) {
    return (static_cast<unsigned char>(bits[bit / 8]) >> (bit % 8) & 1u) != 0;
  };
  const std::uint64_t size = static_cast<std::uint64_t>(bits.size()) * 8;
  for (std::uint64_t bit = 0; bit < size; ++bit) {
    if (!is_set(bit)) continue;
    const std::uint64_t first = base + bit;
    while (bit + 1 < size && is_set(bit + 1)) ++bit;
    const std::uint64_t last = base + bit;
    if (last < base || last > std::numeric_limits<T>::max()) return in.Fail();
    set.InsertRange(static_cast<T>(first), static_cast<T>(last));
  }
}

template <typename T>
void DecodeSet(Decoder& in, RangeSet<T>& set) {
  const std::uint8_t form = in.U8();
  if (form == kRanges) {
    DecodeRanges(in, set);
  } else if (form == kBitmap) {
    DecodeBitmap(in, set);
  } else if (form != kEmpty) {
    in.Fail();
  }
  if (in.ok() && form != SizesOf(set).form()) in.Fail();
}

}  // namespace

void EncodeState(const StateRecord& record, std::string& out_bytes) {
  Encoder out(out_bytes);
  out.U8(kValueVersion);
  out.Varint(record.head.value());
  out.Varint(record.reserved_tail.value());
  out.Varint(record.send_mark.value());
  EncodeSet(record.finished, out_bytes);
  EncodeSet(record.awaiting_pubcomp, out_bytes);
  EncodeSet(record.inbound, out_bytes);
}

std::optional<StateRecord> DecodeState(std::string_view value) {
  Decoder in(value);
  const std::uint8_t version = in.U8();
  StateRecord record;
  record.head = Seq{in.Varint()};
  record.reserved_tail = Seq{in.Varint()};
  record.send_mark = Seq{in.Varint()};
  DecodeSet(in, record.finished);
  DecodeSet(in, record.awaiting_pubcomp);
  DecodeSet(in, record.inbound);
  if (!in.done() || version != kValueVersion || record.head.value() == 0) return std::nullopt;
  return record;
}

}  // namespace tallymq::storage
