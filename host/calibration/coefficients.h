/// What register values mean on the digital chip: the integer rules by which its coefficient unit turns
/// CapMem codes and switches into the coefficients of the neuron step, and what they amount to in
/// seconds and CADC LSB.
///
///     CircuitRegisters registers{.v_leak = 214, .i_bias_leak = 128, .capacitance = 63};
///     Coefficients c = coefficients(registers);
///     double tau = time_constant(c.y_mem);          // 9.998e-6 s
///     double v = potential(registers.v_leak);       // 80.0 CADC LSB
///
/// Bit exact with the chip for a neuron of one circuit, and for the first circuit of a larger one whose others
/// have neither capacitance nor leak (docs/decisions/neuron.md has the integer rules). Pure functions.
#pragma once

#include <cstdint>

namespace hx::host {

/// Everything of a circuit that the coefficients depend on. CapMem codes 0..1022.
struct CircuitRegisters {
  std::uint16_t v_leak = 0;
  std::uint16_t v_reset = 0;
  std::uint16_t v_threshold = 0;
  std::uint16_t i_bias_leak = 0;
  bool leak_multiplication = false;
  bool leak_division = false;
  std::uint16_t i_bias_tau_exc = 0;
  std::uint16_t i_bias_tau_inh = 0;
  bool high_resistance_exc = false;
  bool high_resistance_inh = false;
  bool small_capacitance_exc = false;
  bool small_capacitance_inh = false;
  std::uint16_t i_bias_gm_exc = 0;
  std::uint16_t i_bias_gm_inh = 0;
  std::uint16_t synapse_dac_bias = 0;  ///< of the quadrant
  bool input_exc = true;
  bool input_inh = true;
  std::uint8_t capacitance = 0;  ///< 0..63
  std::uint16_t i_mem_offset = 0;
  bool membrane_offset = false;
  bool invert_offset = false;
  // Conductance based inputs: reference potential and slope.
  bool coba_exc = false, coba_inh = false;
  std::uint16_t e_rev_exc = 0, e_rev_inh = 0;
  std::uint16_t i_bias_coba_exc = 0, i_bias_coba_inh = 0;
  // Adaptation.
  bool adaptation = false;        ///< the current acts
  bool adaptation_pulse = false;  ///< spikes increment it
  bool invert_a = false, invert_b = false;
  std::uint16_t v_adapt_leak = 0;
  std::uint16_t i_bias_adapt_tau = 0, i_bias_adapt_a = 0, i_bias_adapt_b = 0;
  // Exponential term.
  bool exponential = false;
  std::uint16_t v_exp = 0;
  std::uint16_t i_bias_exp = 0;
  bool operator==(CircuitRegisters const&) const = default;
};

/// Coefficients of the neuron step, in the units of the chip.
struct Coefficients {
  std::uint32_t y_mem = 0, y_exc = 0, y_inh = 0;          ///< step / time constant, 2^-18
  std::uint32_t d_mem = 0, d_exc = 0, d_inh = 0;          ///< 1 - exp(-y), 2^-18
  std::uint32_t c_exc = 0, c_inh = 0;                     ///< CADC LSB per weight and step, 2^-18
  std::int32_t e_leak = 0, v_threshold = 0, v_reset = 0;  ///< 2^-8 CADC LSB
  std::int32_t v_off = 0;                                 ///< 2^-12 CADC LSB per step
  std::uint32_t k_exc = 0, k_inh = 0;      ///< slope of c_exc, c_inh: c * slope code * 2^-10
  std::int32_t e_exc = 0, e_inh = 0;       ///< reference potentials, 2^-8 CADC LSB
  std::uint32_t y_adapt = 0, d_adapt = 0;  ///< of the adaptation current, 2^-18
  std::int32_t a = 0;                      ///< strength below threshold, 2^-9
  std::int32_t b = 0;                      ///< increment, 2^-12 CADC LSB * 2^(pulse scale + 1)
  std::int32_t e_adapt = 0, v_exp = 0;     ///< 2^-8 CADC LSB
  std::uint32_t c_adapt = 0, c_exp = 0;    ///< effect of w and e on V per step, 2^-18
  bool operator==(Coefficients const&) const = default;
};

Coefficients coefficients(CircuitRegisters const& registers);

/// Duration of a neuron step in seconds.
inline constexpr double kStep = 128e-9;

/// The time constant of a decay y in seconds; infinite for 0.
double time_constant(std::uint32_t y);

/// The potential of a CapMem code in CADC LSB.
double potential(std::uint16_t code);

/// Distance of reversal and reference potential of a conductance based input with slope code `code`, CADC
/// LSB; infinite for 0.
double reversal_distance(std::uint16_t code);
/// Strength of the adaptation below threshold for code `code`; also that of the exponential term.
constexpr double strength_of(std::uint16_t code) {
  return code / 512.;
}
/// Increment of the adaptation current by a spike, CADC LSB; `scale` is that of the backend block, 0..15.
constexpr double increment_of(std::uint16_t code, std::uint8_t scale) {
  return code * static_cast<double>(1u << (scale + 1)) / 4096;
}

/// Slope of the membrane per unit of synaptic current, in CADC LSB per second and weight.
double synaptic_gain(std::uint32_t c, std::uint32_t y_mem);

}  // namespace hx::host
