/// Speed of the chip models, RTL (`sim`) and functional (`twin`) side by side: million FPGA clocks (8 ns) per second of CPU time of one
/// thread, at rest and under load. `ratio` is the time of one clock divided by that of a Verilated model that is nothing but a counter,
/// measured in the same run. `chip_per_cpu` is chip time per CPU time; real time would be 1 (125 million clocks per second).
///
///     bazel run //tests/bench:sim_bench
#include <benchmark/benchmark.h>
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "Vhx_counter.h"
#include "Vhx_counter___024root.h"
#include "driver/device/init.h"
#include "driver/link/registry.h"
#include "driver/registers/registers.h"
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

/// A target without a Device: words in, words away.
class System {
 public:
  explicit System(std::string const& uri) {
    Registry registry;
    sim::add_targets(registry);
    link_ = must(registry.open(uri));
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
  std::uint64_t const first = system.clocks(), words = system.words();
  double const begin = cpu_seconds();
  for (auto _ : state) {
    double const before = cpu_seconds();
    system.run(program);
    state.SetIterationTime(cpu_seconds() - before);
  }
  double const seconds = cpu_seconds() - begin;
  double const clocks = static_cast<double>(system.clocks() - first);
  state.counters["Mclk_per_cpu_s"] = clocks / seconds / 1e6;
  state.counters["chip_per_cpu"] = clocks * 8e-9 / seconds;
  state.counters["ratio"] = seconds / clocks / counter_seconds();
  state.counters["words"] =
      static_cast<double>(system.words() - words) / static_cast<double>(state.iterations());
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

void measure_load(benchmark::State& state, std::string const& uri, std::uint32_t sources,
                  std::uint32_t spikes) {
  constexpr std::uint32_t kEntries = 20;
  host::Lowered const lowered = must(host::lower(load(sources, spikes, kEntries)));
  System system(uri);
  system.run(init_program(InitOptions::for_model()));
  system.run(lowered.configuration);
  double const begin = cpu_seconds();
  measure(state, system, lowered.schedule.chunks.at(0).program);
  state.counters["ms_per_sample"] =
      1e3 * (cpu_seconds() - begin) / static_cast<double>(state.iterations() + 1) / kEntries;
}

void write_blocks(Program& program, bool force_reset) {
  for (std::uint32_t block = 0; block < BackendBlock::kCount; ++block) {
    reg::CommonNeuronBackendConfig config;
    config.force_reset = force_reset;
    program.write(reg::CommonNeuronBackendConfigOnDLS(block), config);
  }
}

/// All 512 circuits with membrane time constants of 14 to 18 us and a constant current.
Program driven_neurons(std::uint16_t current) {
  Program program;
  write_blocks(program, false);
  for (std::uint32_t n = 0; n < AtomicNeuron::kCount; ++n) {
    AtomicNeuron const neuron{n};
    auto const cell = [&](reg::NeuronCell parameter, std::uint32_t value) {
      program.write(reg::cell(parameter, neuron),
                    reg::CapMemCell{.value = static_cast<std::uint16_t>(value)});
    };
    cell(reg::NeuronCell::kVLeak, 214);
    cell(reg::NeuronCell::kVReset, 214);
    cell(reg::NeuronCell::kVThreshold, 322);
    cell(reg::NeuronCell::kIBiasLeak, 71 + n % 20);
    cell(reg::NeuronCell::kIBiasSyninExcTau, 128);
    cell(reg::NeuronCell::kIBiasSyninInhTau, 128);
    cell(reg::NeuronCell::kIMemOffset, current);
    reg::NeuronConfig config;
    config.membrane_capacitor_size = 63;
    config.enable_membrane_offset = true;
    config.enable_fire = true;
    config.enable_threshold_comparator = true;
    program.write(reg::NeuronConfigOnDLS(neuron), config);
    reg::NeuronBackendConfig backend;
    backend.address_out = static_cast<std::uint8_t>(n % 64);
    backend.refractory_time = 40;
    backend.enable_spike_out = true;
    program.write(reg::NeuronBackendConfigOnDLS(neuron), backend);
  }
  program.barrier(ut::kBarrierOmnibus);
  program.append(pause(70'000));
  return program;
}

void BM_Counter(benchmark::State& state) {
  for (auto _ : state) state.SetIterationTime(counter_seconds() * kMillion);
  state.counters["Mclk_per_cpu_s"] = 1e-6 / counter_seconds();
  state.counters["ratio"] = 1;
}
BENCHMARK(BM_Counter)->UseManualTime()->Iterations(1);

/// Nothing configured: no neuron does anything.
void idle(benchmark::State& state, std::string const& uri) {
  System system(uri);
  measure(state, system, pause(kMillion));
}

/// 120 configured neurons, no events.
void configured(benchmark::State& state, std::string const& uri) {
  host::Lowered const lowered = must(host::lower(load(5, 1, 1)));
  System system(uri);
  system.run(init_program(InitOptions::for_model()));
  system.run(lowered.configuration);
  measure(state, system, pause(kMillion));
}

/// 512 neurons that fire with about 100 kHz each, all spikes recorded: 6.2 LSB/us, so they cross the 45 LSB to the threshold in 9.3 to
/// 10.2 us.
void firing(benchmark::State& state, std::string const& uri) {
  System system(uri);
  system.run(init_program(InitOptions::for_model()));
  system.run(driven_neurons(620));
  measure(state, system, pause(kMillion / 10));
}

/// 512 neurons on their way from reset to a voltage below their threshold: each step computes all of them, none fires.
void awake(benchmark::State& state, std::string const& uri) {
  constexpr std::uint32_t kAwake =
      8000;  // four time constants; after about six the first ones would rest
  System system(uri);
  system.run(init_program(InitOptions::for_model()));
  system.run(driven_neurons(200));
  Program program;
  write_blocks(program, true);
  program.barrier(ut::kBarrierOmnibus);
  program.append(pause(100));
  write_blocks(program, false);
  program.barrier(ut::kBarrierOmnibus);
  program.append(pause(kAwake));
  measure(state, system, program);
}

void add(std::string const& name, std::function<void(benchmark::State&)> run) {
  benchmark::RegisterBenchmark(name.c_str(), std::move(run))
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
}

void add_all() {
  Registry registry;
  sim::add_targets(registry);
  for (std::string const& scheme : registry.schemes()) {
    std::string const uri = scheme + ":";
    add(scheme + "/idle", [uri](auto& state) { idle(state, uri); });
    add(scheme + "/configured_idle", [uri](auto& state) { configured(state, uri); });
    // 100 input spikes in 60 us from 5 or 25 sources.
    add(scheme + "/yin_yang_5", [uri](auto& state) { measure_load(state, uri, 5, 100); });
    add(scheme + "/yin_yang_25", [uri](auto& state) { measure_load(state, uri, 25, 100); });
    // An input spike in every tenth clock.
    add(scheme + "/ten_percent", [uri](auto& state) { measure_load(state, uri, 25, 750); });
    add(scheme + "/512_awake", [uri](auto& state) { awake(state, uri); });
    add(scheme + "/512_at_100_kHz", [uri](auto& state) { firing(state, uri); });
  }
}

}  // namespace
}  // namespace hx

int main(int argc, char** argv) {
  hx::add_all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
