// Simulated clocks per second of the neuron array (and of the coefficient unit at rest) on one core, and the share of what a
// Verilated model that only counts reaches in the same run.
#include <benchmark/benchmark.h>

#include <array>
#include <cstring>
#include <ctime>
#include <memory>
#include <random>
#include <vector>

#include "Vbench_coefficient_unit.h"
#include "Vbench_neuron_array.h"
#include "Vhx_counter.h"
#include "tests/fpga_model/neuron/array_harness.h"
#include "tests/fpga_model/neuron/neuron_reference.h"

namespace {

constexpr std::size_t kPeriod = 4800;  // clocks of prepared stimulus: 300 steps
constexpr std::size_t kWords = 32 * 12 / 32;

double counter_clocks_per_second() {
  static double const result = [] {
    Vhx_counter model;
    double best = 0;
    for (int repeat = 0; repeat < 5; ++repeat) {
      constexpr int kClocks = 4'000'000;
      std::clock_t const start = std::clock();  // CPU time, as in the rates of the benchmarks
      for (int k = 0; k < kClocks; ++k) {
        model.clk_i = 1;
        model.eval();
        model.clk_i = 0;
        model.eval();
      }
      double const time = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
      benchmark::DoNotOptimize(model.count_o);
      best = std::max(best, kClocks / time);
    }
    return best;
  }();
  return result;
}

void report(benchmark::State& state, std::size_t clocks_per_iteration) {
  double const clocks =
      static_cast<double>(state.iterations()) * static_cast<double>(clocks_per_iteration);
  state.counters["clocks/s"] = benchmark::Counter(clocks, benchmark::Counter::kIsRate);
  state.counters["of_counter"] =
      benchmark::Counter(clocks / counter_clocks_per_second(), benchmark::Counter::kIsRate);
}

/// What is at the charge ports in one clock.
struct Charges {
  bool any = false;
  std::array<std::uint32_t, kWords> exc{}, inh{};

  void add(std::size_t lane, int exc_charge, int inh_charge) {
    any = true;
    hx::test::set_bits(exc, static_cast<int>(12 * lane), 12,
                       static_cast<std::uint64_t>(exc_charge));
    hx::test::set_bits(inh, static_cast<int>(12 * lane), 12,
                       static_cast<std::uint64_t>(inh_charge));
  }
};

class Bench {
 public:
  explicit Bench(bool active) {
    model_.rst_ni = 0;
    model_.enable_clocks_i = 3;
    model_.clock_scale_slow_i = 0x22;
    for (int k = 0; k < 20; ++k) clock();
    model_.rst_ni = 1;
    if (active) {
      for (int circuit = 0; circuit < 512; ++circuit) configure(circuit);
    }
    model_.run_i = 1;
  }

  /// Runs the stimulus once; spikes are taken as the chip would.
  std::uint64_t run(std::vector<Charges> const& stimulus) {
    std::uint64_t spikes = 0;
    std::uint8_t slot = 0;
    for (Charges const& c : stimulus) {
      model_.slot_i = slot;
      slot = (slot + 1) & 15;
      model_.charge_any_i = c.any;
      if (c.any) {
        std::memcpy(&model_.charge_exc_i[0], c.exc.data(), sizeof(c.exc));
        std::memcpy(&model_.charge_inh_i[0], c.inh.data(), sizeof(c.inh));
      }
      clock();
      if (model_.spike_any_o)
        spikes += static_cast<std::uint64_t>(__builtin_popcount(model_.spike_o));
    }
    return spikes;
  }

 private:
  void clock() {
    model_.clk_i = 1;
    model_.eval();
    model_.clk_i = 0;
    model_.eval();
  }

  void configure(int circuit) {
    auto const place = static_cast<std::uint16_t>(circuit);
    model_.coef_we_i = 1;
    model_.coef_circuit_i = place;
    hx::test::set_coefficients(model_.coef_i, hx::test::nearest({}));
    model_.ncfg_we_i = 1;
    model_.ncfg_circuit_i = place;
    model_.ncfg_word_i = 6;
    model_.ncfg_data_i = 0x3c;  // fire, threshold, both synaptic inputs
    model_.nbe_we_i = 1;
    model_.nbe_circuit_i = place;
    model_.nbe_word_i = 1;
    model_.nbe_data_i = 0xcd;  // refractory time 32..47 ticks, hold-off 12..15
    clock();
    model_.coef_we_i = 0;
    model_.ncfg_we_i = 0;
    model_.nbe_we_i = 0;
  }

  Vbench_neuron_array model_;
};

void run(benchmark::State& state, bool active, std::vector<Charges> const& stimulus) {
  Bench bench(active);
  std::uint64_t spikes = 0;
  bench.run(stimulus);  // past the first updates; without input everything is asleep
  for (auto _ : state) spikes += bench.run(stimulus);
  report(state, stimulus.size());
  state.counters["spikes/step"] =
      static_cast<double>(spikes) /
      (static_cast<double>(state.iterations()) * static_cast<double>(stimulus.size()) / 16);
}

void BM_Counter(benchmark::State& state) {
  Vhx_counter model;
  for (auto _ : state) {
    model.clk_i = 1;
    model.eval();
    model.clk_i = 0;
    model.eval();
  }
  report(state, 1);
}
BENCHMARK(BM_Counter);

/// Configured, at rest: all slots sleep.
void BM_Idle(benchmark::State& state) {
  run(state, true, std::vector<Charges>(kPeriod));
}
BENCHMARK(BM_Idle);

/// 120 neurons, 100 input spikes per 60 us that reach all of them.
void BM_YinYang(benchmark::State& state) {
  std::mt19937 random(1);
  std::vector<Charges> stimulus(kPeriod);
  for (std::size_t spike = 0; spike < kPeriod / 75; ++spike) {
    for (std::size_t column = 0; column < 120; ++column) {
      std::size_t const clock = (spike * 75 / 16) * 16 + 15 - column % 16;
      int const w = static_cast<int>(random() % 64);
      bool const inhibitory = random() % 2;
      stimulus[clock].add(column / 16, inhibitory ? 0 : w, inhibitory ? w : 0);
    }
  }
  run(state, true, stimulus);
}
BENCHMARK(BM_YinYang);

/// All 512 neurons get charges in every step and fire about every 7 us.
void BM_Dense(benchmark::State& state) {
  std::mt19937 random(1);
  std::vector<Charges> stimulus(kPeriod);
  for (Charges& c : stimulus) {
    for (std::size_t lane = 0; lane < 32; ++lane)
      c.add(lane, static_cast<int>(random() % 28), static_cast<int>(random() % 12));
  }
  run(state, true, stimulus);
}
BENCHMARK(BM_Dense);

/// The coefficient unit after its round.
void BM_CoefficientUnitAtRest(benchmark::State& state) {
  Vbench_coefficient_unit model;
  auto const clock = [&] {
    model.clk_i = 1;
    model.eval();
    model.clk_i = 0;
    model.eval();
  };
  model.rst_ni = 0;
  clock();
  model.rst_ni = 1;
  for (int k = 0; k < 2 * 512 * 64; ++k) clock();
  for (auto _ : state) clock();
  report(state, 1);
}
BENCHMARK(BM_CoefficientUnitAtRest);

}  // namespace

BENCHMARK_MAIN();
