// Fuzzes the packet decoder: can bytes hurt it? Run by `tools/fuzz decoder`.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "decoder_property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const tallymq::mqtt::DecoderRun run = tallymq::mqtt::CheckDecoder(input);
  if (!run.fault.empty()) {
    std::fprintf(stderr, "%s\n", run.fault.c_str());
    std::abort();
  }
  return 0;
}
