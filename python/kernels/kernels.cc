#include "python/kernels/kernels.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <vector>

#include "python/kernels/table.h"
#include "python/kernels/workers.h"

namespace hx::kernels {
namespace {

// Below this many neuron steps a second thread costs more than it brings: the arrays of a call still fit into
// the cache of the first one.
constexpr std::size_t kParallelSteps = 4'000'000;

Table const* best() {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512cd")) {
    return &kTableV4;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("bmi2")) {
    return &kTableV3;
  }
  return &kTableV1;
}

std::atomic<Table const*>& chosen() {
  static std::atomic<Table const*> table{best()};
  return table;
}

template <class F>
Functions<F> const& functions() {
  Table const& table = *chosen().load(std::memory_order_relaxed);
  if constexpr (sizeof(F) == sizeof(float)) {
    return table.single;
  } else {
    return table.twice;
  }
}

// Splits [0, count) into parts of a multiple of `grain` and calls function(begin, end).
template <class Function>
void split(std::size_t count, std::size_t grain, std::size_t work, unsigned threads,
           Function const& function) {
  if (threads < 2 || work < kParallelSteps) return function(std::size_t{0}, count);
  std::size_t const grains = (count + grain - 1) / grain;
  std::size_t const parts = std::min<std::size_t>(grains, 4 * threads);
  run_parts(parts, threads, [&](std::size_t part) {
    function(part * grains / parts * grain, std::min(count, (part + 1) * grains / parts * grain));
  });
}

constexpr std::size_t kLaneGrain = 512;
constexpr std::size_t kRowGrain = 16;

template <class F>
std::size_t padded(std::size_t count) {
  return (count + kPadding<F> - 1) / kPadding<F> * kPadding<F>;
}

}  // namespace

template <class F>
void neuron_forward(NeuronCall<F> const& call, unsigned threads) {
  split(
      call.lanes, kLaneGrain, call.steps * call.lanes, threads,
      [&](std::size_t begin, std::size_t end) { functions<F>().neuron_forward(call, begin, end); });
}

template <class F>
void neuron_backward(NeuronCall<F> const& call, unsigned threads) {
  split(call.lanes, kLaneGrain, call.steps * call.lanes, threads,
        [&](std::size_t begin, std::size_t end) {
          functions<F>().neuron_backward(call, begin, end);
        });
}

template <class F>
void eventprop_forward(EventPropCall<F> const& call, unsigned threads) {
  if (call.steps == 0) return;
  split(call.lanes, kLaneGrain, call.steps * call.lanes, threads,
        [&](std::size_t begin, std::size_t end) {
          functions<F>().eventprop_forward(call, begin, end);
        });
}

template <class F>
void eventprop_backward(EventPropCall<F> const& call, unsigned threads) {
  split(call.lanes, kLaneGrain, call.steps * call.lanes, threads,
        [&](std::size_t begin, std::size_t end) {
          functions<F>().eventprop_backward(call, begin, end);
        });
}

template <class F>
void product(ProductCall<F> const& call, unsigned threads) {
  if (call.rows == 0 || call.outputs == 0) return;
  std::size_t const width = padded<F>(call.outputs);
  std::vector<F> matrix(call.inputs * width, F(0));
  for (std::size_t k = 0; k < call.inputs; ++k) {
    F const* const from = call.weight + k * call.step_in;
    F* const to = matrix.data() + k * width;
    for (std::size_t n = 0; n < call.outputs; ++n) to[n] = from[n * call.step_out];
  }
  split(call.rows, kRowGrain, call.rows * std::max(call.inputs, call.outputs), threads,
        [&](std::size_t begin, std::size_t end) {
          functions<F>().product(call, matrix.data(), width, begin, end);
        });
}

template <class F>
void weight_gradient(F const* g, F const* x, F* grad, std::size_t rows, std::size_t outputs,
                     std::size_t inputs, unsigned threads) {
  std::size_t const width = padded<F>(outputs);
  bool const parallel = threads > 1 && rows * std::max(inputs, outputs) >= kParallelSteps;
  // The number of partial sums does not depend on who computes them: equal results in every run.
  std::size_t const parts = parallel ? std::min<std::size_t>(threads, 8) : 1;
  std::vector<F> sums(parts * inputs * width, F(0));
  run_parts(parts, threads, [&](std::size_t part) {
    functions<F>().weight_gradient(g, x, sums.data() + part * inputs * width, width, outputs,
                                   inputs, part * rows / parts, (part + 1) * rows / parts);
  });
  for (std::size_t n = 0; n < outputs; ++n) {
    for (std::size_t k = 0; k < inputs; ++k) {
      F total = 0;
      for (std::size_t part = 0; part < parts; ++part)
        total += sums[(part * inputs + k) * width + n];
      grad[n * inputs + k] = total;
    }
  }
}

char const* instruction_set() {
  return chosen().load()->name;
}

bool force_instruction_set(char const* name) {
  Table const* const top = best();
  for (Table const* table : {&kTableV1, &kTableV3, &kTableV4}) {
    if (std::strcmp(table->name, name) == 0) {
      chosen() = table;
      return true;
    }
    if (table == top) break;
  }
  return false;
}

#define HX_INSTANTIATE(F)                                                                      \
  template void neuron_forward(NeuronCall<F> const&, unsigned);                                \
  template void neuron_backward(NeuronCall<F> const&, unsigned);                               \
  template void eventprop_forward(EventPropCall<F> const&, unsigned);                          \
  template void eventprop_backward(EventPropCall<F> const&, unsigned);                         \
  template void product(ProductCall<F> const&, unsigned);                                      \
  template void weight_gradient(F const*, F const*, F*, std::size_t, std::size_t, std::size_t, \
                                unsigned)
HX_INSTANTIATE(float);
HX_INSTANTIATE(double);

}  // namespace hx::kernels
