/// The neuron step on whole slots, written once and compiled for several widths of SIMD (neuron_step_v3.cc, neuron_step_v4.cc).
///
/// Arithmetic: products of 18 x 18 bits are exact in 32-bit lanes. With x = xh * 2^14 + xl (xl of 14 bits, xh signed) and a shift k,
///     floor((d * x + 2^(k-1)) / 2^k) = d * xh * 2^(14-k) + floor((d * xl + 2^(k-1)) / 2^k)     for k <= 14,
/// and d * xl + 2^(k-1) < 2^32. Coefficients below 2^14 (time constants above 2 us) need one multiplication only.
///
/// What is rare is behind branches: refractory circuits, differences V - E that may saturate, large coefficients, spikes.
#pragma once

#include <bit>
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
  std::int32_t load[kLanes];        ///< refractory time, chip cycles
  std::int32_t v_reset[kLanes];     ///< 2^-12
};

/// What the complete neuron needs besides: conductance-based inputs, adaptation, exponential term, compartments. Used in slots with at
/// least one such circuit.
struct alignas(64) SlotExtras {
  std::int32_t w[kLanes];   ///< adaptation, 2^-12 CADC LSB
  std::int32_t dv[kLanes];  ///< last change of V, for the exponential term

  std::int32_t k_exc[kLanes], k_inh[kLanes];
  std::int32_t e_exc[kLanes], e_inh[kLanes];  ///< 2^-12
  std::int32_t adapt[kLanes];                 ///< all ones: has adaptation (and is no member)
  std::int32_t d_w[kLanes], c_w[kLanes], a[kLanes];
  std::int32_t e_adapt[kLanes];  ///< 2^-12
  std::int32_t pulse[kLanes];    ///< of w at the start of the refractory time
  std::int32_t c_e[kLanes];
  std::int32_t v_exp[kLanes];   ///< 2^-12
  std::int32_t member[kLanes];  ///< all ones: gives its current away
  std::uint16_t rep[kLanes];    ///< circuit that gets the current of a member

  // From one part of the step to the next.
  std::int32_t seen[kLanes];  ///< V as read; of a member that of its representative
  std::int32_t de[kLanes], di[kLanes];
  std::int32_t current[kLanes];  ///< synaptic
  std::int32_t extra[kLanes];    ///< links and sums of the other circuits
  std::int32_t exponential[kLanes];
};

/// Lanes sleep in groups of eight; bit g of a mask = lanes 8 g .. 8 g + 7.
inline constexpr unsigned kGroups = kLanes / 8;

/// Groups of a slot.
struct SlotFlags {
  std::uint8_t awake = 0;
  std::uint8_t refractory = 0;  ///< may have refractory circuits; such groups are awake
  /// Have a coefficient of 2^14 or more, or V - E may fall below -512 (the range of the multiplier operand).
  std::uint8_t large = 0;
};

struct StepJob {
  SlotState* states;               // [kSlots]
  SlotConstants const* constants;  // [kSlots]
  /// Charges wake; `check` lets groups sleep whose step changed nothing.
  SlotFlags* flags;  // [kSlots]
  /// Bank that is consumed; nullptr: no charges.
  Charges::Bank const* bank;
  Charges::Values const* switches;
  std::int32_t const* count;  // [kLanes] chip cycles per step, 0 while the clocks are off
  std::uint32_t* fired;       // [kSlots] lanes that fired, written for each slot
  bool check;
};

/// V = V_r, refractory time starts.
inline void start_reset(SlotState& state, SlotConstants const& constants, SlotFlags& flags,
                        std::uint32_t lanes) {
  for (std::uint32_t left = lanes; left != 0; left &= left - 1) {
    unsigned const l = static_cast<unsigned>(std::countr_zero(left));
    state.v[l] = constants.v_reset[l];
    state.rem[l] = constants.load[l];
    flags.refractory = static_cast<std::uint8_t>(flags.refractory | 1U << l / 8);
  }
}

/// The complete step of one slot in two parts; between them the caller gives currents from circuit to circuit.
struct CompleteJob {
  SlotState* state;
  SlotConstants const* constants;
  SlotExtras* extras;
  std::int32_t const* count;      // [kLanes]
  std::int32_t const* charge[2];  // [sign][kLanes], 2^-10 weight LSB
  std::uint32_t exponential = 0;  // lanes with an exponential term
  std::uint32_t clamp = 0;        // lanes that are clamped, by themselves or by members
  std::uint32_t started = 0;      // lanes that bypass or fire line start
  std::uint32_t bypass = 0;       // those of the bypass
  std::uint32_t pending = 0;      // lanes with a neuron reset
  std::uint32_t forced = 0;       // lanes with force_reset
  std::uint32_t fired = 0;        // result: lanes whose comparator fires
  bool changed = false;           // result: some state changed
};

/// The step for one kind of computer.
struct StepCode {
  /// Executes slots first .. last - 1 of circuits without extras. Result: bit s = slot s has spikes.
  std::uint32_t (*step_slots)(StepJob const& job, unsigned first, unsigned last);
  /// extras.seen -> extras.de, di, current, exponential; clamp.
  void (*prepare_slot)(CompleteJob& job);
  /// extras.current, extra, exponential and the old state -> new state.
  void (*finish_slot)(CompleteJob& job);
};

/// For AVX2 (plain C++ where the program is built without it) and for AVX-512.
StepCode step_code_v3();
StepCode step_code_v4();
/// step_code_v4() has been compiled and this computer can run it.
bool has_step_code_v4();

}  // namespace hx::sim
