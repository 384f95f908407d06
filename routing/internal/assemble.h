/// From bus plans to the Solution. Internal.
#pragma once

#include <array>
#include <vector>

#include "routing/internal/assign.h"
#include "routing/internal/bus.h"
#include "routing/internal/network.h"
#include "routing/solution.h"

namespace hx::routing::internal {

Solution assemble(Problem const& problem, Network const& network, Assignment const& assignment,
                  std::array<BusPlan, kBusses> const& plans);

}  // namespace hx::routing::internal
