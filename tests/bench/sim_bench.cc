/// Speed of the Verilated system: million FPGA clocks (8 ns) per second of CPU time of one thread, at
/// rest and under load. `ratio` is the time of one clock divided by that of a model that is nothing
/// but a counter, measured in the same run. Real time would be 125.
///
///     bazel run //tests/bench:sim_bench
#include <benchmark/benchmark.h>
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "Vhx_counter.h"
#include "Vhx_counter___024root.h"
#include "driver/device/init.h"
#include "driver/link/registry.h"
#include "driver/ut/to_fpga.h"
#include "host/lowering/lower.h"
#include "sim/targets/targets.h"

// Written by Verilator, but declared in none of its headers; see sim/rtl/verilated_model.h.
void Vhx_counter___024root___eval(Vhx_counter___024root* self);

namespace hx {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kMillion = 1'000'000;

/// CPU seconds of this thread; on a busy machine steadier than the time on the wall.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <typename T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s\n", result.error().text().c_str());
  std::exit(1);
}
void must(Result<void> result) {
  if (result) return;
  std::fprintf(stderr, "%s\n", result.error().text().c_str());
  std::exit(1);
}

/// CPU seconds per clock of the counter, run by the loop that runs the system.
double counter_seconds() {
  static double const seconds = [] {
    VerilatedContext context;
    Vhx_counter top(&context);
    top.clk_i = 1;
    top.eval();
    double const begin = cpu_seconds();
    for (std::uint64_t i = 0; i < 10 * kMillion; ++i) {
      top.rootp->__Vtrigrprev__TOP__clk_i = 0;
      Vhx_counter___024root___eval(top.rootp);
    }
    double const took = cpu_seconds() - begin;
    benchmark::DoNotOptimize(top.count_o);
    top.final();
    return took / (10.0 * kMillion);
  }();
  return seconds;
}

/// `sim:` without a Device: words in, words away.
class System {
 public:
  System() {
    Registry registry;
    sim::add_targets(registry);
    link_ = must(registry.open("sim:"));
  }
  void run(Program const& program) {
    std::uint64_t const halt = ut::halt();
    must(link_->send(program.words()));
    must(link_->send({&halt, 1}));
    std::vector<std::uint64_t> buffer(1 << 16);
    while (must(link_->receive(buffer, Deadline::in(600s))) != 0) {
    }
  }
  [[nodiscard]] std::uint64_t clocks() const { return link_->statistics().simulated_cycles; }
  [[nodiscard]] std::uint64_t words() const { return link_->statistics().words_received; }

 private:
  std::unique_ptr<Link> link_;
};

/// Runs `program` again and again.
void measure(benchmark::State& state, System& system, Program const& program) {
  system.run(program);
  std::uint64_t const first = system.clocks();
  double const begin = cpu_seconds();
  for (auto _ : state) {
    double const before = cpu_seconds();
    system.run(program);
    state.SetIterationTime(cpu_seconds() - before);
  }
  double const seconds = cpu_seconds() - begin;
  double const clocks = static_cast<double>(system.clocks() - first);
  state.counters["Mclk_per_cpu_s"] = clocks / seconds / 1e6;
  state.counters["ratio"] = seconds / clocks / counter_seconds();
}

Program pause(std::uint32_t clocks) {
  Program program;
  program.setup_timer();
  program.wait_until(FpgaCycles{clocks});
  return program;
}

/// 5 to 25 sources, signed and dense, onto 120 neurons; `spikes` input spikes in 60 us, evenly.
host::RunRequest load(std::uint32_t sources, std::uint32_t spikes, std::uint32_t entries) {
  constexpr std::uint32_t kNeurons = 120;
  constexpr double kRuntime = 60e-6;
  host::RunRequest request;
  request.runtime_steps = 60;
  request.network.populations.push_back(
      {.name = "in", .kind = host::PopulationKind::kSpikeSource, .size = sources});
  request.network.populations.push_back(
      {.name = "hid", .kind = host::PopulationKind::kLif, .size = kNeurons, .record_spikes = true});
  std::vector<std::int32_t> weights(sources * kNeurons);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    weights[i] = static_cast<std::int32_t>(i * 37 % 101) - 50;
  }
  request.network.projections.push_back(
      {.from = 0,
       .to = 1,
       .rule = host::WeightRule::kSignedPair,
       .connections = host::dense_connections(weights, kNeurons, sources)});
  std::vector<std::vector<std::vector<double>>> times(entries);
  for (auto& entry : times) {
    entry.resize(sources);
    for (std::uint32_t s = 0; s < spikes; ++s) {
      entry[s % sources].push_back(kRuntime * s / spikes);
    }
  }
  request.inputs["in"] = must(host::SpikeTrains::from_seconds(times));
  return request;
}

void measure_load(benchmark::State& state, std::uint32_t sources, std::uint32_t spikes) {
  constexpr std::uint32_t kEntries = 20;
  host::Lowered const lowered = must(host::lower(load(sources, spikes, kEntries)));
  System system;
  system.run(init_program(InitOptions::for_model()));
  system.run(lowered.configuration);
  std::uint64_t const before = system.words();
  measure(state, system, lowered.schedule.chunks.at(0).program);
  state.counters["words_per_run"] =
      static_cast<double>(system.words() - before) / static_cast<double>(state.iterations() + 1);
}

void BM_Counter(benchmark::State& state) {
  for (auto _ : state) state.SetIterationTime(counter_seconds() * kMillion);
  state.counters["Mclk_per_cpu_s"] = 1e-6 / counter_seconds();
  state.counters["ratio"] = 1;
}
BENCHMARK(BM_Counter)->UseManualTime()->Iterations(1);

/// Nothing configured: no neuron does anything.
void BM_Idle(benchmark::State& state) {
  System system;
  measure(state, system, pause(kMillion));
}
BENCHMARK(BM_Idle)->UseManualTime()->Unit(benchmark::kMillisecond);

/// 120 configured neurons, no events.
void BM_ConfiguredIdle(benchmark::State& state) {
  host::Lowered const lowered = must(host::lower(load(5, 1, 1)));
  System system;
  system.run(init_program(InitOptions::for_model()));
  system.run(lowered.configuration);
  measure(state, system, pause(kMillion));
}
BENCHMARK(BM_ConfiguredIdle)->UseManualTime()->Unit(benchmark::kMillisecond);

/// 100 input spikes in 60 us.
void BM_YinYang(benchmark::State& state) {
  measure_load(state, static_cast<std::uint32_t>(state.range(0)), 100);
}
BENCHMARK(BM_YinYang)->Arg(5)->Arg(25)->UseManualTime()->Unit(benchmark::kMillisecond);

/// An input spike in every tenth clock.
void BM_TenPercent(benchmark::State& state) {
  measure_load(state, 25, 750);
}
BENCHMARK(BM_TenPercent)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hx

BENCHMARK_MAIN();
