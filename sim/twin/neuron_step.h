/// The neuron step on whole slots, written once and compiled for several widths of SIMD (neuron_step_v3.cc, neuron_step_v4.cc).
///
/// Arithmetic: products of 18 x 18 bits are exact in 32-bit lanes. With x = xh * 2^14 + xl (xl of 14 bits, xh signed) and a shift k,
///     floor((d * x + 2^(k-1)) / 2^k) = d * xh * 2^(14-k) + floor((d * xl + 2^(k-1)) / 2^k)     for k <= 14,
/// and d * xl + 2^(k-1) < 2^32.
///
/// What is rare is behind branches: refractory circuits, differences V - E that may saturate, spikes.
#pragma once

#include <cstdint>

#include "sim/twin/charges.h"

namespace hx::sim {

/// State of the 32 circuits of a slot.
struct alignas(64) SlotState {
  std::int32_t v[kLanes];      ///< 2^-12 CADC LSB
  std::int32_t i_exc[kLanes];  ///< 2^-10 weight LSB
  std::int32_t i_inh[kLanes];
  std::int32_t rem[kLanes];  ///< refractory counter, chip cycles
};

/// What the step needs of configuration and coefficients.
struct alignas(64) SlotConstants {
  std::int32_t d_mem[kLanes], d_exc[kLanes], d_inh[kLanes], c_exc[kLanes], c_inh[kLanes];
  std::int32_t e[kLanes];  ///< E, 2^-12
  std::int32_t v_off[kLanes];
  std::int32_t fire_above[kLanes];  ///< V_th - 1, or the largest number: can not fire
  std::int32_t hold[kLanes];        ///< chip cycles
  std::int32_t pause[kLanes];       ///< all ones: enable_pause
  std::int32_t load[kLanes];        ///< refractory time, chip cycles
  std::int32_t v_reset[kLanes];     ///< 2^-12
};

/// Lanes sleep in groups of eight; bit g of a mask = lanes 8 g .. 8 g + 7.
inline constexpr unsigned kGroups = kLanes / 8;

struct StepJob {
  SlotState* states;               // [kSlots]
  SlotConstants const* constants;  // [kSlots]
  /// Bank that is consumed; nullptr: no charges.
  Charges::Bank const* bank;
  Charges::Values const* switches;
  /// Groups that are not asleep. Charges wake; `check` = 1 lets groups sleep whose step changed nothing.
  std::uint8_t* awake;  // [kSlots]
  /// Groups whose V - E may fall below -512, the range of the multiplier operand.
  std::uint8_t const* wide;   // [kSlots]
  std::int32_t const* count;  // [kLanes] chip cycles per step, 0 while the clocks are off
  std::uint32_t* fired;       // [kSlots] lanes that fired, written for each slot
  bool check;
};

/// Executes slots first .. last - 1. Result: bit s = slot s has spikes.
using StepSlots = std::uint32_t (*)(StepJob const& job, unsigned first, unsigned last);

std::uint32_t step_slots_v3(StepJob const& job, unsigned first, unsigned last);
std::uint32_t step_slots_v4(StepJob const& job, unsigned first, unsigned last);
/// v4 has been compiled and this computer can run it.
bool has_step_slots_v4();

}  // namespace hx::sim
