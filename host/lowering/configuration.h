/// From a routed and calibrated network to the registers of the chip.
///
///     reg::Chip chip = configure(network, mapping, solution, circuits, calibration, plasticity, madc);
///
/// Everything that the network does not own is silent: nodes drop all events, receivers, rows and column
/// switches are off, weights are 0, event outputs are off. Pure function.
#pragma once

#include "driver/registers/chip.h"
#include "host/calibration/nominal.h"
#include "host/calibration/plasticity.h"
#include "host/lowering/madc.h"
#include "host/lowering/problem.h"
#include "host/network.h"
#include "routing/solution.h"

namespace hx::host {

/// Contract: mapping, solution, circuits, calibration and MADC inputs belong to the network.
reg::Chip configure(Network const& network, Mapping const& mapping,
                    routing::Solution const& solution, Circuits const& circuits,
                    Calibration const& calibration, PlasticityCalibration const& plasticity,
                    std::vector<MadcInput> const& madc);

/// The configuration of a chip that does nothing.
reg::Chip silent_chip();

}  // namespace hx::host
