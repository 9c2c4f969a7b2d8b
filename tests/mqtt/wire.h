// Packets as tests write them down, and as they print them.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tallymq/mqtt/codec.h"

namespace tallymq::mqtt {

// Bytes from a notation of hexadecimal pairs and 'quoted text', with blanks where the reader wants
// them: "10 0E 0004'MQTT' 04". Aborts on anything else.
std::string Wire(std::string_view notation);

// The other way: hexadecimal pairs.
std::string Hex(std::string_view bytes);

// A copy of bytes on the heap that ends where they end, so that the address sanitizer sees a read
// beyond them.
class ExactCopy {
 public:
  explicit ExactCopy(std::string_view bytes);
  [[nodiscard]] std::string_view view() const { return {data_.get(), size_}; }

 private:
  std::unique_ptr<char[]> data_;
  std::size_t size_;
};

// "PUBLISH 30 05 ...", as 5.0 encodes it: for messages of failed tests.
std::string Describe(const Packet& packet);
std::string Describe(const DecodeResult& result);

// The clause as code and tests cite it: "[MQTT3-3.1.2-3]".
std::string Tag(const DecodeError& error);

// The same properties, each taken apart and written anew.
std::string Rewritten(Properties properties);

// Only for text that is valid.
TopicName Name(std::string_view text);
TopicFilter Filter(std::string_view text);

}  // namespace tallymq::mqtt
