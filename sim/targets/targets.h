/// The simulated targets.
///
///     Registry registry;
///     sim::add_targets(registry);
///     auto link = registry.open("twin:");
///
/// `twin:` is FPGA and chip as functional model, `sim:` as Verilated RTL. Both give the same words in the same clocks
/// (sim/model/model_link.h says how time passes). Keys of both:
///   max_cycles=N      clocks of 8 ns that one run may take; a longer one ends in an Error
///   link=up           the link to the chip is up from power-on, for words recorded without a start-up. Otherwise the chip has to be
///                     started (Device::init), as on a board: a program that needs it before blocks until the instruction timeout
/// Keys of `twin:`:
///   mismatch=SIGMA    relative standard deviation (0..1) of the neuron parameters of the CapMem, fixed by `SIGMA,seed:N` (default 1)
///   cadc_noise=WIDTH  full width in codes (0..256), also `WIDTH,seed:N`
///   padi_ports=N, row_port=N  ports of the synapse arrays: 4 (default) or 1; all rows of an event at once (0, default), a row per
///                     clock (1) or half a row per clock (2)
/// Keys of `sim:`:
///   trace=FILE.fst    waves of every clock from trace_start to before trace_stop (clocks since power-on, default all). Only with
///                     add_traced_targets; the ordinary build answers with an Error, because waves slow the model down.
#pragma once

#include "driver/link/registry.h"

namespace hx::sim {

void add_targets(Registry& registry);

}  // namespace hx::sim
