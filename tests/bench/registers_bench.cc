/// The chip image and the register codecs against the speed of memory. Every image benchmark has the
/// counter `memcpy_ratio`: its time divided by that of copying the words of one image, measured in
/// the same run.
///
///     bazel run -c opt //tests/bench:registers_bench
#include <benchmark/benchmark.h>

#include <time.h>

#include <cstring>
#include <vector>

#include "driver/registers/chip.h"

namespace hx::reg {
namespace {

/// CPU seconds of this thread; on a busy machine steadier than the time on the wall.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// CPU seconds to copy the words of one image.
double memcpy_seconds() {
  static double const seconds = [] {
    constexpr int kRounds = 500;
    Chip const chip;
    std::vector<std::uint32_t> out(Chip::kWords);
    double const begin = cpu_seconds();
    for (int round = 0; round < kRounds; ++round) {
      std::memcpy(out.data(), chip.words().data(), Chip::kWords * sizeof(std::uint32_t));
      benchmark::DoNotOptimize(out.data());
      benchmark::ClobberMemory();
    }
    return (cpu_seconds() - begin) / kRounds;
  }();
  return seconds;
}

/// Reports words per second and the time relative to memcpy when it goes out of scope.
class Report {
 public:
  Report(benchmark::State& state, std::size_t words)
      : state_(state), words_(words), memcpy_(memcpy_seconds()), begin_(cpu_seconds()) {}
  Report(Report const&) = delete;
  Report& operator=(Report const&) = delete;
  ~Report() {
    double const took = cpu_seconds() - begin_;
    state_.SetItemsProcessed(state_.iterations() * static_cast<std::int64_t>(words_));
    state_.counters["memcpy_ratio"] = took / static_cast<double>(state_.iterations()) / memcpy_;
  }

 private:
  benchmark::State& state_;
  std::size_t words_;
  double memcpy_;
  double begin_;
};

void BM_Memcpy(benchmark::State& state) {
  Chip const chip;
  std::vector<std::uint32_t> out(Chip::kWords);
  Report const report(state, Chip::kWords);
  for (auto _ : state) {
    std::memcpy(out.data(), chip.words().data(), Chip::kWords * sizeof(std::uint32_t));
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(BM_Memcpy);

/// Addresses and words of a whole chip side by side, as a program needs them.
void BM_ChipToAddressesAndWords(benchmark::State& state) {
  Chip const chip;
  std::vector<std::uint64_t> out(Chip::kWords);
  Report const report(state, Chip::kWords);
  for (auto _ : state) {
    auto const addresses = Chip::addresses();
    auto const words = chip.words();
    for (std::size_t k = 0; k < Chip::kWords; ++k) {
      out[k] = std::uint64_t{addresses[k]} << 32 | words[k];
    }
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(BM_ChipToAddressesAndWords);

void BM_ChipCopy(benchmark::State& state) {
  Chip const chip;
  Report const report(state, Chip::kWords);
  for (auto _ : state) {
    Chip const copy = chip;
    benchmark::DoNotOptimize(copy.words().data());
  }
}
BENCHMARK(BM_ChipCopy);

/// Difference of two images in which every range(0)-th word differs; 0: none.
void BM_ChipDiff(benchmark::State& state) {
  Chip const old;
  Chip chip;
  auto const step = static_cast<std::size_t>(state.range(0));
  for (std::size_t k = 0; step != 0 && k < Chip::kWords; k += step) {
    chip.set_word(k, ~chip.words()[k]);
  }
  Report const report(state, Chip::kWords);
  for (auto _ : state) benchmark::DoNotOptimize(chip.diff(old));
}
BENCHMARK(BM_ChipDiff)->Arg(0)->Arg(1000)->Arg(10)->Arg(1);

/// All synapses of a chip through the types.
void BM_SetAllSynapseQuads(benchmark::State& state) {
  Chip chip;
  SynapseQuad quad{.weights = {{1, 2, 3, 4}}, .labels = {{5, 6, 7, 8}}};
  Report const report(state, SynapseQuadOnDLS::kCount * SynapseQuad::kWriteWords);
  for (auto _ : state) {
    for (SynapseQuadOnDLS place : SynapseQuadOnDLS::all()) {
      quad.weights[0] = static_cast<std::uint8_t>(place.value() & 63);
      chip.set(place, quad);
    }
  }
}
BENCHMARK(BM_SetAllSynapseQuads)->Unit(benchmark::kMicrosecond);

/// All neurons: two containers and 24 cells each.
void BM_SetAllNeurons(benchmark::State& state) {
  Chip chip;
  Report const report(state, AtomicNeuron::kCount * 34);
  for (auto _ : state) {
    for (AtomicNeuron neuron : AtomicNeuron::all()) {
      chip.set(NeuronConfigOnDLS(neuron), NeuronConfig{.membrane_capacitor_size = 63});
      chip.set(NeuronBackendConfigOnDLS(neuron), NeuronBackendConfig{.address_out = 5});
      for (std::size_t k = 0; k < kNeuronCellCount; ++k) {
        chip.set_cell(cell(static_cast<NeuronCell>(k), neuron), CapMemCode{500});
      }
    }
  }
}
BENCHMARK(BM_SetAllNeurons)->Unit(benchmark::kMicrosecond);

void BM_EncodeNeuronConfig(benchmark::State& state) {
  NeuronConfig config{.membrane_capacitor_size = 63, .enable_fire = true};
  for (auto _ : state) {
    benchmark::DoNotOptimize(config);
    benchmark::DoNotOptimize(encode(config));
  }
}
BENCHMARK(BM_EncodeNeuronConfig);

void BM_DecodeNeuronConfig(benchmark::State& state) {
  auto words = encode(NeuronConfig{.membrane_capacitor_size = 63, .enable_fire = true});
  for (auto _ : state) {
    benchmark::DoNotOptimize(words);
    benchmark::DoNotOptimize(decode<NeuronConfig>(words));
  }
}
BENCHMARK(BM_DecodeNeuronConfig);

/// The table-driven codec on the same values.
void BM_TableEncodeNeuronConfig(benchmark::State& state) {
  ContainerInfo const& container = info<NeuronConfig>();
  Elements const elements = default_elements(container);
  for (auto _ : state) benchmark::DoNotOptimize(encode(container, elements, 0));
}
BENCHMARK(BM_TableEncodeNeuronConfig);

void BM_FindAddress(benchmark::State& state) {
  std::uint32_t address = 0x02cf02a2;
  for (auto _ : state) {
    benchmark::DoNotOptimize(address);
    benchmark::DoNotOptimize(find_address(address));
  }
}
BENCHMARK(BM_FindAddress);

}  // namespace
}  // namespace hx::reg

BENCHMARK_MAIN();
