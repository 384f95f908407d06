/// The simulated targets with waves: the same as targets.h, on a model that can write FST files and is slower even when it does not.
/// Use one of the two.
#pragma once

#include "driver/link/registry.h"

namespace hx::sim {

void add_traced_targets(Registry& registry);

}  // namespace hx::sim
