// Mock neurons and synapses: forward and backward over whole (T, B, N) arrays.
//
// Plain C++ without Python. Arrays are dense, time first; `lanes` = B * N neurons are independent of
// each other. Each function has a variant for SSE2, AVX2 and AVX-512 and takes the best one of the machine;
// large calls are split over `threads` threads. float and double.
//
//   kernels::NeuronCall<float> call{.steps = 60, .lanes = 6000, .flags = kernels::kFire, .alpha = 150};
//   call.coefficients = {...};                       // kernels::Coefficient, one number each
//   call.x = input; call.v = membrane; call.i = current; call.z = spikes; call.slope = saved;
//   kernels::neuron_forward(call, 1);
//
// Nothing here allocates on the hot path but small scratch arrays; errors cannot occur, callers check shapes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace hx::kernels {

// Terms of the neuron equation.
enum Flag : unsigned {
  kFire = 1,
  kRefractory = 2,
  kExponential = 4,
  kSubthreshold = 8,
  kSpikeTriggered = 16,
};

// What one neuron needs to know, already combined: names as in the step code of the Python package.
enum Coefficient : unsigned {
  kDtC,        // dt / c_mem
  kLeakG,      // leak conductance, 0 without leak
  kLeak,       // leak potential
  kThreshold,  // threshold
  kReset,      // reset potential
  kSynDecay,   // 1 - dt / tau_syn
  kRefSteps,   // refractory_time / dt
  kStart,      // membrane before the first step
  kExpG,       // conductance of the exponential term times its slope
  kExpSlope,   // slope of the exponential term
  kExpThreshold,
  kAdapDrive,  // dt / tau_adap * a
  kAdapJump,   // b
  kAdapDecay,  // 1 - dt / tau_adap
  kCoefficients
};

template <class F>
struct NeuronCall {
  std::size_t steps = 0;
  std::size_t lanes = 0;
  unsigned flags = 0;
  F alpha = 0;
  std::array<F, kCoefficients> coefficients{};
  F const* per_lane = nullptr;  // (kCoefficients, lanes) in place of `coefficients`
  F const* x = nullptr;         // weighted input; forward only
  F const* v_hw = nullptr;      // measured values in place of the computed ones, or null
  F const* z_hw = nullptr;
  F const* w_hw = nullptr;
  // Results of the forward pass, (T, lanes) each. z only if firing, w only if adaptive.
  F* v = nullptr;
  F* i = nullptr;
  F* z = nullptr;
  F* w = nullptr;
  F* slope =
      nullptr;  // surrogate derivative for the backward pass, sign bit = refractory; may be null
  // Backward pass: gradients of the results (null: zero) and of the input.
  F const* grad_v = nullptr;
  F const* grad_i = nullptr;
  F const* grad_z = nullptr;
  F const* grad_w = nullptr;
  F* grad_x = nullptr;
};

template <class F>
void neuron_forward(NeuronCall<F> const& call, unsigned threads);

// Reads z, slope (if firing), v (if exponential) as the forward pass left them.
template <class F>
void neuron_backward(NeuronCall<F> const& call, unsigned threads);

enum EventPropCoefficient : unsigned {
  kEpLeak,
  kEpReset,
  kEpThreshold,
  kEpSynDecay,  // 1 - dt / tau_syn
  kEpSynRate,   // dt / tau_syn
  kEpMemRate,   // dt / tau_mem
  kEpMemDecay,  // 1 - dt / tau_mem
  kEpTauSyn,    // tau_syn in seconds
  kEventPropCoefficients
};

template <class F>
struct EventPropCall {
  std::size_t steps = 0;
  std::size_t lanes = 0;
  std::array<F, kEventPropCoefficients> coefficients{};
  F const* per_lane = nullptr;  // (kEventPropCoefficients, lanes)
  F const* x = nullptr;         // (T, lanes)
  F* z = nullptr;
  F* v = nullptr;
  F* i = nullptr;
  F const* grad_z = nullptr;
  F* grad_x = nullptr;  // (2, T, lanes)
};

template <class F>
void eventprop_forward(EventPropCall<F> const& call, unsigned threads);
template <class F>
void eventprop_backward(EventPropCall<F> const& call, unsigned threads);

// y (rows, outputs) = x (rows, inputs) * m, where m(k, n) = weight[k * step_in + n * step_out].
// Zeros of x are skipped: the cost follows the number of spikes.
template <class F>
struct ProductCall {
  std::size_t rows = 0;
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  F const* x = nullptr;
  F const* weight = nullptr;
  std::size_t step_in = 0;
  std::size_t step_out = 0;
  F* y = nullptr;
};

template <class F>
void product(ProductCall<F> const& call, unsigned threads);

// grad (outputs, inputs) = sum over rows of g (rows, outputs)^T x (rows, inputs); zeros of x are skipped.
template <class F>
void weight_gradient(F const* g, F const* x, F* grad, std::size_t rows, std::size_t outputs,
                     std::size_t inputs, unsigned threads);

// Instruction sets in the order of preference: "x86-64-v4", "x86-64-v3", "x86-64".
char const* instruction_set();
// Choose one by name (tests, benchmarks); false if the machine does not have it.
bool force_instruction_set(char const* name);

}  // namespace hx::kernels
