// What a connection has received and not decoded yet.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "tallymq/base/assert.h"

namespace tallymq::net {

// Bytes in one block of exactly the capacity asked for; none while empty. Up to 4 GiB.
class InputBuffer {
 public:
  InputBuffer() = default;
  ~InputBuffer() { std::free(data_); }
  InputBuffer(const InputBuffer&) = delete;
  InputBuffer& operator=(const InputBuffer&) = delete;

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  // Valid until the next change.
  [[nodiscard]] std::string_view view() const { return {data_, size_}; }

  // Room for `bytes` more behind the present ones, to be filled and then committed.
  char* Reserve(std::size_t bytes) {
    if (capacity_ - size_ < bytes) Resize(size_ + bytes);
    return data_ + size_;
  }
  void Commit(std::size_t bytes) {
    TALLYMQ_ASSERT(bytes <= capacity_ - size_);
    size_ += static_cast<std::uint32_t>(bytes);
  }
  void Append(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(Reserve(bytes.size()), bytes.data(), bytes.size());
    Commit(bytes.size());
  }

  // Drops the first `bytes` and gives the memory back that the rest does not need.
  void Consume(std::size_t bytes) {
    if (bytes == 0) return;
    TALLYMQ_ASSERT(bytes <= size_);
    size_ -= static_cast<std::uint32_t>(bytes);
    std::memmove(data_, data_ + bytes, size_);
    Resize(size_);
  }

 private:
  void Resize(std::size_t capacity) {
    if (capacity == 0) {
      std::free(data_);
      data_ = nullptr;
    } else {
      // Large blocks move by remapping pages, not by copying them.
      char* data = static_cast<char*>(std::realloc(data_, capacity));
      TALLYMQ_ASSERT(data != nullptr);
      data_ = data;
    }
    capacity_ = static_cast<std::uint32_t>(capacity);
  }

  char* data_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

}  // namespace tallymq::net
