// Speed of the UT codec against memcpy, both measured in this run on this core.
//
// GB/s of a codec count its 64-bit words; memcpy moves the same words. The streams are longer than
// the first-level cache and are used again and again, as are the result arrays, so that page faults
// do not hide the codec; *Fresh pays for new memory every time.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "driver/ut/from_fpga.h"
#include "driver/ut/message.h"
#include "tests/bench/memcpy_limit.h"

namespace hx::ut {
namespace {

constexpr std::size_t kMessages = 1 << 17;

std::vector<ToFpgaMessage> mixed_to_fpga() {
  std::mt19937_64 random(1);
  std::vector<ToFpgaMessage> messages(kMessages);
  for (ToFpgaMessage& message : messages) {
    auto const code = static_cast<ToFpga>(random() % kToFpgaCount);
    message = {.payload = random() & bit_mask(payload_bits(code)), .code = code};
  }
  return messages;
}

// Instructions of all kinds in random order, from messages as values.
void EncodeMixedToFpga(benchmark::State& state) {
  std::vector<ToFpgaMessage> const messages = mixed_to_fpga();
  std::vector<std::uint64_t> words(messages.size());
  bench::measure(state, words, messages.size(), [&] {
    encode_messages(messages, words);
    benchmark::DoNotOptimize(words.data());
  });
}
BENCHMARK(EncodeMixedToFpga);

void DecodeMixedToFpga(benchmark::State& state) {
  std::vector<ToFpgaMessage> const messages = mixed_to_fpga();
  std::vector<std::uint64_t> words(messages.size());
  encode_messages(messages, words);
  std::vector<ToFpgaMessage> decoded;
  bench::measure(state, words, messages.size(), [&] {
    decoded.clear();
    decode_messages(words, decoded);
    benchmark::DoNotOptimize(decoded.data());
  });
}
BENCHMARK(DecodeMixedToFpga);

// Streams from the FPGA: every message is drawn from `codes` independently.
std::vector<FromFpgaMessage> from_fpga_messages(std::span<FromFpga const> codes) {
  std::mt19937_64 random(2);
  std::vector<FromFpgaMessage> messages(kMessages);
  for (FromFpgaMessage& message : messages) {
    FromFpga const code = codes[random() % codes.size()];
    unsigned const bits = payload_bits(code);
    message.code = code;
    message.payload = random() & bit_mask(bits);
    if (bits > 64) message.payload_high = static_cast<std::uint8_t>(random());
    if (code == FromFpga::kSystime) message.payload &= bit_mask(42);  // stays in range
    if (code == FromFpga::kLoopback) message.payload = 1;             // a halt would end the call
  }
  return messages;
}

std::vector<std::uint64_t> encode(std::span<FromFpgaMessage const> messages) {
  FromFpgaEncoder encoder;
  for (FromFpgaMessage const& message : messages) encoder.append(message);
  encoder.flush();
  return encoder.take();
}

void decode_stream(benchmark::State& state, std::span<FromFpga const> codes, bool fresh) {
  std::vector<FromFpgaMessage> const messages = from_fpga_messages(codes);
  std::vector<std::uint64_t> const words = encode(messages);
  Received kept;
  bench::measure(state, words, messages.size(), [&] {
    Received made;
    Received& received = fresh ? made : kept;
    received.clear();
    FromFpgaDecoder decoder;
    FromFpgaDecoder::Progress const progress = decoder.decode(words, received);
    if (progress.words != words.size()) state.SkipWithError("decoder stopped");
    benchmark::DoNotOptimize(received);
  });
}

constexpr FromFpga kMixed[] = {FromFpga::kSpikePack1,  FromFpga::kSpikePack2, FromFpga::kSpikePack3,
                               FromFpga::kOmnibusData, FromFpga::kSysdelta,   FromFpga::kSystime};
constexpr FromFpga kAll[] = {FromFpga::kJtagData,
                             FromFpga::kOmnibusData,
                             FromFpga::kLoopback,
                             FromFpga::kSystime,
                             FromFpga::kSysdelta,
                             FromFpga::kHighspeedLinkNotification,
                             FromFpga::kTimeoutNotification,
                             FromFpga::kMadcSamplePack1,
                             FromFpga::kMadcSamplePack2,
                             FromFpga::kMadcSamplePack3,
                             FromFpga::kSpikePack1,
                             FromFpga::kSpikePack2,
                             FromFpga::kSpikePack3};
constexpr FromFpga kSpike1[] = {FromFpga::kSpikePack1};
constexpr FromFpga kSpike3[] = {FromFpga::kSpikePack3};
constexpr FromFpga kMadc3[] = {FromFpga::kMadcSamplePack3};
constexpr FromFpga kReads[] = {FromFpga::kOmnibusData};

void DecodeMixedFromFpga(benchmark::State& state) {
  decode_stream(state, kMixed, false);
}
void DecodeMixedFromFpgaFresh(benchmark::State& state) {
  decode_stream(state, kMixed, true);
}
void DecodeAllKindsFromFpga(benchmark::State& state) {
  decode_stream(state, kAll, false);
}
void DecodeSpikePack1(benchmark::State& state) {
  decode_stream(state, kSpike1, false);
}
void DecodeSpikePack3(benchmark::State& state) {
  decode_stream(state, kSpike3, false);
}
void DecodeMadcPack3(benchmark::State& state) {
  decode_stream(state, kMadc3, false);
}
void DecodeReads(benchmark::State& state) {
  decode_stream(state, kReads, false);
}
BENCHMARK(DecodeMixedFromFpga);
BENCHMARK(DecodeMixedFromFpgaFresh);
BENCHMARK(DecodeAllKindsFromFpga);
BENCHMARK(DecodeSpikePack1);
BENCHMARK(DecodeSpikePack3);
BENCHMARK(DecodeMadcPack3);
BENCHMARK(DecodeReads);

void EncodeMixedFromFpga(benchmark::State& state) {
  std::vector<FromFpgaMessage> const messages = from_fpga_messages(kMixed);
  std::vector<std::uint64_t> const words = encode(messages);
  bench::measure(state, words, messages.size(), [&] {
    std::vector<std::uint64_t> const encoded = encode(messages);
    benchmark::DoNotOptimize(encoded.data());
  });
}
BENCHMARK(EncodeMixedFromFpga);

}  // namespace
}  // namespace hx::ut

BENCHMARK_MAIN();
