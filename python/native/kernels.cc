// Python bindings of the mock kernels (hxtorch._native.kernels).
//
// Tensors come as addresses: the caller (hxtorch/spiking/functional/kernels.py) has checked type, device, shape
// and contiguity. Results are numpy arrays on memory that is kept between batches.
#include "python/native/kernels.h"

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <utility>
#include <vector>

#include "python/kernels/buffers.h"
#include "python/kernels/kernels.h"

namespace py = pybind11;

namespace hx::python {
namespace {

using Address = std::uintptr_t;
using Shape = std::vector<py::ssize_t>;

template <class F>
F* at(Address address) {
  return reinterpret_cast<F*>(address);  // NOLINT: addresses of torch tensors
}

template <class F>
std::pair<py::array_t<F>, F*> new_array(Shape const& shape) {
  std::size_t count = 1;
  for (auto const size : shape) count *= static_cast<std::size_t>(size);
  void* const memory = kernels::take_buffer(count * sizeof(F));
  if (memory == nullptr) throw std::bad_alloc();
  py::capsule const owner(memory, [](void* used) { kernels::return_buffer(used); });
  auto* const numbers = static_cast<F*>(memory);
  return {py::array_t<F>(shape, numbers, owner), numbers};
}

template <class F, std::size_t kCount>
std::array<F, kCount> numbers(std::vector<double> const& given) {
  if (given.size() != kCount) throw std::invalid_argument("wrong number of coefficients");
  std::array<F, kCount> result{};
  std::transform(given.begin(), given.end(), result.begin(),
                 [](double value) { return static_cast<F>(value); });
  return result;
}

template <class F>
kernels::NeuronCall<F> neuron_call(Shape const& shape, unsigned flags, double alpha,
                                   std::vector<double> const& coefficients, Address per_lane,
                                   Address v_hw, Address z_hw, Address w_hw) {
  kernels::NeuronCall<F> call;
  call.steps = static_cast<std::size_t>(shape.at(0));
  call.lanes = static_cast<std::size_t>(shape.at(1) * shape.at(2));
  call.flags = flags;
  call.alpha = static_cast<F>(alpha);
  call.coefficients = numbers<F, kernels::kCoefficients>(coefficients);
  call.per_lane = at<F>(per_lane);
  call.v_hw = at<F>(v_hw);
  call.z_hw = at<F>(z_hw);
  call.w_hw = at<F>(w_hw);
  return call;
}

template <class F>
py::tuple neuron_forward(Address x, Shape const& shape, unsigned flags, double alpha,
                         std::vector<double> const& coefficients, Address per_lane, Address v_hw,
                         Address z_hw, Address w_hw, bool for_backward, unsigned threads) {
  auto call = neuron_call<F>(shape, flags, alpha, coefficients, per_lane, v_hw, z_hw, w_hw);
  call.x = at<F>(x);
  bool const fire = (flags & kernels::kFire) != 0;
  py::object results[5] = {py::none(), py::none(), py::none(), py::none(), py::none()};
  auto const make = [&](std::size_t which, F*& pointer) {
    auto [array, memory] = new_array<F>(shape);
    results[which] = std::move(array);
    pointer = memory;
  };
  make(0, call.v);
  make(1, call.i);
  if ((flags & (kernels::kSubthreshold | kernels::kSpikeTriggered)) != 0) make(2, call.w);
  if (fire) make(3, call.z);
  if (fire && for_backward) make(4, call.slope);
  {
    py::gil_scoped_release release;
    kernels::neuron_forward(call, threads);
  }
  return py::make_tuple(results[0], results[1], results[2], results[3], results[4]);
}

template <class F>
py::array_t<F> neuron_backward(Shape const& shape, unsigned flags,
                               std::vector<double> const& coefficients, Address per_lane,
                               Address v_hw, Address v, Address z, Address slope, Address grad_v,
                               Address grad_i, Address grad_w, Address grad_z, unsigned threads) {
  auto call = neuron_call<F>(shape, flags, 0., coefficients, per_lane, v_hw, 0, 0);
  call.v = at<F>(v);
  call.z = at<F>(z);
  call.slope = at<F>(slope);
  call.grad_v = at<F>(grad_v);
  call.grad_i = at<F>(grad_i);
  call.grad_w = at<F>(grad_w);
  call.grad_z = at<F>(grad_z);
  auto [array, memory] = new_array<F>(shape);
  call.grad_x = memory;
  {
    py::gil_scoped_release release;
    kernels::neuron_backward(call, threads);
  }
  return array;
}

template <class F>
kernels::EventPropCall<F> eventprop_call(Shape const& shape,
                                         std::vector<double> const& coefficients,
                                         Address per_lane) {
  kernels::EventPropCall<F> call;
  call.steps = static_cast<std::size_t>(shape.at(0));
  call.lanes = static_cast<std::size_t>(shape.at(1) * shape.at(2));
  call.coefficients = numbers<F, kernels::kEventPropCoefficients>(coefficients);
  call.per_lane = at<F>(per_lane);
  return call;
}

template <class F>
py::tuple eventprop_forward(Address x, Shape const& shape, std::vector<double> const& coefficients,
                            Address per_lane, unsigned threads) {
  auto call = eventprop_call<F>(shape, coefficients, per_lane);
  call.x = at<F>(x);
  auto [z, z_memory] = new_array<F>(shape);
  auto [v, v_memory] = new_array<F>(shape);
  auto [i, i_memory] = new_array<F>(shape);
  call.z = z_memory;
  call.v = v_memory;
  call.i = i_memory;
  {
    py::gil_scoped_release release;
    kernels::eventprop_forward(call, threads);
  }
  return py::make_tuple(z, v, i);
}

template <class F>
py::array_t<F> eventprop_backward(Address grad_z, Address z, Address i, Shape const& shape,
                                  std::vector<double> const& coefficients, Address per_lane,
                                  unsigned threads) {
  auto call = eventprop_call<F>(shape, coefficients, per_lane);
  call.grad_z = at<F>(grad_z);
  call.z = at<F>(z);
  call.i = at<F>(i);
  Shape both{2};
  both.insert(both.end(), shape.begin(), shape.end());
  auto [grad, memory] = new_array<F>(both);
  call.grad_x = memory;
  {
    py::gil_scoped_release release;
    kernels::eventprop_backward(call, threads);
  }
  return grad;
}

// `halves` = 2: the result gets a second half of zeros, as EventProp neurons want it.
template <class F>
py::array_t<F> product(Address x, Address weight, Shape const& shape, std::size_t inputs,
                       std::size_t step_in, std::size_t step_out, unsigned halves,
                       unsigned threads) {
  Shape full = shape;
  if (halves == 2) full.insert(full.begin(), 2);
  auto [y, memory] = new_array<F>(full);
  kernels::ProductCall<F> call;
  call.rows = 1;
  for (std::size_t k = 0; k + 1 < shape.size(); ++k)
    call.rows *= static_cast<std::size_t>(shape[k]);
  call.inputs = inputs;
  call.outputs = static_cast<std::size_t>(shape.back());
  call.x = at<F>(x);
  call.weight = at<F>(weight);
  call.step_in = step_in;
  call.step_out = step_out;
  call.y = memory;
  {
    py::gil_scoped_release release;
    kernels::product(call, threads);
    std::size_t const count = call.rows * call.outputs;
    if (halves == 2) std::fill_n(memory + count, count, F(0));
  }
  return y;
}

template <class F>
py::array_t<F> weight_gradient(Address g, Address x, std::size_t rows, std::size_t outputs,
                               std::size_t inputs, unsigned threads) {
  auto [grad, memory] =
      new_array<F>({static_cast<py::ssize_t>(outputs), static_cast<py::ssize_t>(inputs)});
  F* const result = memory;
  {
    py::gil_scoped_release release;
    kernels::weight_gradient(at<F>(g), at<F>(x), result, rows, outputs, inputs, threads);
  }
  return grad;
}

template <class F>
void bind_type(py::module_ module) {
  module.def("neuron_forward", &neuron_forward<F>, "(v, i, w|None, z|None, slope|None)");
  module.def("neuron_backward", &neuron_backward<F>, "Gradient of the input.");
  module.def("eventprop_forward", &eventprop_forward<F>, "(z, v, i)");
  module.def("eventprop_backward", &eventprop_backward<F>, "Gradient (2, T, B, N) of the input.");
  module.def("product", &product<F>, "x * matrix, zeros of x skipped.");
  module.def("weight_gradient", &weight_gradient<F>, "Gradient (outputs, inputs) of a product.");
}

}  // namespace

void bind_kernels(py::module_& module) {
  module.doc() = "Compiled equations of hxtorch.spiking.functional; use that module.";
  bind_type<float>(module.def_submodule("float32"));
  bind_type<double>(module.def_submodule("float64"));
  module.def("instruction_set", &kernels::instruction_set, "Instruction set in use.");
  module.def("force_instruction_set", &kernels::force_instruction_set,
             "Use another instruction set, for tests; False if the machine does not have it.");
  module.def("set_keep_limit", &kernels::set_keep_limit,
             "Bytes of unused memory that are kept for the next batch.");
  module.def("kept_bytes", &kernels::kept_bytes, "Bytes of unused memory kept now.");
  module.attr("FIRE") = unsigned{kernels::kFire};
  module.attr("REFRACTORY") = unsigned{kernels::kRefractory};
  module.attr("EXPONENTIAL") = unsigned{kernels::kExponential};
  module.attr("SUBTHRESHOLD") = unsigned{kernels::kSubthreshold};
  module.attr("SPIKE_TRIGGERED") = unsigned{kernels::kSpikeTriggered};
}

}  // namespace hx::python
