// Kernels against the bare loop and memcpy, measured in the same run; CPU time of one thread.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <vector>

#include "python/kernels/kernels.h"
#include "tests/bench/kernels/bare_loop.h"
#include "tests/bench/memcpy_limit.h"

namespace hx::bench {
namespace {

// Best CPU seconds of 20 runs.
double best_of(auto&& work) {
  double best = 1e9;
  for (int k = 0; k < 20; ++k) best = std::min(best, cpu_seconds_of(work));
  return best;
}

// Yin-yang network, forward and backward, as hxtorch calls the kernels.
struct KernelNetwork {
  BareNetwork& data;
  std::size_t rows, size, out;
  std::vector<float> w1, g1, y1, gx1, gz, y2, gx2, gw1, gw2;
  kernels::NeuronCall<float> lif, li;

  explicit KernelNetwork(BareNetwork& from)
      : data(from),
        rows(from.steps * from.batch),
        size(rows * kHidden),
        out(rows * kOutputs),
        y1(size),
        gx1(size),
        gz(size),
        y2(out),
        gx2(out),
        gw1(kHidden * kInputs),
        gw2(kOutputs * kHidden) {
    float const rate = 1.F / 6;
    lif.steps = li.steps = from.steps;
    lif.lanes = from.batch * kHidden;
    li.lanes = from.batch * kOutputs;
    lif.flags = kernels::kFire | kernels::kRefractory;
    lif.alpha = 150;
    lif.coefficients = {rate, 1, 0, 1, 0, 1 - rate, 1, 0, 0, 1, 0, 0, 0, 1};
    li.coefficients = lif.coefficients;
    lif.x = y1.data();
    lif.v = data.v.data();
    lif.i = data.i.data();
    lif.z = data.z.data();
    lif.slope = data.slope.data();
    lif.grad_z = gz.data();
    lif.grad_x = gx1.data();
    li.x = y2.data();
    li.v = data.out_v.data();
    li.i = data.out_i.data();
    li.grad_v = data.upstream.data();
    li.grad_x = gx2.data();
  }

  void forward() {
    kernels::product<float>(
        {rows, kInputs, kHidden, data.x.data(), data.w1.data(), kHidden, 1, y1.data()}, 1);
    kernels::neuron_forward(lif, 1);
    kernels::product<float>(
        {rows, kHidden, kOutputs, data.z.data(), data.w2.data(), 1, kHidden, y2.data()}, 1);
    kernels::neuron_forward(li, 1);
  }
  void backward() {
    kernels::neuron_backward(li, 1);
    kernels::weight_gradient(gx2.data(), data.z.data(), gw2.data(), rows, kOutputs, kHidden, 1);
    kernels::product<float>(
        {rows, kOutputs, kHidden, gx2.data(), data.w2.data(), kHidden, 1, gz.data()}, 1);
    kernels::neuron_backward(lif, 1);
    kernels::weight_gradient(gx1.data(), data.x.data(), gw1.data(), rows, kHidden, kInputs, 1);
  }
};

void yinyang(benchmark::State& state, char const* instruction_set) {
  if (!kernels::force_instruction_set(instruction_set)) {
    state.SkipWithError("this machine does not have it");
    return;
  }
  BareNetwork bare(static_cast<std::size_t>(state.range(1)),
                   static_cast<std::size_t>(state.range(0)));
  KernelNetwork network(bare);
  double const limit = best_of([&] {
    bare.forward();
    bare.backward();
  });
  double const forward = best_of([&] { network.forward(); });
  double const backward = best_of([&] { network.backward(); });
  for (auto _ : state) {
    network.forward();
    network.backward();
    benchmark::ClobberMemory();
  }
  state.counters["forward_ms"] = 1e3 * forward;
  state.counters["backward_ms"] = 1e3 * backward;
  state.counters["bare_ms"] = 1e3 * limit;
  state.counters["of_bare"] = (forward + backward) / limit;
}
BENCHMARK_CAPTURE(yinyang, sse2, "x86-64")->Args({50, 60})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(yinyang, avx2, "x86-64-v3")->Args({50, 60})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(yinyang, avx512, "x86-64-v4")
    ->Args({50, 60})
    ->Args({100, 100})
    ->Unit(benchmark::kMillisecond);

// Neurons alone: four arrays written, one read; against memcpy of the same bytes.
void neurons(benchmark::State& state) {
  BareNetwork bare(60, static_cast<std::size_t>(state.range(0)));
  KernelNetwork network(bare);
  network.forward();
  for (auto _ : state) {
    kernels::neuron_forward(network.lif, 1);
    benchmark::ClobberMemory();
  }
  double const seconds = best_of([&] { kernels::neuron_forward(network.lif, 1); });
  std::vector<std::uint64_t> words(network.size * 5 /
                                   4);  // 5 arrays of floats, copied: read + written
  double const limit = static_cast<double>(words.size() * 8) / memcpy_rate(words);
  state.counters["ns/step"] = 1e9 * seconds / static_cast<double>(network.size);
  state.counters["of_memcpy"] = seconds / limit;
}
BENCHMARK(neurons)->Arg(50)->Arg(500)->Unit(benchmark::kMillisecond);

// Rows of `inputs` numbers, `percent` of them spikes, into 256 sums.
void products(benchmark::State& state) {
  std::size_t const rows = 3000, inputs = 256, outputs = 256;
  std::vector<float> x(rows * inputs), weight(inputs * outputs, 0.5F), y(rows * outputs),
      g(y.size(), 1.F);
  unsigned random = 1;
  for (auto& value : x) {
    random = random * 1664525U + 1013904223U;
    value = static_cast<long>((random >> 8) % 100) < state.range(0) ? 1.F : 0.F;
  }
  for (auto _ : state) {
    kernels::product<float>({rows, inputs, outputs, x.data(), weight.data(), outputs, 1, y.data()},
                            1);
    benchmark::ClobberMemory();
  }
  std::vector<float> grad(weight.size());
  double const gradient = best_of(
      [&] { kernels::weight_gradient(g.data(), x.data(), grad.data(), rows, outputs, inputs, 1); });
  double const product = best_of([&] {
    kernels::product<float>({rows, inputs, outputs, x.data(), weight.data(), outputs, 1, y.data()},
                            1);
  });
  double const work = 2. * static_cast<double>(rows * inputs * outputs);
  state.counters["dense_GFLOP/s"] = 1e-9 * work / product;
  state.counters["gradient_GFLOP/s"] = 1e-9 * work / gradient;
}
BENCHMARK(products)->Arg(1)->Arg(5)->Arg(100)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hx::bench

BENCHMARK_MAIN();
