/// The simulated targets.
///
///     Registry registry;
///     sim::add_targets(registry);
///     auto link = registry.open("sim:");
///
/// `sim:` is FPGA and chip as Verilated RTL (sim/model/model_link.h says how time passes). Keys:
///   max_cycles=N      clocks of 8 ns that one run may take; a longer one ends in an Error
///   trace=FILE.fst    waves of every clock from trace_start to before trace_stop (clocks since power-on, default all). Only with
///                     add_traced_targets; the ordinary build answers with an Error, because waves slow the model down.
#pragma once

#include "driver/link/registry.h"

namespace hx::sim {

void add_targets(Registry& registry);

}  // namespace hx::sim
