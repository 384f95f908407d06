// Table of the functions of one instruction set; internal to the kernels.
#pragma once

#include "python/kernels/kernels.h"

namespace hx::kernels {

// Each function works on a part: lanes or rows [begin, end).
template <class F>
struct Functions {
  void (*neuron_forward)(NeuronCall<F> const&, std::size_t begin, std::size_t end);
  void (*neuron_backward)(NeuronCall<F> const&, std::size_t begin, std::size_t end);
  void (*eventprop_forward)(EventPropCall<F> const&, std::size_t begin, std::size_t end);
  void (*eventprop_backward)(EventPropCall<F> const&, std::size_t begin, std::size_t end);
  // `padded`: the matrix with rows of `width` numbers, a multiple of padding().
  void (*product)(ProductCall<F> const&, F const* padded, std::size_t width, std::size_t begin,
                  std::size_t end);
  // Adds to `sum` (inputs, width).
  void (*weight_gradient)(F const* g, F const* x, F* sum, std::size_t width, std::size_t outputs,
                          std::size_t inputs, std::size_t begin, std::size_t end);
};

struct Table {
  char const* name;
  Functions<float> single;
  Functions<double> twice;
};

// Numbers to which padded rows are rounded up: one register of the widest instruction set.
template <class F>
constexpr std::size_t kPadding = 64 / sizeof(F);

extern Table const kTableV1;
extern Table const kTableV3;
extern Table const kTableV4;

}  // namespace hx::kernels
