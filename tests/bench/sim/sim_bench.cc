// Clocks per second of the complete simulated system (FPGA, link, chip), as `sim:` runs it.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "driver/device/program.h"
#include "driver/ut/to_fpga.h"
#include "sim/rtl/rtl.h"
#include "tests/fpga_model/chip/chip_setup.h"

namespace hx::sim {
namespace {

constexpr std::uint32_t kClocks = 50000;

// What test::configure_network writes, as instructions.
struct Writer {
  Program& program;
  void post_write(std::uint32_t address, std::uint32_t data) { program.write(address, data); }
};

void run(Model& model, Program const& program) {
  std::vector<std::uint64_t> words(program.words().begin(), program.words().end());
  words.push_back(ut::halt());
  model.fill(words);
  std::vector<std::uint64_t> out;
  while (!model.run(4096).run_ended) {
    model.take(out);
    out.clear();
  }
  model.take(out);
}

// Time only; one input event per `every` clocks (0: none).
Program stimulus(std::uint32_t every) {
  Program program;
  std::mt19937 random(1);
  program.setup_timer();
  if (every != 0) {
    for (std::uint32_t t = every; t < kClocks; t += every) {
      if (every > 1) program.wait_until(FpgaCycles{t - 1});
      std::uint16_t const label = static_cast<std::uint16_t>((random() & 1) << 6 | (random() & 31));
      program.events(std::vector<std::uint16_t>{label});
    }
  }
  program.wait_until(FpgaCycles{kClocks});
  return program;
}

void idle(benchmark::State& state) {
  std::unique_ptr<Model> const model = make_rtl_model();
  Program const program = stimulus(0);
  for (auto _ : state) run(*model, program);
  state.SetItemsProcessed(static_cast<std::int64_t>(model->clocks()));
}
BENCHMARK(idle);

// Argument: clocks between two input events.
void network(benchmark::State& state) {
  std::unique_ptr<Model> const model = make_rtl_model();
  Program setup;
  Writer writer{setup};
  setup.write(0x88000005u, 1);
  test::configure_network(writer);
  setup.setup_timer();
  setup.wait_until(FpgaCycles{70000});
  run(*model, setup);
  Program const program = stimulus(static_cast<std::uint32_t>(state.range(0)));
  std::uint64_t const before = model->clocks();
  for (auto _ : state) run(*model, program);
  state.SetItemsProcessed(static_cast<std::int64_t>(model->clocks() - before));
}
BENCHMARK(network)->Arg(0)->Arg(1000)->Arg(100)->Arg(30)->Arg(10)->Arg(1);

// Whole-chip configuration: accesses per second.
void configuration(benchmark::State& state) {
  std::unique_ptr<Model> const model = make_rtl_model();
  Program program;
  for (std::uint32_t i = 0; i < 50000; ++i) program.write(0x02cf0000u + i % 33024, i);
  for (auto _ : state) run(*model, program);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 50000);
}
BENCHMARK(configuration);

}  // namespace
}  // namespace hx::sim

BENCHMARK_MAIN();
