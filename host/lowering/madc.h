/// What the MADC records of a placed network, and how.
///
///     Result<std::vector<MadcInput>> inputs = choose_madc_inputs(network, circuits);
///     if (!inputs) return inputs.error();                  // two neurons on one line
///     MadcRate rate = madc_rate(network.madc.sample_rate);
///
/// Input m is seen through source multiplexer m. A multiplexer takes a read-out line: that of the even or of
/// the odd columns of one row, which one circuit at a time can drive. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "driver/base/result.h"
#include "fpga_model/spec/geometry.h"
#include "host/calibration/nominal.h"
#include "host/network.h"

namespace hx::host {

struct MadcInput {
  std::uint32_t population = 0;
  std::uint32_t neuron = 0;
  std::uint32_t index = 0;  ///< in madc_neurons of the population
  AtomicNeuron circuit = {};
  bool operator==(MadcInput const&) const = default;
};

/// None to two. The first circuit of each neuron; if two neurons would share a line and the second has more
/// circuits, one of these (the membrane only, which is the same everywhere). kInvalidArgument if they have
/// to share a line, with names, circuits and what to do.
Result<std::vector<MadcInput>> choose_madc_inputs(Network const& network, Circuits const& circuits);

/// Cycles of the MADC clock (500 MHz) per sample: (12 + adjust), times 2 * (scale + 1) with a scale.
struct MadcRate {
  std::uint8_t adjust = 5;                            ///< 0..7
  std::optional<std::uint16_t> scale = std::nullopt;  ///< 0..4095
  [[nodiscard]] double samples_per_second() const;
  bool operator==(MadcRate const&) const = default;
};

/// The rate that is nearest to the wanted one (ratio); the default of the chip if several are.
MadcRate madc_rate(double samples_per_second);

}  // namespace hx::host
