// Speed of building programs: a whole chip, and typical instructions one by one, against memcpy of
// the words that come out.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "driver/device/program.h"
#include "driver/registers/chip.h"
#include "tests/bench/memcpy_limit.h"

namespace hx {
namespace {

// The 126,842 words of a chip, addresses and data, as 253,684 instructions; goal: under 1 ms.
template <bool kFresh>
void WholeChip(benchmark::State& state) {
  reg::Chip const chip;
  auto const addresses = reg::Chip::addresses();
  Program kept;
  kept.write_all(addresses, chip.words());
  std::vector<std::uint64_t> const words(kept.words().begin(), kept.words().end());
  bench::measure(state, words, words.size(), [&] {
    Program fresh;
    Program& program = kFresh ? fresh : kept;
    program.clear();
    program.write_all(addresses, chip.words());
    benchmark::DoNotOptimize(program.words().data());
  });
}
BENCHMARK(WholeChip<false>)->Name("WholeChip")->Unit(benchmark::kMicrosecond);
BENCHMARK(WholeChip<true>)->Name("WholeChipNewMemory")->Unit(benchmark::kMicrosecond);

// Timed spikes as an experiment has them, with a register write and a read in between: calls in an
// order that can be predicted.
void build_experiment(Program& program) {
  program.clear();
  program.setup_timer();
  for (std::uint32_t i = 0; i < 20000; ++i) {
    program.wait_until(FpgaCycles{i * 16});
    std::uint16_t const labels[] = {static_cast<std::uint16_t>(i), 2, 3};
    program.events(std::span(labels).first(1 + i % 3));
    if (i % 16 == 0) program.write(0x00160000 + i, i);
    if (i % 16 == 8) benchmark::DoNotOptimize(program.read(0x00160000 + i));
  }
  program.barrier(ut::kBarrierOmnibus);
}

void BuildExperiment(benchmark::State& state) {
  Program program;
  build_experiment(program);
  std::vector<std::uint64_t> const words(program.words().begin(), program.words().end());
  bench::measure(state, words, words.size(), [&] {
    build_experiment(program);
    benchmark::DoNotOptimize(program.words().data());
  });
}
BENCHMARK(BuildExperiment)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace hx

BENCHMARK_MAIN();
