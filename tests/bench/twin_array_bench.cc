// The arrays of the functional model: time of the neuron step per clock of 8 ns (16 clocks per step), time of an event.
//
// "of limit" is a ratio to what this computer needs in the same run for copying the memory that the step must touch at least: state and
// coefficients of all circuits, which no way of computing the step can do without.
#include <benchmark/benchmark.h>

#include <cstring>
#include <memory>
#include <random>

#include "sim/twin/arrays.h"

namespace hx::sim {
namespace {

enum class Kind { kPlain, kCoba, kAdex, kMerged };

Coefficients coefficients(Kind kind, unsigned circuit, bool is_driven) {
  Coefficients k{.d_mem = 3335,
                 .d_exc = 3335,
                 .d_inh = 3335,
                 .c_exc = 3334,
                 .c_inh = 3334,
                 .e_leak = 80 * 256,
                 .v_th = 125 * 256,
                 .v_reset = 80 * 256};
  // About 40 kHz of its own, so that nothing sleeps.
  if (is_driven) k.v_off = 2600;
  if (kind == Kind::kCoba) {
    k.k_exc = k.k_inh = 1000;
    k.e_exc = 120 * 256;
    k.e_inh = 60 * 256;
  }
  if (kind == Kind::kAdex) {
    k.adapt = true;
    k.d_w = 500;
    k.c_w = k.c_e = 3335;
    k.e_adapt = 80 * 256;
    k.v_exp = 120 * 256;
    k.a = 100;
    k.b = 50;
  }
  if (kind == Kind::kMerged) {
    // Pairs of neighbours.
    k.member = circuit % 2 == 1;
    k.node = !k.member;
    k.rep = static_cast<std::int32_t>(circuit & ~1U);
  }
  return k;
}

struct Neurons {
  explicit Neurons(StepCode const& code) : array(*charges, code) {}
  std::unique_ptr<Charges> charges = std::make_unique<Charges>();
  NeuronArray array;
};

std::unique_ptr<Neurons> make_neurons(StepCode const& code, Kind kind, bool is_driven,
                                      unsigned circuits = 512) {
  auto neurons = std::make_unique<Neurons>(code);
  std::memset(neurons->charges->switches, 0xff, sizeof neurons->charges->switches);
  for (unsigned block = 0; block < 2; ++block)
    neurons->array.write_block(block, {.enable_clocks = true, .scale_slow = 2, .scale_fast = 2}, 0);
  for (unsigned n = 0; n < circuits; ++n) {
    neurons->array.set_coefficients(n, coefficients(kind, n, is_driven), 0);
    neurons->array.write_neuron(n, 6, 0x3c, 0);
    neurons->array.write_backend(n, 1, 0xdf, 0);  // 32 ticks of 32 ns
    neurons->array.write_backend(n, 2, 0x7c, 0);
  }
  return neurons;
}

/// Copies as many bytes as the state and the coefficients of 512 plain circuits have. Result: ns per clock.
double limit_of_step() {
  static double const ns = [] {
    constexpr std::size_t kBytes = 512 * (4 + 9) * sizeof(std::int32_t);
    std::vector<char> from(kBytes, 1), to(kBytes);
    double best = 1e9;
    for (int k = 0; k < 20; ++k) {
      timespec a{}, b{};
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
      for (int n = 0; n < 1000; ++n) {
        std::memcpy(to.data(), from.data(), kBytes);
        benchmark::DoNotOptimize(to.data());
        benchmark::ClobberMemory();
      }
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
      best = std::min(best, (static_cast<double>(b.tv_sec - a.tv_sec) * 1e9 +
                             static_cast<double>(b.tv_nsec - a.tv_nsec)) /
                                16000);
    }
    return best;
  }();
  return ns;
}

double cpu_ns() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

/// `ns` of this thread for `clocks` clocks.
void report(benchmark::State& state, std::int64_t clocks, double ns) {
  state.counters["Mclocks/s"] = static_cast<double>(clocks) / ns * 1e3;
  state.counters["ns/clock"] = ns / static_cast<double>(clocks);
  state.counters["of limit"] = ns / static_cast<double>(clocks) / limit_of_step();
}

/// All 512 circuits awake; as the kernel does it: 13 slots at a time.
void dense(benchmark::State& state, StepCode const& code, Kind kind) {
  auto neurons = make_neurons(code, kind, true);
  Clock now = 64;
  neurons->array.catch_up(now);
  std::int64_t spikes = 0;
  double const start = cpu_ns();
  for (auto _ : state) {
    for (int k = 0; k < 1000; ++k) {
      now = neurons->array.next();
      neurons->array.catch_up(now);
      while (auto const s = neurons->array.take_spikes(now)) spikes += std::popcount(s->lanes);
    }
  }
  report(state, static_cast<std::int64_t>(now), cpu_ns() - start);
  state.counters["spikes/step"] = static_cast<double>(spikes) / (static_cast<double>(now) / 16);
}

/// Nothing to do: the time between two acts of somebody else, 1000 clocks apart.
void asleep(benchmark::State& state, StepCode const& code) {
  auto neurons = make_neurons(code, Kind::kPlain, false);
  Clock now = 100000;
  neurons->array.catch_up(now);
  if (neurons->array.next() != kNever) state.SkipWithError("it does not sleep");
  Clock const first = now;
  double const start = cpu_ns();
  for (auto _ : state) {
    now += 1000;
    neurons->array.catch_up(now);
    benchmark::DoNotOptimize(neurons->array.next());
  }
  report(state, static_cast<std::int64_t>(now - first), cpu_ns() - start);
}

/// Synapses of a quarter of all rows, labels of 64 sources per bus; neurons take the charges.
class Network {
 public:
  Network(unsigned columns, unsigned rows)
      : arrays_(std::make_unique<Arrays>(ArrayOptions{})), random_(1) {
    Clock const now = 0;
    for (unsigned h = 0; h < 2; ++h) {
      for (unsigned d = 0; d < rows / 2; ++d) {
        arrays_->write_driver(h, d, 0, static_cast<std::uint16_t>(0x8000 | 31 << 9), now);
        arrays_->write_driver(h, d, 1, 1 << 4 | 1 << 7, now);
      }
      for (unsigned row = 0; row < rows; ++row) {
        for (unsigned column = 0; column < columns; ++column) {
          unsigned const quad = 32 * (column % 2) + column / 8;
          unsigned const shift = 8 * (3 - column / 2 % 4);
          arrays_->write_synapses(h, 2 * row, quad, 0xffU << shift, (random_() % 8) << shift, now);
          arrays_->write_synapses(h, 2 * row + 1, quad, 0xffU << shift, (random_() % 4) << shift,
                                  now);
        }
      }
      for (unsigned quad = 0; quad < 64; ++quad)
        arrays_->write_synapses(h, 512, quad, ~0U, 0xc0c0c0c0, now);
    }
    for (unsigned n = 0; n < 512; ++n) {
      arrays_->neurons().set_coefficients(n, coefficients(Kind::kPlain, n, false), now);
      arrays_->write_neuron(n, 6, 0x3c, now);
      arrays_->write_backend(n, 1, 0xdf, now);
    }
    // The coefficient unit is at rest and has nothing that would overwrite the coefficients above.
    now_ = 2 * 64 * 64 + 600 * 64;
    arrays_->act(now_);
    for (unsigned n = 0; n < 512; ++n)
      arrays_->neurons().set_coefficients(n, coefficients(Kind::kPlain, n, false), now_);
  }

  /// Events on all eight busses in one of `every` clocks on average; result: events.
  std::int64_t run(std::int64_t clocks, unsigned every) {
    std::int64_t events = 0;
    Clock const end = now_ + static_cast<Clock>(clocks);
    Clock next_event = now_ + 1;
    while (now_ < end) {
      Clock const next = std::min(next_event, arrays_->next());
      now_ = std::max(now_ + 1, next);
      if (arrays_->next() <= now_) arrays_->act(now_);
      while (auto const s = arrays_->take_spikes(now_)) spikes_ += std::popcount(s->lanes);
      if (now_ < next_event) continue;
      std::uint32_t const r = static_cast<std::uint32_t>(random_());
      std::array<PadiEvent, 4> heads{};
      unsigned const bus = r & 3U;
      heads[bus].label = (r >> 4 & 7U) << 6 | (r >> 8 & 3U);
      arrays_->offer(r >> 3 & 1U, 1U << bus, heads, now_);
      ++events;
      next_event = now_ + 1 + (r >> 16) % (2 * every);
    }
    return events;
  }
  std::int64_t spikes() const { return spikes_; }
  Arrays& arrays() { return *arrays_; }
  Clock now() const { return now_; }

 private:
  std::unique_ptr<Arrays> arrays_;
  std::mt19937 random_;
  Clock now_ = 0;
  std::int64_t spikes_ = 0;
};

/// About 250 neurons of some layers (columns 0..127), an event per `every` clocks.
void yin_yang(benchmark::State& state) {
  Network network(128, 64);
  std::int64_t clocks = 0, events = 0;
  double const start = cpu_ns();
  for (auto _ : state) {
    events += network.run(10000, static_cast<unsigned>(state.range(0)));
    clocks += 10000;
  }
  report(state, clocks, cpu_ns() - start);
  state.counters["events/clock"] = static_cast<double>(events) / static_cast<double>(clocks);
  state.counters["spikes/step"] =
      static_cast<double>(network.spikes()) / (static_cast<double>(clocks) / 16);
}

/// Events alone, full width, one or both signs: time of one event.
void events(benchmark::State& state) {
  auto charges = std::make_unique<Charges>();
  SynapseArray array(0, *charges, {});
  std::mt19937 random(1);
  for (unsigned d = 0; d < 128; ++d) {
    array.write_driver(d, 0, static_cast<std::uint16_t>(0x8000 | 31 << 9), 0);
    array.write_driver(d, 1, state.range(0) == 1 ? 1 << 4 | 1 << 5 : 1 << 4 | 1 << 7, 0);
  }
  for (unsigned row = 0; row < 512; ++row) {
    for (unsigned quad = 0; quad < 64; ++quad)
      array.write_memory(row, quad, ~0U, row % 2 == 0 ? 0x01020408 : 0, 0);
  }
  Clock now = 1;
  double const start = cpu_ns();
  for (auto _ : state) {
    for (unsigned k = 0; k < 64; ++k) {
      std::array<PadiEvent, 4> heads{};
      heads[k % 4].label = (k / 4) << 6;
      benchmark::DoNotOptimize(array.offer(1U << k % 4, heads, now));
    }
    now += 64;
    if (now % 4096 == 1) {
      for (auto& bank : charges->banks) Charges::clear(bank);
    }
  }
  state.counters["ns/event"] = (cpu_ns() - start) / static_cast<double>(state.iterations() * 64);
}

void add(std::string const& name, StepCode const& code) {
  for (auto const& [kind, text] :
       {std::pair{Kind::kPlain, "plain"}, std::pair{Kind::kCoba, "coba"},
        std::pair{Kind::kAdex, "adex"}, std::pair{Kind::kMerged, "merged_pairs"}}) {
    Kind const k = kind;
    benchmark::RegisterBenchmark(("dense/" + name + "/" + text).c_str(),
                                 [code, k](benchmark::State& state) { dense(state, code, k); })
        ->MinTime(0.2);
  }
  benchmark::RegisterBenchmark(("asleep/" + name).c_str(), [code](benchmark::State& state) {
    asleep(state, code);
  })->MinTime(0.1);
}

BENCHMARK(yin_yang)->Arg(1)->Arg(4)->Arg(16)->Arg(256)->MinTime(0.2);
BENCHMARK(events)->Arg(1)->Arg(2)->MinTime(0.1);

}  // namespace
}  // namespace hx::sim

int main(int argc, char** argv) {
  hx::sim::add("avx2", hx::sim::step_code_v3());
  if (hx::sim::has_step_code_v4()) hx::sim::add("avx512", hx::sim::step_code_v4());
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
