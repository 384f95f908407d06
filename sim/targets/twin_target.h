/// `twin:`, the functional model: same words in the same clocks as `sim:`, much faster. targets.h says what its keys mean.
#pragma once

#include "driver/link/registry.h"

namespace hx::sim {

void add_twin_target(Registry& registry);

}  // namespace hx::sim
