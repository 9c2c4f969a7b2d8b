// What holds for the decoder, whatever bytes it is given.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tallymq::mqtt {

struct DecoderRun {
  std::size_t packets = 0;  // decoded before an error or the end of the bytes
  bool error = false;
  std::string fault;  // what the decoder did wrong; empty if nothing
};

// Decodes a stream and checks the decoder against itself. The first byte of `input` says who sends
// (bit 0: a server) and in which version (bit 2: 5.0; else bit 1: 3.1); the stream follows.
//
// For each packet: no byte beyond the input is read (a matter of the address sanitizer); one byte
// less needs more; what the packet encodes to decodes to an equal one; its properties, taken apart
// and written anew, are the same bytes. For each error: it has a clause, a sentence and a byte of
// the input, and stays whatever follows.
DecoderRun CheckDecoder(std::string_view input);

}  // namespace tallymq::mqtt
