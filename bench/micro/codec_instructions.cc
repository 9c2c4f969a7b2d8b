// The codec's work on one PUBLISH, many times over: for codec_instructions.py, which counts
// instructions.
//
// Run: codec_instructions decode|encode 3.1.1|5.0 COUNT

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tallymq/mqtt/codec.h"

namespace {

using namespace tallymq;

// The same message as in codec_bench.cc.
mqtt::Publish MakePublish(std::string_view payload) {
  mqtt::Publish publish;
  publish.qos = QoS::kExactlyOnce;
  publish.packet_id = PacketId(4711);
  publish.topic = *mqtt::TopicName::Parse("site/berlin/meter/4711/energy");
  publish.payload = payload;
  return publish;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: codec_instructions decode|encode 3.1.1|5.0 COUNT\n", stderr);
    return 2;
  }
  const bool decode = std::string_view(argv[1]) == "decode";
  mqtt::DecodeOptions options;
  options.version = std::string_view(argv[2]) == "5.0" ? mqtt::Version::k50 : mqtt::Version::k311;
  const long count = std::atol(argv[3]);

  const std::string payload(100, 'p');
  const mqtt::Publish publish = MakePublish(payload);
  std::string bytes;
  mqtt::Encode(publish, options.version, bytes);
  std::string out;
  out.reserve(bytes.size());
  std::size_t sum = 0;  // of what was done, so that it is done
  for (long i = 0; i < count; ++i) {
    if (decode) {
      const mqtt::DecodeResult result = mqtt::Decode(bytes, options);
      sum += std::get_if<mqtt::Decoded>(&result)->consumed;
    } else {
      out.clear();
      mqtt::EncodePublishHead(publish, options.version, out);
      sum += out.size();
    }
  }
  std::printf("%zu\n", sum);
  return 0;
}
