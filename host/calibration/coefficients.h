/// What register values mean on the digital chip: the integer rules by which its coefficient unit turns
/// CapMem codes and switches into the coefficients of the neuron step, and what they amount to in
/// seconds and CADC LSB.
///
///     CircuitRegisters registers{.v_leak = 214, .i_bias_leak = 128, .capacitance = 63};
///     Coefficients c = coefficients(registers);
///     double tau = time_constant(c.y_mem);          // 9.998e-6 s
///     double v = potential(registers.v_leak);       // 80.0 CADC LSB
///
/// Bit exact with the chip for a neuron of one circuit. Pure functions.
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
  bool operator==(CircuitRegisters const&) const = default;
};

/// Coefficients of the neuron step, in the units of the chip.
struct Coefficients {
  std::uint32_t y_mem = 0, y_exc = 0, y_inh = 0;          ///< step / time constant, 2^-18
  std::uint32_t d_mem = 0, d_exc = 0, d_inh = 0;          ///< 1 - exp(-y), 2^-18
  std::uint32_t c_exc = 0, c_inh = 0;                     ///< CADC LSB per weight and step, 2^-18
  std::int32_t e_leak = 0, v_threshold = 0, v_reset = 0;  ///< 2^-8 CADC LSB
  std::int32_t v_off = 0;                                 ///< 2^-12 CADC LSB per step
  bool operator==(Coefficients const&) const = default;
};

Coefficients coefficients(CircuitRegisters const& registers);

/// Duration of a neuron step in seconds.
inline constexpr double kStep = 128e-9;

/// The time constant of a decay y in seconds; infinite for 0.
double time_constant(std::uint32_t y);

/// The potential of a CapMem code in CADC LSB.
double potential(std::uint16_t code);

/// Slope of the membrane per unit of synaptic current, in CADC LSB per second and weight.
double synaptic_gain(std::uint32_t c, std::uint32_t y_mem);

}  // namespace hx::host
