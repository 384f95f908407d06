// Clocks per second of the complete chip (hx_chip alone, driven at its ports).
#include <benchmark/benchmark.h>

#include <random>

#include "Vchip_full.h"
#include "tests/fpga_model/chip/chip_harness.h"
#include "tests/fpga_model/chip/chip_setup.h"

namespace hx::test {
namespace {

// One clock of a free running chip: no accesses, a label now and then.
class Runner {
 public:
  explicit Runner(Chip<Vchip_full>& chip) : chip_(chip) {}
  void run(unsigned clocks, unsigned label_every, std::mt19937& random) {
    Vchip_full& m = chip_.model();
    m.ob_valid_i = 0;
    for (unsigned i = 0; i < clocks; ++i) {
      if (label_every != 0 && i % label_every == 0) {
        m.ev_valid_i = 1;
        // One of 128 sources: row select and label, all drivers of a bus listen to their own row select.
        m.ev_label_i = static_cast<SData>((random() & 1) << 6 | (random() & 31));
      } else {
        m.ev_valid_i = 0;
      }
      m.clk_i = 0;
      m.eval();
      m.clk_i = 1;
      m.eval();
    }
  }

 private:
  Chip<Vchip_full>& chip_;
};

constexpr unsigned kClocks = 20000;

void idle(benchmark::State& state) {
  Chip<Vchip_full> chip;
  std::mt19937 random(1);
  for (auto _ : state) Runner(chip).run(kClocks, 0, random);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * kClocks);
}
BENCHMARK(idle);

// Argument: clocks between two input events.
void network(benchmark::State& state) {
  Chip<Vchip_full> chip;
  configure_network(chip);
  chip.finish();
  chip.run(70000);
  std::mt19937 random(1);
  for (auto _ : state) Runner(chip).run(kClocks, static_cast<unsigned>(state.range(0)), random);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * kClocks);
  double spikes = 0;
  for (unsigned column = 0; column < 123; ++column) spikes += chip.read(spike_count(0, column));
  state.counters["spikes"] = spikes;
}
BENCHMARK(network)->Arg(0)->Arg(1000)->Arg(100)->Arg(30)->Arg(10)->Arg(1);

}  // namespace
}  // namespace hx::test

BENCHMARK_MAIN();
