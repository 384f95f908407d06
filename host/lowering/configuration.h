/// From a routed and calibrated network to the registers of the chip.
///
///     reg::Chip base = silent_chip();
///     write_calibration(base, network, circuits, calibration);
///     reg::Chip chip = configure(base, network, mapping, solution, circuits, plasticity, madc);
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

/// The network on top of a silent chip that has the calibration already. Contract: mapping, solution, circuits
/// and MADC inputs belong to the network.
reg::Chip configure(reg::Chip base, Network const& network, Mapping const& mapping,
                    routing::Solution const& solution, Circuits const& circuits,
                    PlasticityCalibration const& plasticity, std::vector<MadcInput> const& madc);

/// The configuration of a chip that does nothing.
reg::Chip silent_chip();

/// A configuration from elsewhere with everything switched off that the network owns: events, synapses,
/// drivers, generators. Calibrated values stay.
reg::Chip silenced(reg::Chip chip);

/// Writes the calibrated registers of all neurons: CapMem cells, neuron switches, refractory clocks, synapse
/// DAC bias. Others are left alone. Contract: circuits and calibration belong to the network.
void write_calibration(reg::Chip& chip, Network const& network, Circuits const& circuits,
                       Calibration const& calibration);

}  // namespace hx::host
