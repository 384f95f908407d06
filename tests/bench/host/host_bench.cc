// Speed of the host stages at yin-yang size (5 -> 120 -> 3, signed dense), batch of 50. A program is
// measured against a bare copy of its words in the same run.

#include <benchmark/benchmark.h>

#include <cstring>

#include "host/lowering/lower.h"
#include "host/mock.h"

namespace hx::host {
namespace {

constexpr std::uint32_t kBatch = 50;

std::vector<std::int32_t> weights(std::size_t count) {
  std::vector<std::int32_t> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::int32_t>(i * 7 % 101) - 20;
  return out;
}

RunRequest yin_yang() {
  RunRequest request;
  request.runtime_steps = 38;
  request.network.populations.push_back(
      {.name = "in", .kind = PopulationKind::kSpikeSource, .size = 5});
  request.network.populations.push_back({.name = "hid",
                                         .kind = PopulationKind::kLif,
                                         .size = 120,
                                         .record_spikes = true,
                                         .record_cadc = true});
  request.network.populations.push_back({.name = "out",
                                         .kind = PopulationKind::kLi,
                                         .size = 3,
                                         .record_cadc = true,
                                         .placement = {256, 257, 258}});
  auto w1 = weights(600);
  auto w2 = weights(360);
  for (auto* list : {&w1, &w2}) {
    for (auto& w : *list) w = std::min(w, 63);
  }
  request.network.projections.push_back({.from = 0,
                                         .to = 1,
                                         .rule = WeightRule::kSignedPair,
                                         .connections = dense_connections(w1, 120, 5)});
  request.network.projections.push_back({.from = 1,
                                         .to = 2,
                                         .rule = WeightRule::kSignedPair,
                                         .connections = dense_connections(w2, 3, 120)});
  std::vector<std::vector<std::vector<double>>> times(kBatch);
  for (std::uint32_t e = 0; e < kBatch; ++e) {
    for (int n = 0; n < 5; ++n) times[e].push_back({2e-6 + 5e-6 * n + 0.01e-6 * e});
  }
  request.inputs["in"] = *SpikeTrains::from_seconds(times);
  return request;
}

void BM_Program(benchmark::State& state) {
  RunRequest const request = yin_yang();
  auto const placed = place(request.network);
  auto const plan = make_plan(request, kBatch, *placed);
  std::size_t words = 0;
  for (auto _ : state) {
    auto schedule = make_schedule(request, *placed, *plan);
    words = schedule->chunks[0].program.instruction_count();
    benchmark::DoNotOptimize(schedule);
  }
  state.counters["words"] = static_cast<double>(words);
  state.SetBytesProcessed(static_cast<std::int64_t>(words) * 8 * state.iterations());
}
BENCHMARK(BM_Program)->Unit(benchmark::kMicrosecond);

void BM_ProgramMemcpy(benchmark::State& state) {
  RunRequest const request = yin_yang();
  auto const lowered = lower(request);
  auto const words = lowered->schedule.chunks[0].program.words();
  for (auto _ : state) {
    std::vector<std::uint64_t> copy(words.size());
    std::memcpy(copy.data(), words.data(), words.size_bytes());
    benchmark::DoNotOptimize(copy.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(words.size_bytes()) * state.iterations());
}
BENCHMARK(BM_ProgramMemcpy)->Unit(benchmark::kMicrosecond);

/// Network to registers, routing kept: what a training step with new weights costs.
void BM_NewWeights(benchmark::State& state) {
  RunRequest request = yin_yang();
  auto placed = place(request.network);
  reg::Chip const before = placed->chip;
  for (auto _ : state) {
    request.network.projections[0].connections[3].weight ^= 1;
    placed = place(request.network, nullptr, std::move(*placed));
    benchmark::DoNotOptimize(configuration_program(before, placed->chip, Settling::digital()));
  }
}
BENCHMARK(BM_NewWeights)->Unit(benchmark::kMicrosecond);

/// The same for a chip whose 131,072 synapses are all in use (128 inputs -> 512 neurons, signed).
void BM_NewWeightsFullChip(benchmark::State& state) {
  RunRequest request;
  request.network.populations.push_back(
      {.name = "in", .kind = PopulationKind::kSpikeSource, .size = 128});
  request.network.populations.push_back({.name = "n", .kind = PopulationKind::kLif, .size = 512});
  auto w = weights(128 * 512);
  for (auto& weight : w) weight = std::min(weight, 62);
  request.network.projections.push_back({.from = 0,
                                         .to = 1,
                                         .rule = WeightRule::kSignedPair,
                                         .connections = dense_connections(w, 512, 128)});
  auto placed = place(request.network);
  reg::Chip const before = placed->chip;
  for (auto _ : state) {
    for (auto& connection : request.network.projections[0].connections) connection.weight ^= 1;
    placed = place(request.network, nullptr, std::move(*placed));
    benchmark::DoNotOptimize(configuration_program(before, placed->chip, Settling::digital()));
  }
}
BENCHMARK(BM_NewWeightsFullChip)->Unit(benchmark::kMicrosecond);

void BM_WholeConfiguration(benchmark::State& state) {
  auto const placed = place(yin_yang().network);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        configuration_program(std::nullopt, placed->chip, Settling::digital()));
  }
}
BENCHMARK(BM_WholeConfiguration)->Unit(benchmark::kMicrosecond);

void BM_Mock(benchmark::State& state) {
  RunRequest request = yin_yang();
  request.runtime_steps = state.range(0);
  std::uint64_t spikes = 0;
  for (auto _ : state) {
    auto results = run_mock(request);
    spikes = results->find("hid")->spikes->times.size();
    benchmark::DoNotOptimize(results);
  }
  state.counters["spikes"] = static_cast<double>(spikes);
}
BENCHMARK(BM_Mock)->Arg(38)->Arg(60)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace hx::host

BENCHMARK_MAIN();
