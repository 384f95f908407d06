/// Nominal calibration: from wanted values in physical units to the registers of the digital chip, by
/// arithmetic. It is the inverse of coefficients.h.
///
///     Result<Calibration> calibration = calibrate(network, circuits);
///     for (std::string const& warning : calibration->warnings) std::cerr << warning << '\n';
///
/// A value that had to be clipped to the range of the chip, or that is reached only to more than 2 %, is
/// named in a warning with population, parameter and neuron. Pure function.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "driver/base/result.h"
#include "fpga_model/spec/geometry.h"
#include "host/calibration/coefficients.h"
#include "host/network.h"

namespace hx::host {

/// Where the neurons of each population are, by population and neuron: the first circuit of each; empty for
/// sources.
using Circuits = std::vector<std::vector<AtomicNeuron>>;

/// Circuit `index` of a neuron that begins at `first`.
AtomicNeuron circuit_of(Population const& population, AtomicNeuron first, std::uint32_t index);

/// Registers of a circuit that only lends its synapse rows to a neuron: no capacitance, no leak, no terms of
/// the membrane; its synaptic inputs are those of the first circuit.
CircuitRegisters lent_circuit(CircuitRegisters const& first);

/// All calibrated registers of one circuit, the first one of its neuron.
struct CircuitCalibration {
  CircuitRegisters registers;
  std::uint8_t refractory_time = 0;  ///< ticks of the chosen clock
  std::uint8_t reset_holdoff = 15;   ///< 31 - 2*reset_holdoff ticks of hold-off
  bool fast_clock = false;
  bool fires = false;  ///< threshold comparator on and spikes may be sent
  bool operator==(CircuitCalibration const&) const = default;
};

/// Clocks of a backend block: 250 MHz / 2^(scale+1).
struct BackendClocks {
  std::uint8_t slow = 0;  ///< refractory time
  std::uint8_t fast = 0;
  std::uint8_t adaptation_pulse = 0;  ///< unit of the increments: 2^(scale+1) / 4096 CADC LSB
  bool operator==(BackendClocks const&) const = default;
};

struct Calibration {
  std::vector<std::vector<CircuitCalibration>> populations;        ///< by population and neuron
  std::array<BackendClocks, 2> clocks{};                           ///< by backend block
  std::array<std::optional<std::uint16_t>, 4> synapse_dac_bias{};  ///< by quadrant in use
  std::vector<std::string> warnings;
};

/// The largest clock scale (0..15) at which `time` has at least 30 ticks, 0 if there is none.
std::uint8_t refractory_scale(double time);

/// The network is valid; `circuits` has a place for every neuron (contract). kInvalidArgument if
/// populations that share a quadrant disagree about synapse_dac_bias, with the names and values.
Result<Calibration> calibrate(Network const& network, Circuits const& circuits);

}  // namespace hx::host
