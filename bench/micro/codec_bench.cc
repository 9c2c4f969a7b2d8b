// What the codec costs on the message path.
//
// Run: build/release/bench/codec_bench
// A row is one call; `bytes_per_second` counts the bytes of packet or text. Figures are of the
// machine that ran them: compare base and head on one, by medians (--benchmark_repetitions=9).

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "tallymq/mqtt/codec.h"
#include "tallymq/mqtt/topic.h"

namespace tallymq::mqtt {
namespace {

constexpr std::size_t kPayloadBytes = 100;

// A PUBLISH of QoS 2 on a topic as devices use them. `payload` outlives it.
Publish MakePublish(std::string_view payload) {
  Publish publish;
  publish.qos = QoS::kExactlyOnce;
  publish.packet_id = PacketId(4711);
  publish.topic = *TopicName::Parse("site/berlin/meter/4711/energy");
  publish.payload = payload;
  return publish;
}

void Count(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

void BM_DecodePublishQos2(benchmark::State& state) {
  const std::string payload(kPayloadBytes, 'p');
  std::string bytes;
  Encode(MakePublish(payload), Version::k311, bytes);
  const DecodeOptions options;
  for (auto _ : state) {
    benchmark::DoNotOptimize(bytes.data());
    const DecodeResult result = Decode(bytes, options);
    benchmark::DoNotOptimize(&result);
    benchmark::ClobberMemory();
  }
  Count(state, bytes.size());
}
BENCHMARK(BM_DecodePublishQos2);

void BM_EncodePublishQos2Head(benchmark::State& state) {
  const std::string payload(kPayloadBytes, 'p');
  const Publish publish = MakePublish(payload);
  std::string out;
  for (auto _ : state) {
    out.clear();
    EncodePublishHead(publish, Version::k311, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  Count(state, out.size());
}
BENCHMARK(BM_EncodePublishQos2Head);

void BM_DecodePubrec(benchmark::State& state) {
  const std::string bytes("\x50\x02\x12\x34", 4);
  const DecodeOptions options;
  for (auto _ : state) {
    benchmark::DoNotOptimize(bytes.data());
    const DecodeResult result = Decode(bytes, options);
    benchmark::DoNotOptimize(&result);
    benchmark::ClobberMemory();
  }
  Count(state, bytes.size());
}
BENCHMARK(BM_DecodePubrec);

void BM_EncodePubrec(benchmark::State& state) {
  Pubrec pubrec;
  pubrec.packet_id = PacketId(0x1234);
  const Packet packet = pubrec;
  std::string out;
  for (auto _ : state) {
    out.clear();
    EncodeHead(packet, Version::k311, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  Count(state, out.size());
}
BENCHMARK(BM_EncodePubrec);

// Text of `state.range(0)` bytes, of one-byte or of two-byte characters.
void BM_Utf8Ascii(benchmark::State& state) {
  const std::string text(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(IsValidUtf8(text));
  Count(state, text.size());
}
BENCHMARK(BM_Utf8Ascii)->Arg(16)->Arg(64)->Arg(1024);

void BM_Utf8TwoBytes(benchmark::State& state) {
  std::string text;
  while (text.size() < static_cast<std::size_t>(state.range(0))) text += "\xC3\xA4";
  for (auto _ : state) benchmark::DoNotOptimize(IsValidUtf8(text));
  Count(state, text.size());
}
BENCHMARK(BM_Utf8TwoBytes)->Arg(64)->Arg(1024);

void BM_TopicNameParse(benchmark::State& state) {
  constexpr std::string_view kText = "site/berlin/meter/4711/energy";
  for (auto _ : state) benchmark::DoNotOptimize(TopicName::Parse(kText).has_value());
  Count(state, kText.size());
}
BENCHMARK(BM_TopicNameParse);

void BM_TopicMatch(benchmark::State& state, std::string_view filter_text) {
  const TopicFilter filter = *TopicFilter::Parse(filter_text);
  const TopicName name = *TopicName::Parse("site/berlin/meter/4711/energy");
  for (auto _ : state) benchmark::DoNotOptimize(filter.Matches(name));
}
BENCHMARK_CAPTURE(BM_TopicMatch, same, "site/berlin/meter/4711/energy");
BENCHMARK_CAPTURE(BM_TopicMatch, plus, "site/+/meter/+/energy");
BENCHMARK_CAPTURE(BM_TopicMatch, hash, "site/berlin/#");

}  // namespace
}  // namespace tallymq::mqtt
