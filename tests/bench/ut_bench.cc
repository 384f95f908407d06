// Speed of the UT codec against memcpy, both measured in this run on this core.
//
// "words/s" of a codec are the bytes of its 64-bit words (8 bytes each) per second; memcpy moves
// the same number of bytes. Streams are larger than the first-level cache and are used again and
// again, as are the result arrays, so that page faults do not hide the codec; the *Fresh variants
// pay for new memory every time.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <vector>

#include "driver/ut/from_fpga.h"
#include "driver/ut/message.h"
#include "driver/ut/to_fpga.h"

namespace hx::ut {
namespace {

constexpr std::size_t kMessages = 1 << 17;

double seconds_of(auto&& work) {
  auto const begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Bytes per second of memcpy of `words` into a second buffer; best of many.
double memcpy_rate(std::span<std::uint64_t const> words) {
  std::vector<std::uint64_t> copy(words.size());
  double best = 1e9;
  for (int i = 0; i < 50; ++i) {
    best = std::min(best, seconds_of([&] {
                      std::memcpy(copy.data(), words.data(), words.size_bytes());
                      benchmark::DoNotOptimize(copy.data());
                      benchmark::ClobberMemory();
                    }));
  }
  return static_cast<double>(words.size_bytes()) / best;
}

void report(benchmark::State& state, std::span<std::uint64_t const> words, std::size_t messages) {
  auto const runs = static_cast<double>(state.iterations());
  state.SetBytesProcessed(
      static_cast<std::int64_t>(runs * static_cast<double>(words.size_bytes())));
  state.SetItemsProcessed(static_cast<std::int64_t>(runs * static_cast<double>(messages)));
  double const memcpy_gb = memcpy_rate(words) * 1e-9;
  state.counters["memcpy_GB/s"] = memcpy_gb;
  state.counters["GB/s"] = benchmark::Counter(runs * static_cast<double>(words.size_bytes()) * 1e-9,
                                              benchmark::Counter::kIsRate);
  state.counters["memcpy_share"] =
      benchmark::Counter(runs * static_cast<double>(words.size_bytes()) * 1e-9 / memcpy_gb,
                         benchmark::Counter::kIsRate);
}

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
  for (auto _ : state) {
    encode_messages(messages, words);
    benchmark::DoNotOptimize(words.data());
    benchmark::ClobberMemory();
  }
  report(state, words, messages.size());
}
BENCHMARK(EncodeMixedToFpga);

void DecodeMixedToFpga(benchmark::State& state) {
  std::vector<ToFpgaMessage> const messages = mixed_to_fpga();
  std::vector<std::uint64_t> words(messages.size());
  encode_messages(messages, words);
  std::vector<ToFpgaMessage> decoded;
  for (auto _ : state) {
    decoded.clear();
    decode_messages(words, decoded);
    benchmark::DoNotOptimize(decoded.data());
    benchmark::ClobberMemory();
  }
  report(state, words, messages.size());
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
  for (auto _ : state) {
    Received made;
    Received& received = fresh ? made : kept;
    received.clear();
    FromFpgaDecoder decoder;
    FromFpgaDecoder::Progress const progress = decoder.decode(words, received);
    if (progress.words != words.size()) state.SkipWithError("decoder stopped");
    benchmark::DoNotOptimize(received);
    benchmark::ClobberMemory();
  }
  report(state, words, messages.size());
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
  for (auto _ : state) {
    std::vector<std::uint64_t> const encoded = encode(messages);
    benchmark::DoNotOptimize(encoded.data());
  }
  report(state, words, messages.size());
}
BENCHMARK(EncodeMixedFromFpga);

}  // namespace
}  // namespace hx::ut

BENCHMARK_MAIN();
