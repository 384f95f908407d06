/// The target that a build of the chip tests runs on: twin_target.cc or sim_target.cc.
#pragma once

#include "driver/link/registry.h"

namespace hx::host {

/// Its URI.
extern char const* const kChipTarget;
void add_chip_target(Registry& registry);

}  // namespace hx::host
